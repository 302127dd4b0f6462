"""The search for a correction: what it says, that it reads little, and that it says when it ended.

A proposal is judged from the part of the side that changes; here the whole changed side is read anew.
"""

from __future__ import annotations

import pytest

from ptheory.claims.corrections import search
from ptheory.claims.corrections.amounts import other_numbers
from ptheory.claims.corrections.positions import exchanged, positions
from ptheory.claims.corrections.search import Corrector
from ptheory.claims.reading.preactivations import Place
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import ReadClaim, read_sides
from ptheory.claims.terms.ratio import Ratio
from ptheory.language import parse
from ptheory.language.expressions import Call, Expression, Negate
from ptheory.language.statements import ClaimStatement
from ptheory.networks.program import ClaimTask, check_file
from tests.claims.setting import MLP, system_of, verdict
from tests.ntk.test_published_recursions import CLAIMS, DECLARATIONS

A, SCOPE = CLAIMS["ch. 8: A"]
ONE = SCOPE.removeprefix("MLP, ")


def claim_read(claim: str, scope: str, declarations: str = DECLARATIONS) -> ReadClaim:
    checked = check_file(parse(declarations + f'claim "c": {claim} for {scope}\n'))
    (task,) = (task for task in checked.tasks if isinstance(task, ClaimTask))
    statement = task.statement
    assert isinstance(statement, ClaimStatement)
    system, names = system_of(declarations, task.architecture)
    lets = {name: let.right for name, let in checked.lets.items()}
    return read_sides(statement, Vocabulary(system, names, {}, lets, statement.scope.inputs))


SIDES = [
    (A, ONE),
    (CLAIMS["ch. 8: A, unequal widths"][0], ONE),
    (CLAIMS["ch. 11: P"][0], ONE),
    ("K' = -(C_b - 2*V)/(K + V)^2*<s>^3 - chi_par/(C_W*<s^2> + 1)", ONE),
    ("K' = sqrt(K*<s^2>)*(V - 3*K)*sqrt(K)", ONE),
    ("K'[1,2] = C_b + C_W*sum(a,b, Kinv[a,b]*<s_a s_b>)/2*<s1 z2>", "inputs 2"),
]


@pytest.mark.parametrize(("claim", "scope"), SIDES, ids=[claim[:40] for claim, _ in SIDES])
def test_a_changed_part_changes_the_side_as_the_side_read_anew(claim: str, scope: str) -> None:
    read = claim_read(claim, scope)
    right = read.claim.right
    tried = 0
    for position in list(positions(right))[::3]:
        corrector = Corrector(read.reader, read.normal, read.left_normal, right)
        slips = (*corrector.symbols.of(position), *other_numbers(position), *corrector.factors.of(position))
        for _, other in slips[::5]:
            if isinstance(other, Negate) and isinstance(position.parent, Call):
                continue  # the root of a negative number: nothing is proposed that leaves the real numbers
            changed = exchanged(right, position.node, other)
            try:
                left = read.normal.of(read.reader.read(changed))
                close = Corrector(read.reader, read.normal, left, right)
                assert close._closes_the_gap(position, other) == bool(close.missing), changed
            except search.UNREADABLE:
                continue
            tried += 1
    assert tried >= 4


@pytest.mark.parametrize(
    ("printed", "altered", "correction"),
    [
        ("4*h*chi_perp*Theta*D", "4*h*chi_par*Theta*D", "chi_par should be chi_perp in 4*h*chi_par*Theta*D"),
        ("<s'^4> - <s'^2>^2", "<s'^4>", "missing term: add -chi_perp^2*Theta^2"),
        ("r^2*V'", "r*V'", "coefficient of V': yours lambda_W/C_W, derived lambda_W^2/C_W^2"),
        ("r^2*V'", "r^3*V'", "r^3 should be r^2 in r^3*V'"),
        ("chi_perp^2*A", "chi_perp^2*D", "D should be A in chi_perp^2*D"),
    ],
)
def test_a_long_claim_is_read_in_parts(
    printed: str, altered: str, correction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the whole side for each of some 300 alternatives, which took 5 s of processor time."""
    seen: list[Expression] = []
    plain = ClaimReader.read

    def counted(self: ClaimReader, node: Expression, *place: Place) -> Ratio:
        seen.append(node)
        return plain(self, node, *place)

    assert A.count(printed) == 1
    monkeypatch.setattr(ClaimReader, "read", counted)
    assert verdict(A.replace(printed, altered), ONE, DECLARATIONS).correction == correction
    searched = seen[2:]  # after the two sides
    assert len(searched) < 120


@pytest.mark.parametrize(
    ("claim", "correction"),
    [
        ("U' = chi_perp^2*U + C_W^2*<s'^2>*<s''^2>*Theta^3", "C_W^2*<s'^2>*<s''^2>*Theta^3 should be "),
        (
            "P' = chi_par^2*P + C_W^2*<s'' s'^2 s>*Theta^2 + C_W*chi_perp*<s s''>*B",
            "chi_par^2 should be chi_par*chi_perp in chi_par^2*P",
        ),
        ("<s^2> = <s s'>", "s' should be s in s*s'"),
        ("<s^2> = <s''^2>", ""),  # nothing of the right side stays: no term is missing
        ("<s^3> + V = <s''^2> + V", ""),  # <s''^2> would have to go
        ("<s^3> + V = V", "missing term: add "),
    ],
)
def test_a_term_is_missing_only_where_others_stay(claim: str, correction: str) -> None:
    found = verdict(claim, ONE, DECLARATIONS)
    assert found.kind == "refuted"
    assert found.correction.startswith(correction) and bool(found.correction) == bool(correction), found.correction


def test_a_search_that_ended_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SECONDS", 0.0)
    monkeypatch.setattr("ptheory.algebra.budget.BETWEEN_LOOKS", 1)
    found = verdict("V' = chi_par^2*V + C_W^2*(<s^4> - <s^3>^2)", declarations=MLP)
    assert found.kind == "refuted" and not found.correction
    assert "no correction: the search for a correction took more than 0 s of processor time" in found.reason
