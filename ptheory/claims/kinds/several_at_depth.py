"""Claims at large depth about networks with several kernels: V_u/(n*K_u^2) ~ 7*l/(6*n).

Laws are those to leading order in 1/l of ``criticality.critical_kernels``, of one tensor or kernel each. A second route
iterates all kernels and tensors (``criticality.iterated_kernels``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.claims.bound import undecided
from ptheory.claims.kinds.iteration import LAYERS, Iterated, NoIteration
from ptheory.claims.kinds.large_depth import (
    JUST_ABOVE,
    UNKNOWN,
    InDepth,
    Law,
    check_scope,
    decided_by_law,
    not_compared,
)
from ptheory.claims.kinds.sides_in_kernel import NotExpanded
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import ReadClaim, read_sides
from ptheory.claims.verdict import Verdict
from ptheory.criticality.critical_kernels import CriticalKernels, critical_kernels
from ptheory.criticality.iterated_kernels import IteratedKernels, starting_kernels
from ptheory.criticality.series import LogSeries, readable_text
from ptheory.criticality.tower_exponents import Growth
from ptheory.criticality.universality import governing_point
from ptheory.expectations.time_limits import time_limit
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.statements import ClaimStatement, Regime
from ptheory.networks.coefficients import TensorAt
from ptheory.recursion.tensors import Tensor

DEEPER = 4  # times the layers looked at of one kernel: what is handed on comes later
SECONDS = 20.0


def decide_several(formula: ClaimStatement, vocabulary: Vocabulary) -> Verdict:
    """Proved, or refuted with the law that is derived. LanguageError where the critical point is not determined."""
    check_scope(formula, vocabulary)
    read = read_sides(formula, replace(vocabulary, in_every_layer=True))
    found = _critical(formula, vocabulary, read)
    point = governing_point(found.classification.critical_points)
    if found.kernels is None or point is None:
        raise LanguageError(f"there is no critical point: {found.classification.evidence[-1]}", formula.span)
    if point.K_star:
        return undecided(read, "no expansion at large depth is known", "the kernels stay above zero")
    try:
        law = Law(_InSeveral(read, found))
        unknown = not_compared(law)
    except UNKNOWN as error:
        return undecided(read, "no expansion at large depth is known", str(error))
    verdict = unknown or decided_by_law(law, lambda: _IteratedSeveral(read, found, point.K_star is None))
    return replace(verdict, message=f"{verdict.message}, {_where(found, vocabulary)}")


def _where(found: CriticalKernels, vocabulary: Vocabulary) -> str:
    """The critical point, in words: at criticality (C_W = 2/3)."""
    assert found.kernels is not None
    solved = {str(a): value for a, value in found.kernels.spec.values.items() if str(a) not in vocabulary.given}
    values = ", ".join(f"{name} = {readable_text(value)}" for name, value in solved.items())
    return f"{Regime.CRITICALITY} ({values})" if values else str(Regime.CRITICALITY)


def _critical(formula: ClaimStatement, vocabulary: Vocabulary, read: ReadClaim) -> CriticalKernels:
    tensors = [atom for atom in read.content.tensors if not atom.is_kernel]
    named = [vocabulary.names.of(atom) for atom in tensors]
    wanted = tuple(dict.fromkeys(TensorAt(one.declared, one.order) for one in named))
    values = {name: constant_value(value) for name, value in vocabulary.given.items()}
    unknown = [name for name, value in values.items() if value is None]
    if unknown:
        raise LanguageError(f"{unknown[0]} is no number, so that the critical point is not known", formula.span)
    numbers = {n: sp.Rational(v.numerator, v.denominator) for n, v in values.items() if v is not None}
    try:
        return critical_kernels(
            vocabulary.system, vocabulary.names, wanted, numbers, vocabulary.binding, "", vocabulary.almost_everywhere
        )
    except Refusal as error:
        message = f"the critical point is not known: {error.message}"
        raise LanguageError(message, formula.span, help=error.help) from None


class _InSeveral(InDepth):
    """Laws by the names that tensors of several fields have."""

    def __init__(self, read: ReadClaim, found: CriticalKernels) -> None:
        assert found.kernels is not None
        self._labels = found.kernels.system.labels
        scheme = found.classification.tower[0] if found.classification.tower else None
        self._failures = {} if scheme is None else scheme.failures
        laws = {} if scheme is None else {g.name: _law(g) for g in scheme.growths if not g.width}
        super().__init__(read, found.kernels.system.naming.rates, laws, None)

    def law_of(self, tensor: Tensor) -> LogSeries:
        name = self._labels.get(tensor)
        if name not in self.laws:
            shown = self.read.vocabulary.names.of(tensor).name
            raise NotExpanded(f"{shown}: {self._failures.get(name or '', 'no form is known')}")
        return self.laws[name]


def _law(growth: Growth) -> LogSeries:
    """amplitude l^power (log l)^logs as a series in y = 1/l, log y = -log l, known no further."""
    if growth.amplitude == 0:
        return LogSeries()
    logs = growth.log_power
    return LogSeries({(-growth.power, logs): (-1) ** logs * growth.amplitude}, JUST_ABOVE - growth.power)


class _IteratedSeveral(Iterated):
    """All kernels and tensors in every layer."""

    def __init__(self, read: ReadClaim, found: CriticalKernels, is_line: bool) -> None:
        assert found.kernels is not None
        system, spec = found.kernels.system, found.kernels.spec
        layers = tuple(DEEPER * layer for layer in LAYERS)
        rates = {rate: 3 / (3 + k) for k, rate in enumerate(system.naming.rates) if rate not in spec.values}
        try:
            with time_limit(SECONDS):
                start = starting_kernels(found.kernels, is_line)
                self._iterated = IteratedKernels(found.kernels, start, layers[-1], rates)
        except Refusal as error:
            raise NoIteration(error.message) from None
        self._labels = system.labels
        self._without = tuple(found.classification.tower[0].failures)
        values: dict[Atom, float] = {atom: float(value) for atom, value in spec.values.items()}
        values |= {Symbol(rate.name): number for rate, number in rates.items()}
        super().__init__(read, spec, values, self._iterated.kernels[system.kernels[0]], layers)

    @cached_property
    def tensors(self) -> dict[str, np.ndarray]:
        """Kernels too, by their names."""
        found: Mapping[str, np.ndarray] = self._iterated.tower(self._without)
        return {**self._iterated.kernels, **found}

    def _atom(self, atom: Atom, layer: int) -> float:
        if isinstance(atom, Tensor):
            return float(self.tensors[self._labels[atom]][layer - 1])
        return super()._atom(atom, layer)
