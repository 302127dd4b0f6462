"""That there are no other critical points: proved where the count of signs says so, else searched for and said so."""

from __future__ import annotations

from pathlib import Path

import mpmath
import pytest

import ptheory
from ptheory.activations import Z, from_formula, lookup
from ptheory.criticality import uniqueness
from ptheory.criticality.exact_kernels import exact_root
from ptheory.criticality.fixed_points import CriticalConditions, CriticalSearch, critical_points
from ptheory.criticality.specialised import K, SpecialisedSystem
from ptheory.expectations.sign_changes import Signs
from ptheory.session.chosen_network import chosen_network
from tests.criticality.hand_made import mlp

RESIDUAL = Path(ptheory.__file__).parent / "language" / "prelude" / "residual.deriv"
PROVED = "these are the only critical points, proved"


def searched(name: str) -> CriticalSearch:
    return critical_points(SpecialisedSystem(mlp(), (lookup(name),)))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tanh", "no critical K* > 0, proved by Descartes' rule for Laplace transforms: the condition is"),
        ("selu", "no critical K* > 0, proved"),
        ("softplus", "no critical K* > 0, proved"),
        ("gelu", "the only K* > 0 at which the conditions hold, proved"),
        ("swish", "the only K* > 0 at which the conditions hold, proved"),
    ],
)
def test_what_is_proved(name: str, said: str) -> None:
    notes = searched(name).notes
    in_all = "there is no critical point at all, proved" if name == "softplus" else PROVED
    assert any(note.startswith(said) for note in notes) and notes[-1].endswith(in_all)


def test_what_is_searched_for_only() -> None:
    notes = searched("snake").notes
    assert any("was searched for, not proved: the sign at large z" in note for note in notes)
    assert not any("only critical points" in note for note in notes)


def test_a_skip_is_as_good() -> None:
    spec = chosen_network("gelu", None, ()).spec
    assert uniqueness.signs_of(spec, CriticalConditions.of(spec).reduced).first == 1
    residual = chosen_network("gelu", RESIDUAL, ("xi = 1/2",)).spec
    found = uniqueness.signs_of(residual, CriticalConditions.of(residual).reduced)
    assert len(found.changes) == 1 and any(PROVED in note for note in critical_points(residual).notes)


def test_a_condition_that_holds_everywhere_proves_nothing() -> None:
    """At xi = 1 the condition on K alone is 0 = 0; that C_W = 0 is no network is another matter."""
    spec = chosen_network("tanh", RESIDUAL, ("xi = 1",)).spec
    notes = critical_points(spec).notes
    assert any("not proved: the condition on the kernel alone holds at every kernel" in note for note in notes)
    assert not any("only critical points" in note or "no critical K* > 0, proved" in note for note in notes)


def test_three_critical_kernels_are_all_there_are() -> None:
    """For z - z^3 + z^5/20 the condition is -6 + 21 K - 39/2 K^2 + 21/4 K^3 = 0 times K, which has three roots."""
    spec = SpecialisedSystem(mlp(), (from_formula("f", Z - Z**3 + Z**5 / 20),))
    assert len(uniqueness.signs_of(spec, CriticalConditions.of(spec).reduced).changes) == 3
    notes = critical_points(spec).notes
    assert any("3 roots at K > 0" in note for note in notes)
    assert any(note.startswith("all 3 K* > 0 at which the conditions hold, proved") for note in notes)


def test_more_zeros_than_the_theorem_allows_is_an_open_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uniqueness, "signs_of", lambda *_: Signs(1, ()))
    found = searched("gelu")
    assert any("1 zeros at K > 0 where there are at most 0" in question for question in found.open_questions)


def test_zeros_that_are_not_certified_are_at_most_so_many() -> None:
    spec = SpecialisedSystem(mlp(), (lookup("gelu"),))
    said, proved, contradicts = uniqueness.completeness(spec, CriticalConditions.of(spec).reduced, [False])
    assert said.startswith("at most 1 critical K* > 0, proved") and proved and not contradicts
    said, proved, _ = uniqueness.completeness(spec, CriticalConditions.of(spec).reduced, [])
    assert "at most 1 zeros" in said and "not proved" in said and not proved


def test_roots_in_closed_form() -> None:
    import sympy as sp

    with mpmath.workdps(40):
        for form, branch in ((1 - sp.exp(-2 * K) - K, 0), (sp.exp(K) / 5 - K, 0), (sp.exp(K) / 5 - K, -1)):
            start = {0: "0.5", -1: "2.5"}[branch]
            numeric = mpmath.findroot(lambda x, f=form: mpmath.mpf(sp.N(f.subs(K, x), 40)), mpmath.mpf(start))
            found = exact_root(form, numeric)
            assert found is not None and found.has(sp.LambertW) and abs(sp.N(form.subs(K, found), 40)) < 1e-35
    assert exact_root(sp.exp(K) + sp.exp(-K) - 3, mpmath.mpf("0.9624236501")) is None
