"""Groups that links connect."""

from __future__ import annotations

from ptheory.algebra.partitions import connected_groups


def test_groups_are_in_the_order_of_their_first_nodes() -> None:
    assert connected_groups(0, []) == []
    assert connected_groups(3, []) == [[0], [1], [2]]
    assert connected_groups(6, [(4, 1), (0, 5), (3,)]) == [[0, 5], [1, 4], [2], [3]]


def test_a_link_joins_all_it_holds_and_links_join_on() -> None:
    assert connected_groups(7, [(6, 2, 4), (1, 3), (3, 6)]) == [[0], [1, 2, 3, 4, 6], [5]]
    assert connected_groups(4, [(0, 0), (2, 3), (3, 2)]) == [[0], [1], [2, 3]]
