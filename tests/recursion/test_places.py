"""Where legs stand: a dummy has no sample, whatever its number, and comes before all that do."""

from __future__ import annotations

import pytest

from ptheory.networks.fields import Field
from ptheory.recursion.places import Dummy, Sample
from ptheory.recursion.tensors import Leg, dummy_leg


def test_a_dummy_is_no_input() -> None:
    dummy = dummy_leg(1)
    assert dummy.is_dummy and dummy.place.number == 1
    with pytest.raises(AssertionError):
        _ = dummy.sample


def test_places_have_one_order_and_no_dummy_equals_a_sample() -> None:
    places = [Dummy(-2), Dummy(-1), Dummy(0), Sample(1), Sample(2), Sample(10)]
    assert sorted(reversed(places)) == places and len(set(places)) == len(places)
    legs = [*map(dummy_leg, (2, 1)), *(Leg(Field("z"), Sample(k)) for k in (1, 2, 10))]
    assert sorted(reversed(legs)) == legs
