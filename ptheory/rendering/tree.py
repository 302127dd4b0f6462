"""The display tree: a right-hand side as it will be read, before it becomes LaTeX or text.

A Sum of Terms, a Term a rational number times factors in reading order. The two writers (``latex.py``, ``text.py``)
walk this tree and decide nothing about what belongs together; ``arrange.py`` and ``brackets.py`` do.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ptheory.language.expressions import Expression


@dataclass(frozen=True)
class LegLabel:
    """How a leg is written: u1 (field and sample), 1, u, or a letter for a dummy; "" for what is left unsaid."""

    field: str = ""
    sample: str = ""
    letter: str = ""
    neuron: str = ""
    depth: int = 0  # layers below the one read


@dataclass(frozen=True)
class ScalarNode:
    """A hyperparameter; ``layer`` its offset from l when it varies with depth."""

    name: str
    layer: int | None = None


@dataclass(frozen=True)
class SusceptibilityNode:
    """A susceptibility that was derived: its name in the language, its inputs where there are several."""

    name: str
    legs: tuple[LegLabel, ...] = ()


@dataclass(frozen=True)
class FormulaNode:
    """A constant formula of the language, such as sqrt(2)."""

    formula: Expression


@dataclass(frozen=True)
class WidthNode:
    """n, the width of layer l."""


@dataclass(frozen=True)
class WidthRatioNode:
    """n_l / n_(l-1)."""


@dataclass(frozen=True)
class TensorNode:
    """A tensor component.

    ``name`` with ``slots`` is its spelling in the language (G1[1,2]); on the page it is ``base`` with its ``order``
    beyond the leading one and ``legs``, set two by two in ``pairs`` when it is a cumulant of covariances.
    ``next_layer`` on the left; ``layers_below``: of layer l - layers_below.
    """

    name: str
    slots: tuple[LegLabel, ...]
    base: str
    order: int
    legs: tuple[LegLabel, ...]
    pairs: tuple[tuple[LegLabel, LegLabel], ...] = ()
    next_layer: bool = False
    layers_below: int = 0


@dataclass(frozen=True)
class CollectiveNode:
    """A fluctuating collective variable: Ĝ for a covariance declared as G, else the observables' names joined."""

    name: str
    legs: tuple[LegLabel, ...]
    next_layer: bool = False


@dataclass(frozen=True)
class ParameterNode:
    """W[i,j] or b[i]."""

    name: str
    indices: tuple[str, ...]


@dataclass(frozen=True)
class NeuronSumNode:
    """Σ over neurons of layer l of everything that follows in the term."""

    indices: tuple[str, ...]


@dataclass(frozen=True)
class ObservableNode:
    """An observable (z, H, dH, ...) at neurons and samples; ``next_layer`` for layer l+1."""

    name: str
    legs: tuple[LegLabel, ...]
    next_layer: bool = False


@dataclass(frozen=True)
class FunctionNode:
    """f^(order) at a leg, or at ``argument``, a linear combination of fields."""

    function: str | Expression  # a name, or an opaque formula
    order: int
    leg: LegLabel
    argument: Sum | None = None


@dataclass(frozen=True)
class FieldNode:
    """A preactivation at a leg; ``raised``: with the inverse kernel, sum_b K^{ab} z_b."""

    field: str
    leg: LegLabel
    raised: bool = False


@dataclass(frozen=True)
class InverseKernelNode:
    """K^{ab}: an entry of the inverse of the kernel called ``name``."""

    name: str
    legs: tuple[LegLabel, ...]


@dataclass(frozen=True)
class PowerNode:
    """base^exponent; a negative exponent is written below a fraction."""

    base: Node
    exponent: int


@dataclass(frozen=True)
class BracketNode:
    """[ ... ]: a sum as a factor."""

    body: Sum


@dataclass(frozen=True)
class SymmetricNode:
    """[ body + (12 <-> 34) ]: the body, and the body with the inputs ``first`` and ``second`` exchanged, one by one."""

    body: Sum
    first: tuple[LegLabel, ...]
    second: tuple[LegLabel, ...]


@dataclass(frozen=True)
class RaisedSumNode:
    """(body)^exponent, whole or half: a root for 1/2, parentheses for 1."""

    body: Sum
    exponent: Fraction


@dataclass(frozen=True)
class FractionNode:
    """above / below, both products with positive coefficients."""

    above: Term
    below: Term


@dataclass(frozen=True)
class CallNode:
    """function(arguments) of scalars, by its name in the language."""

    function: str
    arguments: tuple[Sum, ...]


@dataclass(frozen=True)
class MeanNode:
    """⟨ ∂... body ⟩ at ``covariance``: the leading kernel by its name, the fluctuating one when ``fluctuating``."""

    body: Sum
    covariance: str
    derivatives: tuple[LegLabel, ...] = ()
    fluctuating: bool = False
    depth: int = 0  # at the kernel of layer l - depth


@dataclass(frozen=True)
class SummationNode:
    """Σ over dummies, each group in its range, of everything that follows in the term."""

    ranges: tuple[tuple[tuple[LegLabel, ...], tuple[LegLabel, ...]], ...]


@dataclass(frozen=True)
class Term:
    """coefficient times factors, in reading order."""

    coefficient: Fraction
    factors: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Sum:
    """Terms in reading order; none is 0."""

    terms: tuple[Term, ...]


Node = (
    ScalarNode
    | SusceptibilityNode
    | FormulaNode
    | WidthNode
    | WidthRatioNode
    | TensorNode
    | CollectiveNode
    | ParameterNode
    | NeuronSumNode
    | ObservableNode
    | FunctionNode
    | FieldNode
    | InverseKernelNode
    | PowerNode
    | BracketNode
    | SymmetricNode
    | RaisedSumNode
    | FractionNode
    | CallNode
    | MeanNode
    | SummationNode
)


def power(base: Node, exponent: int) -> Node:
    """base^exponent; the base itself for 1."""
    return base if exponent == 1 else PowerNode(base, exponent)
