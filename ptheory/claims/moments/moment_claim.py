"""A claim about moments, read: both sides at every pattern of equal and different neurons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ptheory.algebra.order import Order, power_text, through
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.claims.moments.cumulants import Cumulants, pattern_text, patterns
from ptheory.claims.moments.literal_moments import Mixture
from ptheory.claims.moments.moment_text import MomentWriter
from ptheory.claims.moments.neuron_terms import is_expectation
from ptheory.claims.moments.pattern_reader import Bodies, PatternReader, Setting, labels_of
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.reading.claim_text import expression_text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.reading.written_orders import highest_power_written
from ptheory.claims.sides import is_defined
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Counterexample, Kind, Verdict
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Indexed, walk
from ptheory.language.statements import ClaimStatement
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Tensor

MOST_NEURONS = 8


class Contradiction(Refusal):
    """Two routes to the same moment give different values."""


@dataclass(frozen=True)
class AtPattern:
    """Both sides at one pattern of neurons."""

    pattern: dict[str, int]
    left: Ratio
    right: Ratio

    @property
    def differs(self) -> bool:
        """Whether the two quotients are different."""
        return bool(self.left - self.right)

    @property
    def atoms(self) -> frozenset[Atom]:
        """What the sides are made of."""
        return self.left.atoms() | self.right.atoms()


class MomentClaim:
    """LanguageError where an expectation has no meaning."""

    def __init__(self, claim: ClaimStatement, vocabulary: Vocabulary) -> None:
        self.claim = claim
        self.vocabulary = vocabulary
        nodes = [node for side in (claim.left, claim.right) for node in walk(side)]
        self.equal_widths = not any(isinstance(node, Indexed) and node.name == "n" for node in nodes)
        self.cumulants = Cumulants(vocabulary.system, self.equal_widths, vocabulary.at_layer == 1)
        self.mixtures: dict[tuple[int, int, bool], Mixture] = {}
        self.normal = ClaimNormalForm(vocabulary.system, self.equal_widths, vocabulary.parities)
        self.bodies = Bodies(vocabulary)
        self.expectations = list(dict.fromkeys(node for node in nodes if is_expectation(node, vocabulary)))
        self.labels = labels_of((claim.left, claim.right), self.bodies, vocabulary)
        if len(self.labels) > MOST_NEURONS:
            help = f"up to {MOST_NEURONS} are within budget"
            raise LanguageError(f"a claim about {len(self.labels)} neurons", claim.left.span, help=help)

    # ---- reading ----------------------------------------------------------------------------------------------

    def setting(self, exact: bool) -> Setting:
        """How sides are read."""
        return Setting(self.vocabulary, self.bodies, self.cumulants, exact)

    def read(self, exact: bool) -> Iterator[AtPattern]:
        """Both sides at every pattern: about whole tensors, or in coefficients of series. LanguageError, NotStated."""
        samples = tuple(range(1, self.vocabulary.inputs.count + 1)) if self.vocabulary.inputs is not None else ()
        for pattern in patterns(self.labels):
            reader = PatternReader(self.setting(exact), pattern, samples)
            left, right = reader.side(self.claim.left), reader.side(self.claim.right)
            yield AtPattern(pattern, self.at_equal_widths(left), self.at_equal_widths(right))

    def at_equal_widths(self, value: Ratio) -> Ratio:
        """n[l]/n[l-1] put in as one, where the claim does not write widths of different layers."""
        if not self.equal_widths:
            return value
        return value.map_atoms(lambda atom: Ratio.constant(1) if atom == WIDTH_RATIO else None)

    @cached_property
    def whole(self) -> list[AtPattern]:
        """Both sides at every pattern, tensors taken for their whole series."""
        return list(self.read(True))

    @property
    def is_exact(self) -> bool:
        """Whether the claim names no coefficient of a series, so that it is a statement about whole tensors."""
        return all(_is_exact(atom) for at in self.whole for atom in at.atoms)

    @property
    def order_written(self) -> Order:
        """What O(...) says, else the highest power of 1/n that stands in the claim."""
        if self.claim.beyond is not None:
            return through(self.claim.beyond - 1)
        return through(max(0, *map(highest_power_written, (self.claim.left, self.claim.right))))

    # ---- what is assumed --------------------------------------------------------------------------------------

    @property
    def is_any_layer(self) -> bool:
        """Whether layer l+1 is as free as layer l: nothing is assumed, all activations are left open."""
        open_functions = all(n not in self.vocabulary.binding and not is_defined(n) for n in self.vocabulary.functions)
        return open_functions and not self.vocabulary.assumes

    def is_bound_to_the_inputs(self, at: AtPattern) -> bool:
        """Whether tensors of the first layer are made of the same inputs, so that they are no free numbers."""
        tensors = [atom.tensor if isinstance(atom, WholeTensor) else atom for atom in at.atoms]
        return self.vocabulary.at_layer == 1 and any(isinstance(t, Tensor) and not t.is_kernel for t in tensors)

    @cached_property
    def _reader(self) -> PatternReader:
        return PatternReader(self.setting(False), {})

    def with_given(self, value: Ratio) -> Ratio:
        """The values of hyperparameters that the claim gives, and zeros of the first layer, put in."""
        if self.vocabulary.at_layer == 1:
            zero = Ratio(Polynomial())
            value = value.map_atoms(lambda atom: zero if isinstance(atom, Tensor) and atom.power else None)
        return self._reader.with_given(self.at_equal_widths(value))

    def derived(self, target: Tensor) -> Polynomial:
        """The coefficient of a series of layer l+1 as derived. OpenHierarchy, ExpansionTooLarge, RowsNotGaussian."""
        return self._reader.derived(target)

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """The hyperparameters of the network."""
        return tuple(sorted(self.vocabulary.symbols, key=lambda symbol: symbol.sort_key))

    # ---- verdicts ---------------------------------------------------------------------------------------------

    @property
    def understood(self) -> str:
        """The claim as it was read, its order with it."""
        text = f"{expression_text(self.claim.left)} = {expression_text(self.claim.right)}"
        if self.claim.beyond is None:
            return text
        order = f"O({power_text(self.claim.beyond)})"
        return f"{text[: -len('0')]}{order}" if text.endswith(" = 0") else f"{text} + {order}"

    def verdict(
        self,
        kind: Kind,
        message: str,
        counterexample: Counterexample | None = None,
        reason: str = "",
        correction: str = "",
        corrected: str = "",
    ) -> Verdict:
        """A verdict with the claim's label and what was understood."""
        return Verdict(
            kind,
            self.claim.label,
            message,
            self.understood,
            counterexample,
            reason=reason,
            correction=correction,
            corrected=corrected,
        )

    def neurons_needed(self, at: AtPattern, joined: bool) -> int:
        """How many neurons a law needs: those of the pattern where some are summed over, else those of all patterns."""
        if any(term.summed for node in self.expectations for term in self.bodies.terms(node)) or joined:
            return max(len(set(at.pattern.values())), 2)
        return max(len(self.labels), 1)

    def where(self, at: AtPattern) -> str:
        """At which neurons, where there are several."""
        return f" at neurons {pattern_text(at.pattern)}" if len(self.labels) > 1 else ""

    def neurons_shown(self, at: AtPattern) -> list[tuple[str, str]]:
        """The first of the values of a counterexample."""
        return [("neurons", pattern_text(at.pattern))] if len(self.labels) > 1 else []

    def forms(self, at: AtPattern) -> str:
        """Both sides at a pattern, where they are short enough to be read."""
        writer = MomentWriter(self.vocabulary)
        left, right = writer.ratio(at.left), writer.ratio(at.right)
        return f"there the left side is {left}, the right side {right}" if len(left) + len(right) < 400 else ""


def _is_exact(atom: Atom) -> bool:
    return isinstance(atom, (WholeTensor, Symbol)) or atom in (WIDTH, WIDTH_RATIO)
