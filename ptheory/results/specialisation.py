"""What a ``with`` block gives: recursions at concrete inputs with their activations bound, criticality, checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ptheory.claims.verdict import Verdict
from ptheory.language.expressions import Expression
from ptheory.recursion.dummies import by_sample, relabel_atom
from ptheory.recursion.equation import Equation
from ptheory.recursion.tensors import Expectation, Tensor
from ptheory.results.criticality_result import Criticality
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
    """

    architecture: str
    bindings: Mapping[str, str]
    values: Mapping[str, Expression]
    inputs: tuple[str, ...]
    equations: tuple[BoundEquation, ...]
    criticality: Criticality | None
    checks: tuple[Check, ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict of every check."""
        return tuple(check.verdict for check in self.checks)

    @property
    def closed_forms(self) -> dict[str, Expr]:
        """Right-hand sides by what stands left, K'[a,b]: SymPy expressions in K_12, C_W, ...; those that have one."""
        return {one.left_side: one.closed_form for one in self.equations if one.closed_form is not None}

    @property
    def classification(self) -> Classification | None:
        """Class, critical points, exponents and amplitudes; None where the block asks for none or there is none."""
        return None if self.criticality is None else self.criticality.classification
