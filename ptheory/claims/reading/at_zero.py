"""An activation and its derivatives at zero, sigma(0), sigma'(0), in expansions at small kernels."""

from __future__ import annotations

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.terms.claim_atoms import ValueAtZero
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Call
from ptheory.recursion.jets import FieldValue, Jet


class NoValueAtZero(Refusal):
    """A function that has no value at zero, or none with a name."""


def value_at_zero(vocabulary: Vocabulary, node: Call) -> Ratio:
    """sigma''(0): a symbol of that name where sigma is left open. LanguageError for anything else."""
    if len(node.arguments) != 1 or constant_value(node.arguments[0]) != 0:
        raise LanguageError(
            f"{node.function} of a number is its value at zero",
            node.span,
            help=f"write {node.function}(0), {node.function}'(0), or <{node.function}(z)>",
        )
    jet = vocabulary.jets(node.function, node.primes, None, 1, node.span)
    names = [atom.function for atom in jet.atoms() if isinstance(atom, Jet)]
    if any(name in vocabulary.binding for name in names):
        raise LanguageError(f"{node.function} is bound: its value at zero is a number", node.span, help="write it")
    try:
        return Ratio(jet.map_atoms(at_zero))
    except NoValueAtZero:
        raise LanguageError(f"{node.function} has no name for its value at zero", node.span) from None


def at_zero(atom: Atom) -> Polynomial | None:
    """Preactivations at zero: sigma''(z) as the number sigma''(0), z as zero. Raises NoValueAtZero."""
    match atom:
        case FieldValue():
            return Polynomial()
        case Jet(function, order) if isinstance(function, str):
            return Polynomial.atom(ValueAtZero(function, order))
        case Jet():
            raise NoValueAtZero("a function of a formula has no name for its value at zero")
    return None
