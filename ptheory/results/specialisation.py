"""What a ``with`` block gives: recursions at concrete inputs with their activations bound, criticality, checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, overload

from ptheory.claims.verdict import Verdict
from ptheory.language.expressions import Expression
from ptheory.recursion.dummies import by_sample, relabel_atom
from ptheory.recursion.equation import Equation
from ptheory.recursion.tensors import Expectation, Tensor
from ptheory.results.criticality_result import CriticalInitialisation, Criticality
from ptheory.results.simulated import NotSimulated, SimulationResult

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.criticality.universality import Classification
    from ptheory.verification.quadrature_result import NoQuadrature, QuadratureResult

Check: TypeAlias = "QuadratureResult | NoQuadrature | SimulationResult | NotSimulated"


@dataclass(frozen=True)
class BoundEquation:
    """A recursion at concrete inputs (``equation.at(...)``), perhaps with its activations bound.

    ``inputs``: labels of samples 1, 2, ...; empty means one input, whose label is never written. ``bindings``: generic
    activation -> what it is bound to, as typed (``{"sigma": "relu"}``). ``closed_form``: the right-hand side as a SymPy
    expression in symbols called K, V, C_W, ... (K[1,2] is the symbol ``K_12``), ``symbols`` the tensors they stand for.
    ``moments``: single expectations in closed form, where the right-hand side as a whole has none. ``jumps``: kinked
    activation -> the order of its first derivative that jumps; ``kinks_dropped``: by the convention that σ'' = 0 there.
    """

    equation: Equation
    inputs: tuple[str, ...] = ()
    bindings: Mapping[str, str] = field(default_factory=dict)
    closed_form: Expr | None = None
    symbols: Mapping[str, Tensor] = field(default_factory=dict)
    moments: tuple[tuple[Expectation, Expr], ...] = ()
    jumps: Mapping[str, int] = field(default_factory=dict)
    kinks_dropped: bool = False

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
class Specialisation:
    """What one block gave.

    ``bindings``: generic activation -> what it is bound to, as written; ``values``: hyperparameter (``C_W[1]`` in one
    layer) -> what it is set to; ``inputs``: their names, none for one input. ``criticality`` is None where the block
    asks for none. ``checks``: one for every equation checked by quadrature, for every width simulated.
    ``without_recursion``: tensors that were simulated without an equation, and why they have none.
    """

    architecture: str
    bindings: Mapping[str, str]
    values: Mapping[str, Expression]
    inputs: tuple[str, ...]
    equations: tuple[BoundEquation, ...]
    criticality: Criticality | None
    checks: tuple[Check, ...]
    without_recursion: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict of every check."""
        return tuple(check.verdict for check in self.checks)

    @property
    def closed_forms(self) -> dict[str, Expr]:
        """Right-hand sides by what stands left, K'[a,b]: SymPy expressions in K_12, C_W, ...; those that have one."""
        return {one.left_side: one.closed_form for one in self.equations if one.closed_form is not None}

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
class Specialisations(Sequence[Specialisation]):
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
