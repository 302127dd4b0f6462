"""The normal form in which sin' is cos: of what was derived, where no activation is tried out in their place."""

from __future__ import annotations

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.ratio import Ratio
from ptheory.recursion.means.derivatives_with_names import with_names
from ptheory.recursion.means.mean import Mean, mean_of


class KnownDerivatives(ClaimNormalForm):
    """The same, functions whose derivatives have names no longer arbitrary ones."""

    def _mean_at_any_kernel(self, integrand: Polynomial) -> Ratio:
        return super()._mean_at_any_kernel(with_names(integrand)).map_atoms(_by_names)


def _by_names(atom: Atom) -> Ratio | None:
    """A mean in which derivatives have names, <cos^2> for <sin'^2>; Stein's identity makes new ones."""
    if not isinstance(atom, Mean) or atom.derivatives:
        return None
    named = with_names(atom.integrand)
    return None if named == atom.integrand else Ratio(mean_of(named))
