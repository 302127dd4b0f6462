"""Whole tensors as a claim writes them: G[1,2], V'."""

from __future__ import annotations

from ptheory.algebra.polynomial import Atom
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.reading.claim_text import Writer


class MomentWriter(Writer):
    """Writes polynomials in whole tensors in the names of one claim."""

    def atom(self, atom: Atom) -> str:
        """A whole tensor by the name it was declared with, a prime at layer l+1; every other atom as in all claims."""
        if not isinstance(atom, WholeTensor):
            return super().atom(atom)
        named = self.vocabulary.names.of(atom.tensor)
        prime = "'" * atom.is_next
        if self.vocabulary.one_input:
            return named.declared + prime
        slots = ",".join(self.vocabulary.sample_text(leg.sample) for leg in named.arguments)
        return f"{named.declared}{prime}[{slots}]"
