"""Claims with sums over any inputs, evaluated where these are the claim's own: every sum written out in numbers.

The other route contracts inverse kernels with kernels and never sees an input that is summed over. Here the kernel
matrix over the inputs is a matrix of numbers and its inverse that of Gauss, so that nothing of the contraction is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from flint import fmpq, fmpq_mat, fmpq_mpoly

from ptheory.algebra.polynomial import Atom
from ptheory.claims.points.points import general_polynomials, of_parity, scalar_values
from ptheory.claims.reading.preactivations import Place
from ptheory.claims.sides import ReadClaim
from ptheory.claims.witness import Coefficients, NoWitness, Point
from ptheory.language.claim_names import INVERSE_KERNEL
from ptheory.language.expressions import Call, Expression, Indexed, Multiply, Name, SumOver, walk
from ptheory.networks.fields import Field
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import WIDTH, Leg, Tensor
from ptheory.recursion.variables import leading_kernel

Table = tuple[tuple[str, ...], dict[tuple[int, ...], Fraction]]
"""Summed inputs, and a number for every choice of them."""

Ranges = Mapping[str, tuple[int, ...]]
"""What every index of a sum runs over."""


def sums_agree(read: ReadClaim) -> bool:
    """Whether the sides are equal where the inputs are those of the claim and one more. NoWitness where none is."""
    scalars = scalar_values(read.content, read.normal, attempt=1)
    (polynomial, _), parities = general_polynomials(read.content.highest_derivative), read.vocabulary.parities
    called = {node.function for side in read.claim.sides for node in walk(side) if isinstance(node, Call)}
    names = {*called, *read.content.functions, *read.vocabulary.functions}  # what is contracted holds for all functions
    activations = {name: of_parity(polynomial, parities.get(name)) for name in sorted(names)}
    left, right = PointOverInputs(read, scalars, activations, more=1).sides()
    return left == right


class PointOverInputs(Point):
    """``more``: how many inputs there are beside those that the claim names."""

    def __init__(
        self,
        read: ReadClaim,
        scalars: Mapping[Atom, Fraction],
        activations: Mapping[str, Coefficients],
        more: int = 0,
    ) -> None:
        named = read.reader.samples or tuple(sorted(read.reader.named)) or (1,)
        extra = () if read.reader.samples else tuple(range(max(named) + 1, max(named) + 1 + more))
        self.inputs = (*named, *extra)
        field = Field(read.vocabulary.fields[0])
        super().__init__(read, scalars, activations, tuple(Leg(field, Sample(number)) for number in self.inputs))
        nodes = [node for side in read.claim.sides for node in walk(side)]
        self._summed = tuple({index: None for node in nodes if isinstance(node, SumOver) for index in node.indices})
        self._drawn: dict[Atom, Fraction] = {}
        self._values: dict[tuple[int, tuple[int, ...]], Fraction] = {}
        self._indices_of: dict[int, tuple[str, ...]] = {}
        size = len(self.legs)
        kernel = [fmpq(x.numerator, x.denominator) for x in (self._kernel(a, b) for a in self.legs for b in self.legs)]
        matrix = fmpq_mat(size, size, kernel)
        if not matrix.det():
            raise NoWitness("a singular kernel matrix")
        self._inverse = matrix.inv()

    def value(self, node: Expression) -> Fraction:
        """The number, worked out once for the inputs that stand in a formula."""
        at = dict(self.indices)
        key = id(node), tuple(at.get(index, 0) for index in self._indices_in(node))
        if key not in self._values:
            self._values[key] = self._value(node)
        return self._values[key]

    def _value(self, node: Expression) -> Fraction:
        match node:
            case SumOver():
                return self._sum(node)
            case Indexed(name, (first, second), 0, None | 0) if name == INVERSE_KERNEL:
                a, b = (self.inputs.index(self._input(slot)) for slot in (first, second))
                entry = self._inverse[a, b]
                return Fraction(int(entry.p), int(entry.q))
        return super().value(node)

    def _sum(self, node: SumOver) -> Fraction:
        """One index summed out of the factors that it stands in after the other, the smallest table first."""
        ranges, factors = self._flattened(node)
        indices = tuple(ranges)
        tables = [self._table(factor, ranges) for factor in factors]
        left = list(indices)
        while left:
            index = min(left, key=lambda i: len({name for names, _ in tables if i in names for name in names}))
            left.remove(index)
            held = [table for table in tables if index in table[0]]
            tables = [table for table in tables if index not in table[0]] + [self._summed_out(index, held, ranges)]
        total = Fraction(1)
        for _, values in tables:
            total *= values[()]
        return total

    def _flattened(self, node: SumOver) -> tuple[Ranges, tuple[Expression, ...]]:
        """What the indices of a sum run over, and its factors.

        Sums among its factors are part of it where the names of their indices are others.
        """
        ranges = dict.fromkeys(node.indices, self._range(node))
        factors = node.body.factors if isinstance(node.body, Multiply) else (node.body,)
        made: list[Expression] = []
        for factor in factors:
            inner = self._flattened(factor) if isinstance(factor, SumOver) else ({}, (factor,))
            if inner[0].keys() & ranges.keys():
                inner = {}, (factor,)
            ranges |= inner[0]
            made += inner[1]
        return ranges, tuple(made)

    def _table(self, factor: Expression, ranges: Ranges) -> Table:
        """A factor at every choice of the summed inputs that it depends on."""
        names = tuple(index for index in ranges if index in self._indices_in(factor))
        return names, {self._chosen(names): self.value(factor) for _ in self._each(names, ranges)}

    def _summed_out(self, index: str, tables: Sequence[Table], ranges: Ranges) -> Table:
        """The product of some tables, summed over one index."""
        names = tuple(dict.fromkeys(name for found, _ in tables for name in found if name != index))
        values: dict[tuple[int, ...], Fraction] = {}
        for _ in self._each(names, ranges):
            total = Fraction(0)
            for _ in self._each((index,), ranges):
                term = Fraction(1)
                for found, entries in tables:
                    term *= entries[self._chosen(found)]
                total += term
            values[self._chosen(names)] = total
        return names, values

    def _chosen(self, names: Sequence[str]) -> tuple[int, ...]:
        at = dict(self.indices)
        return tuple(at[name] for name in names)

    def integrand(self, node: Expression) -> fmpq_mpoly:
        """What stands in <...>, sums over inputs written out."""
        if isinstance(node, Indexed) and node.name == INVERSE_KERNEL:
            return self.constant(self.value(node))
        if not isinstance(node, SumOver):
            return super().integrand(node)
        total = self.constant(0)
        for _ in self._each(node.indices, dict.fromkeys(node.indices, self._range(node))):
            total = total + self.integrand(node.body)
        return total

    def _range(self, node: SumOver) -> tuple[int, ...]:
        """What a sum runs over: the inputs that it names, else all."""
        return tuple(map(self._input, node.over)) or self.inputs

    def _each(self, indices: Sequence[str], ranges: Ranges) -> Iterator[None]:
        """Once for every choice of inputs, with the indices at it."""
        before = self.indices
        for chosen in product(*(ranges[index] for index in indices)):
            self.indices = (*before, *zip(indices, chosen, strict=True))
            yield
        self.indices = before

    def _input(self, slot: Expression) -> int:
        return self.read.reader.slot(slot, Place(indices=self.indices))

    def _indices_in(self, node: Expression) -> tuple[str, ...]:
        """Those of the claim's summed inputs that a formula may depend on: alone, or behind a preactivation, z_b."""
        if id(node) not in self._indices_of:
            names = {inner.name for inner in walk(node) if isinstance(inner, (Name, Indexed))}
            found = (index for index in self._summed if any(name.endswith(index) for name in names))
            self._indices_of[id(node)] = tuple(found)
        return self._indices_of[id(node)]

    def atom(self, atom: Atom) -> Fraction:
        """Its number; of a tensor at inputs that no other route has seen, one that is drawn for it."""
        if atom == WIDTH and atom not in self.scalars:
            return Fraction(1)  # there are quotients of widths alone
        if not isinstance(atom, Tensor) or atom in self.scalars:
            return super().atom(atom)
        if atom not in self._drawn:
            self._drawn[atom] = Fraction(0) if self.read.normal.vanishes(atom) else self._draw(atom)
        return self._drawn[atom]

    def _draw(self, atom: Tensor) -> Fraction:
        if not atom.is_kernel:
            count = len(self._drawn)
            return Fraction(count % 7 + 1, count % 5 + 2)
        a, b = (leg.sample for leg in atom.legs)
        return Fraction(2 * a + 5, 3) if a == b else Fraction(1, a + b + 2)

    def _kernel(self, a: Leg, b: Leg) -> Fraction:
        return self.atom(leading_kernel(a, b))
