"""What a ``with`` block gives: recursions at concrete inputs with their activations bound, criticality, checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, overload

from ptheory.claims.verdict import Verdict
from ptheory.displayed import Displayed
from ptheory.export.formula import Formula
from ptheory.language.expressions import Expression
from ptheory.recursion.dummies import by_sample, relabel_atom
from ptheory.recursion.equation import Equation
from ptheory.recursion.tensors import Expectation, Tensor
from ptheory.results.angle_result import Angles
from ptheory.results.consequences_result import BlockConsequences
from ptheory.results.criticality_result import CriticalInitialisation, Criticality
from ptheory.results.depth_forms import DepthForm, Solution, forms_of
from ptheory.results.iterated_laws import IterationResult
from ptheory.results.phase_result import Phases
from ptheory.results.simulated import NotSimulated, SimulationResult

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation
    from ptheory.criticality.universality import Classification
    from ptheory.export.array_function import ArrayFunction
    from ptheory.export.formula import Source
    from ptheory.verification.quadrature_result import NoQuadrature, QuadratureResult

Check: TypeAlias = "QuadratureResult | NoQuadrature | IterationResult | SimulationResult | NotSimulated"


@dataclass(frozen=True)
class BoundEquation(Displayed):
    """A recursion at concrete inputs (``equation.at(...)``), perhaps with its activations bound.

    ``inputs``: labels of samples 1, 2, ...; empty means one input, whose label is never written. ``bindings``: generic
    activation -> what it is bound to, as typed (``{"sigma": "relu"}``). ``closed_form``: the right-hand side as a SymPy
    expression in symbols called K, V, C_W, ... (K[1,2] is the symbol ``K_12``), ``symbols`` the tensors they stand for.
    ``susceptibilities``: those of one input in closed form, by name. ``moments``: single expectations in closed form,
    where the right-hand side as a whole has none. ``jumps``: kinked
    activation -> the order of its first derivative that jumps; ``kinks_dropped``: by the convention that σ'' = 0 there.
    ``activations``: what ``bindings`` name. ``near``: the inputs are one, x, and the separation dx of two from it;
    ``through``: the power of dx asked for, 0 for the leading order of every component.
    """

    equation: Equation
    inputs: tuple[str, ...] = ()
    bindings: Mapping[str, str] = field(default_factory=dict)
    closed_form: Expr | None = None
    symbols: Mapping[str, Tensor] = field(default_factory=dict)
    moments: tuple[tuple[Expectation, Expr], ...] = ()
    susceptibilities: Mapping[str, Expr] = field(default_factory=dict)
    jumps: Mapping[str, int] = field(default_factory=dict)
    kinks_dropped: bool = False
    activations: Mapping[str, Activation] = field(default_factory=dict, compare=False, repr=False)
    near: bool = False
    through: int = 0

    @cached_property
    def formula(self) -> Formula:
        """What goes to other tools: the closed form, or the right-hand side with averages left to quadrature.

        All widths are equal. Raises NotPointwise where an average has deltas at a jump.
        """
        from ptheory.export.right_side import right_side
        from ptheory.export.tensor_symbols import meanings

        right = self.closed_form
        if right is None:
            known = dict(self.moments)
            right = right_side(self.equation, self.activations, known, not self.inputs, self.kinks_dropped)
        return Formula(self.left_side, right, meanings(self.equation, self.inputs), self._context)

    @property
    def _context(self) -> str:
        bound = ", ".join(f"{name} = {value}" for name, value in self.bindings.items())
        where = f"inputs {' '.join(self.inputs)}" if self.inputs else "one input"
        return f"of {self.equation.system.model.architecture.name}" + (f" with {bound}" if bound else "") + f", {where}"

    def to_sympy(self) -> Expr:
        """The right-hand side in plain symbols K_12, V_1122, C_W; averages without a closed form as GaussianMean."""
        return self.formula.in_plain_symbols

    def to_numpy(self) -> ArrayFunction:
        """A function of NumPy arrays with ``.source``, ``.arguments``; averages by quadrature where they have to be."""
        from ptheory.export.array_function import array_function

        return array_function(self.formula, "numpy")

    def to_jax(self) -> ArrayFunction:
        """The same of JAX arrays; ``.source`` needs no JAX. Raises JaxMissing where it is called without."""
        from ptheory.export.array_function import array_function

        return array_function(self.formula, "jax")

    def to_mathematica(self) -> Source:
        """The right-hand side in the Wolfram language."""
        from ptheory.export.mathematica import mathematica

        return mathematica(self.formula)

    def to_form(self) -> Source:
        """A program for FORM that holds the right-hand side as a local expression."""
        from ptheory.export.form import form

        return form(self.formula)

    @property
    def left_side(self) -> str:
        """The left side in the language's syntax, inputs that a symmetry exchanges by alphabet: K', K'[a,b]."""
        names, target, alphabetical = self.equation.names, self.equation.target, sorted(self.inputs)
        if not self.inputs:
            return f"{names.of(target).name}'"
        ranks = {number: alphabetical.index(label) + 1 for number, label in enumerate(self.inputs, start=1)}
        named = names.of(relabel_atom(target, by_sample(ranks)))
        return f"{named.name}'[{','.join(alphabetical[leg.sample - 1] for leg in named.arguments)}]"


@dataclass(frozen=True)
class Agreement:
    """Equations of which every expectation agrees with the quadrature to so many digits."""

    checks: tuple[QuadratureResult, ...]

    @property
    def message(self) -> str:
        """K, G1 and V: 6 expectations agree with quadrature to 20 digits (18 comparisons)"""
        *first, last = dict.fromkeys(check.of for check in self.checks)
        of = f"{', '.join(first)} and {last}" if first else last
        moments = sum(len(check.moments) for check in self.checks)
        compared = sum(len(check.comparisons) for check in self.checks)
        digits = self.checks[0].certain_digits
        return f"{of}: {moments} expectations agree with quadrature to {digits} digits ({compared} comparisons)"


@dataclass(frozen=True)
class Specialisation(Displayed):
    """What one block gave.

    ``bindings``: generic activation -> what it is bound to, as written; ``values``: hyperparameter (``C_W[1]`` in one
    layer) -> what it is set to; ``inputs``: their names, none for one input. ``criticality`` is None where the block
    asks for none. ``checks``: one for every equation checked by quadrature, for every width simulated.
    ``without_recursion``: tensors that were simulated without an equation, and why they have none. ``phases``,
    ``angles``: where the block asks for them. ``solutions``: what it solves in depth. ``ends``: the components along a
    separation whose series stops before the order asked, and why.
    """

    architecture: str
    bindings: Mapping[str, str]
    values: Mapping[str, Expression]
    inputs: tuple[str, ...]
    equations: tuple[BoundEquation, ...]
    criticality: Criticality | None
    checks: tuple[Check, ...]
    without_recursion: Mapping[str, str] = field(default_factory=dict)
    phases: Phases | None = None
    angles: Angles | None = None
    solutions: tuple[Solution, ...] = ()
    consequences: BlockConsequences | None = None
    ends: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict of every check."""
        return tuple(check.verdict for check in self.checks)

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """The quadratures that agree with the engine, those to as many digits together."""
        from ptheory.verification.quadrature_result import QuadratureResult

        by_digits: dict[int | None, list[QuadratureResult]] = {}
        for check in self.checks:
            if isinstance(check, QuadratureResult) and check.agrees:
                by_digits.setdefault(check.certain_digits, []).append(check)
        return tuple(Agreement(tuple(checks)) for checks in by_digits.values())

    @property
    def closed_forms(self) -> dict[str, Expr]:
        """Right-hand sides by what stands left, K'[a,b]: SymPy expressions in K_12, C_W, ...; those that have one."""
        return {one.left_side: one.closed_form for one in self.equations if one.closed_form is not None}

    def __getitem__(self, left: str) -> BoundEquation:
        """The equation of a left side, ``block["K'[a,b]"]``, prime or no prime. KeyError names what there is."""
        found = {one.left_side: one for one in self.equations}
        primed = left if "'" in left else re.sub(r"^\w+", r"\g<0>'", left)
        if primed not in found:
            raise KeyError(f"{left} is not shown with {self.label}; there are {', '.join(found) or 'none'}")
        return found[primed]

    def solved(self, tensor: str) -> list[DepthForm]:
        """The closed forms in depth of a tensor, the first of every layer."""
        return forms_of(self.solutions, tensor)

    @property
    def label(self) -> str:
        """What the activations are bound to: tanh."""
        return ", ".join(self.bindings.values())

    @property
    def classification(self) -> Classification | None:
        """Class, exponents, amplitudes and evidence; None where the block asks for none or there is none."""
        return None if self.criticality is None else self.criticality.classification

    @property
    def critical_points(self) -> tuple[CriticalInitialisation, ...]:
        """K*, the hyperparameters and the stability of every critical point, unstable ones too."""
        return () if self.criticality is None else self.criticality.critical_points

    @property
    def exponents(self) -> dict[str, Expr]:
        """p_0, p_par, p_perp, V/(nK^2), "Theta (fixed rates)", ...: powers of the depth, docs/criticality.md."""
        return {} if self.classification is None else self.classification.every_exponent

    @property
    def amplitudes(self) -> dict[str, Expr]:
        """What stands before those powers."""
        return {} if self.classification is None else self.classification.every_amplitude


@dataclass(frozen=True)
class Specialisations(Sequence[Specialisation], Displayed):
    """The blocks of a file, by number or by what their activations are bound to: ``[0]``, ``["tanh"]``."""

    blocks: tuple[Specialisation, ...]

    @overload
    def __getitem__(self, which: int | str) -> Specialisation: ...

    @overload
    def __getitem__(self, which: slice) -> Specialisations: ...

    def __getitem__(self, which: int | str | slice) -> Specialisation | Specialisations:
        if isinstance(which, slice):
            return Specialisations(self.blocks[which])
        if isinstance(which, int):
            return self.blocks[which]
        found = [block for block in self.blocks if block.label == which]
        if len(found) == 1:
            return found[0]
        known = ", ".join(block.label for block in self.blocks) or "none"
        raise KeyError(f"{len(found) or 'no'} blocks have {which}, of these in the order of the file: {known}")

    def __len__(self) -> int:
        return len(self.blocks)
