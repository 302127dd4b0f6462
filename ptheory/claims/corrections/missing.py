"""A term that a side lacks, as one would write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations_with_replacement

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.claims.reading.claim_text import Writer, expression_text
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.claim_names import SUSCEPTIBILITIES
from ptheory.language.expressions import Expression, Indexed, Multiply, Name, Number, Power
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Tensor

LONGEST_MISSING = 3  # terms that still read as one missing term
MOST_SUSCEPTIBILITIES = 3  # in a product


def missing_term(missing: Ratio, yours: Ratio, reader: ClaimReader, value: Callable[[Expression], Ratio]) -> str:
    """The text of ``missing`` where that is one term, or a short sum of which your side has nothing yet; else empty.

    ``value``: the normal form of a formula.
    """
    writer = Writer(reader.vocabulary)
    for candidate in _candidates(missing, reader.vocabulary):
        quotient = single_term_quotient(missing, value(candidate))
        if quotient is not None and _is_coefficient(quotient[0]):
            return _written(candidate, quotient, writer)
    if missing.factors or len(missing.numerator) > LONGEST_MISSING or not _leaves_alone(missing, yours):
        return ""
    return writer.polynomial(missing.numerator)


def _written(candidate: Expression, quotient: tuple[Monomial, Fraction], writer: Writer) -> str:
    """scalars * candidate * tensors."""
    monomial, number = quotient
    scalars = tuple((atom, power) for atom, power in monomial if is_scalar(atom))
    before = writer.polynomial(Polynomial({scalars: number}))
    after = writer.term(tuple((atom, power) for atom, power in monomial if not is_scalar(atom)), Fraction(1))
    parts = [before] if before not in ("1", "-1") else []
    parts += [expression_text(candidate)] + ([after] if after != "1" else [])
    return ("-" if before == "-1" else "") + "*".join(parts)


def _leaves_alone(missing: Ratio, yours: Ratio) -> bool:
    """Whether nothing written has to go for it, and something stays: to take terms away is no missing term."""
    if len(missing.numerator) == 1:
        return bool(yours)
    return (
        bool(yours.numerator)
        and not yours.factors
        and not missing.numerator.terms.keys() & yours.numerator.terms.keys()
    )


def _candidates(missing: Ratio, vocabulary: Vocabulary) -> Iterator[Expression]:
    """Products of susceptibilities, and tensors of the next layer, as terms of recursions have; at one input only."""
    architecture = vocabulary.system.model.architecture
    if not vocabulary.one_input or len(vocabulary.fields) != 1 or architecture.layers_read > 1:
        return  # a susceptibility is one number only where there is one field, of one layer
    for count in range(1, MOST_SUSCEPTIBILITIES + 1):
        for names in combinations_with_replacement(SUSCEPTIBILITIES, count):
            powers = {name: names.count(name) for name in names}
            factors = tuple(Name(n) if p == 1 else Power(Name(n), Number(Fraction(p))) for n, p in powers.items())
            yield Multiply(factors) if len(factors) > 1 else factors[0]
    present = {vocabulary.names.of(atom).name for atom in missing.atoms() if isinstance(atom, Tensor)}
    yield from (Indexed(name, (), 1) for name in vocabulary.tensor_names if name in present)


def _is_coefficient(monomial: Monomial) -> bool:
    """Tensors above the line, hyperparameters on either side of it; no averages."""
    return all(is_scalar(atom) or (isinstance(atom, Tensor) and power > 0) for atom, power in monomial)


def is_scalar(atom: Atom) -> bool:
    """Hyperparameters, widths and K: what one calls a coefficient."""
    return isinstance(atom, Symbol) or atom in (WIDTH, WIDTH_RATIO) or (isinstance(atom, Tensor) and atom.is_kernel)


def single_term_quotient(above: Ratio, below: Ratio) -> tuple[Monomial, Fraction] | None:
    """(monomial, coefficient) with above = coefficient * monomial * below; None where it is no single term."""
    if not above or not below:
        return None
    scale = (above * below.inverse()).numerator if len(below.numerator) == 1 and not above.factors else None
    if scale is not None:
        return next(iter(scale.terms.items())) if len(scale) == 1 and not below.factors else None
    if above.factors != below.factors or len(above.numerator) != len(below.numerator):
        return None
    (m, c), (k, d) = above.numerator.sorted_terms()[0], below.numerator.sorted_terms()[0]
    guess = Polynomial({m: c}) * Polynomial({k: d}).inverse_monomial()
    if guess * below.numerator != above.numerator:
        return None
    return next(iter(guess.terms.items()))
