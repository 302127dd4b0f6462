"""A side of a claim read in numbers: every moment and tensor that of one explicit network law."""

from __future__ import annotations

from collections.abc import Mapping

from ptheory.claims.moments.literal_moments import Mixture
from ptheory.claims.moments.neuron_terms import Label
from ptheory.claims.moments.pattern_reader import PatternReader, Setting
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.expressions import Connected, Expression


class LiteralReader(PatternReader):
    """The reading of ``PatternReader`` with numbers of a mixture in place of moments and tensors."""

    def __init__(self, setting: Setting, pattern: Mapping[str, int], mixture: Mixture) -> None:
        super().__init__(setting, pattern)
        self.mixture = mixture

    def moment(self, node: Expression) -> Ratio:
        """E[...] of the mixture, neurons of the claim numbered by their classes. NotByNumbers."""
        terms, labels = self.setting.bodies.terms(node), self.setting.bodies.labels(node)
        neurons: dict[Label, int] = {label: self.pattern[label] for label in labels}
        return Ratio.constant(self.mixture.expectation(terms, neurons, isinstance(node, Connected)))

    def whole_tensor(self, atom: WholeTensor) -> Ratio:
        """The tensor of the mixture."""
        return Ratio.constant(self.mixture.whole(atom))
