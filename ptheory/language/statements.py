"""The statements of a derivation file, as written: nothing looked up, nothing simplified, spans not compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ptheory.algebra.order import Order
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import NOWHERE, Expression, FieldAt, Name, Span
from ptheory.language.source import Source


@dataclass(frozen=True)
class Statement:
    """A statement of a file. ``span``: where it was written; it does not count for equality."""

    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


# ---- declarations ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ParameterDeclaration(Statement):
    """weights W[i,j] ~ law(mean, variance) rate rate; biases have one index. ``indices`` are kept as written."""

    kind: str  # "weights" or "biases"
    name: str
    indices: tuple[Name, ...]
    law: Name  # Normal, ...
    mean: Expression
    variance: Expression
    rate: Expression | None = None
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class EquationDeclaration(Statement):
    """first z[i;a] = right (layer 1), layer z[i;a] = right (left: layer l+1; right: layer l) or last y[i;a] = right (an

    output, read off layer l).
    """

    kind: str  # "first", "layer" or "last"
    target: FieldAt
    right: Expression


@dataclass(frozen=True)
class ArchitectureStatement(Statement):
    """architecture NAME { ... }: parameters and layer equations in the order written."""

    name: str
    items: tuple[ParameterDeclaration | EquationDeclaration, ...]

    @property
    def parameters(self) -> tuple[ParameterDeclaration, ...]:
        """The declarations of weights and biases."""
        return tuple(item for item in self.items if isinstance(item, ParameterDeclaration))

    @property
    def equations(self) -> tuple[EquationDeclaration, ...]:
        """The equations of the first layer, of the layers above and of the outputs."""
        return tuple(item for item in self.items if isinstance(item, EquationDeclaration))


@dataclass(frozen=True)
class ActivationStatement(Statement):
    """activation name(variable) = formula"""

    name: str
    variable: str
    formula: Expression
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class ObservableStatement(Statement):
    """observable H[1,2] = sum(mu, rate(mu)*d(z1,mu)*d(z2,mu))"""

    name: str
    slots: tuple[int, ...]
    right: Expression
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class DefineStatement(Statement):
    """define D, F by E[left]_c = right; ``left`` and ``right`` as written."""

    names: tuple[Name, ...]
    left: Expression
    connected: bool
    right: Expression


@dataclass(frozen=True)
class LetStatement(Statement):
    """let chi_perp = C_W*<s'^2>: an abbreviation for use in claims."""

    name: str
    right: Expression
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class IncludeStatement(Statement):
    """include mlp (the prelude) or include "path" (beside the file)."""

    name: str
    is_path: bool = False
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class AlmostEverywhere(Statement):
    """derivatives almost everywhere: kinks have derivative zero, as automatic differentiation takes them."""


# ---- settings of a task ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OrderSetting(Statement):
    """order leading, order 1/n, order 1/n^2, ..., order exact."""

    order: Order


@dataclass(frozen=True)
class Binding(Statement):
    """sigma = tanh, sigma = z + z^2/4: what a generic activation stands for."""

    name: str
    value: Expression
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Inputs(Statement):
    """One of: ``count`` inputs without names (1: ``inputs one``), inputs by name, or input vectors.

    ``near``: inputs near x; the names are then those of the input and of the separation, x and dx. ``through``: the
    power of dx of ``to order dx^4``, 0 for the leading order of every component.
    """

    count: int
    names: tuple[str, ...] = ()
    vectors: tuple[tuple[Expression, ...], ...] = ()
    near: bool = False
    through: int = 0

    @property
    def nearness(self) -> str:
        """What follows ``inputs``: near x, near x to order dx^4."""
        x, dx = self.names
        power = "" if self.through == 1 else f"^{self.through}"
        return f"near {x} to order {dx}{power}" if self.through else f"near {x}"


@dataclass(frozen=True)
class Assignment(Statement):
    """C_b = 1/10; with ``layer`` k, C_b[k] = 1/10 for the parameters of layer k alone."""

    name: str
    value: Expression
    layer: int | None = None
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class SetValues(Statement):
    """set C_b = 0, C_W = 2."""

    assignments: tuple[Assignment, ...]


@dataclass(frozen=True)
class Critical(Statement):
    """critical: find the critical initialisation."""


@dataclass(frozen=True)
class PhaseSetting(Statement):
    """phase: what kernels and nearby inputs do at large depth, at the variances that are set, or wherever they are;
    phase depth 40 widths 100 200: in networks of this shape, too."""

    options: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @property
    def shape(self) -> tuple[int, tuple[int, ...]] | None:
        """The number of layers, and the widths."""
        given = dict(self.options)
        return (given["depth"][0], given["widths"]) if given else None


@dataclass(frozen=True)
class Angle(Statement):
    """angle from 0, 1/2 depth 20: the correlation of two inputs, which starts there in layer 1, layer by layer."""

    starts: tuple[Expression, ...] = ()
    depth: int | None = None


@dataclass(frozen=True)
class Exponents(Statement):
    """exponents V, Theta: their laws at large depth."""

    names: tuple[Name, ...]


@dataclass(frozen=True)
class Solve(Statement):
    """solve V in l, or solve V at l/n = r: ``ratio`` is r, a name or a number."""

    names: tuple[Name, ...]
    ratio: Expression | None = None


@dataclass(frozen=True)
class ConsequencesSetting(Statement):
    """consequences depth 50 widths 500 1000 outputs 10: aspect ratios, depth scales, learning rates."""

    options: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @property
    def depth(self) -> int | None:
        """The number of layers of the networks whose fluctuations are asked for."""
        return dict(self.options).get("depth", (None,))[0]

    @property
    def widths(self) -> tuple[int, ...]:
        """Their widths."""
        return dict(self.options).get("widths", ())

    @property
    def outputs(self) -> int | None:
        """The number of neurons whose mutual information is taken."""
        return dict(self.options).get("outputs", (None,))[0]


@dataclass(frozen=True)
class CheckBy(Statement):
    """check by quadrature digits 30; check by simulation widths 64 128 depth 6."""

    method: str
    options: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def option(self, name: str) -> tuple[int, ...] | None:
        """The numbers of an option; None where it is not given."""
        return dict(self.options).get(name)


@dataclass(frozen=True)
class Depth(Statement):
    """depth 10: how many layers."""

    layers: int


@dataclass(frozen=True)
class Widths(Statement):
    """Widths of the layers, layer 1 first, as formulas in n."""

    values: tuple[Expression, ...]


@dataclass(frozen=True)
class Layers(Statement):
    """layers 2 3: show these layers only."""

    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Digits(Statement):
    """digits 30: how many digits are shown."""

    count: int


@dataclass(frozen=True)
class Show(Statement):
    """show K, V: these quantities only."""

    names: tuple[Name, ...]


@dataclass(frozen=True)
class Interval(Statement):
    """C_W = 1 to 4: from where to where an axis goes."""

    name: str
    low: Expression
    high: Expression
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Range(Statement):
    """range C_W = 1 to 4, C_b = 0 to 1/2: the axes of a figure."""

    intervals: tuple[Interval, ...]


@dataclass(frozen=True)
class Correlations(Statement):
    """correlations 0, 1/2: of two inputs in the first layer."""

    values: tuple[Expression, ...]


# ---- tasks ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeriveStatement(Statement):
    """derive V, D, F to order 1/n for MLP inputs near x; ``order`` None is the default (leading), ``inputs`` None are
    slots."""

    names: tuple[Name, ...]
    order: OrderSetting | None = None
    architectures: tuple[Name, ...] = ()
    inputs: Inputs | None = None


@dataclass(frozen=True)
class WithStatement(Statement):
    """with sigma = tanh, tau = sin for MLP { settings }"""

    bindings: tuple[Binding, ...]
    architecture: Name | None
    settings: tuple[Statement, ...]


@dataclass(frozen=True)
class FlowStatement(Statement):
    """flow MLP with sigma = z + z^2/4 { settings }"""

    architecture: Name
    bindings: tuple[Binding, ...]
    settings: tuple[Statement, ...]


@dataclass(frozen=True)
class ClassLabel(Statement):
    """ "K*=0", the label of a universality class."""

    label: str


@dataclass(frozen=True)
class AtlasStatement(Statement):
    """atlas sigma for MLP { tanh, relu, z - z^3/6 }: one table of the classes of many activations.

    where class = "K*=0", "half-stable" keeps rows of these ``classes``, ranked by nu sorts them by a column.
    """

    generic: Name
    architecture: Name | None
    entries: tuple[Expression, ...]
    classes: tuple[ClassLabel, ...] = ()
    ranked_by: Name | None = None


@dataclass(frozen=True)
class PlotStatement(Statement):
    """plot phase "label" with sigma = tanh { settings }; plot flow MLP ... { }; plot atlas sigma { }: a figure.

    ``kind``: which; ``label``: what it is to be called, "" where it is called after what it shows; ``of``: the rest, as
    the statement it reads like.
    """

    kind: Name
    label: str
    of: WithStatement | FlowStatement | AtlasStatement
    label_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class NotationEntry(Statement):
    """C_W = "\\sigma_w^2", how the author writes a name in LaTeX; ``name`` "" where the text defines macros.

    ``latex``: without its quotes; ``latex_span``: where it stands.
    """

    name: str
    latex: str
    latex_span: Span = field(default=NOWHERE, compare=False, repr=False)


class LayerMarks(StrEnum):
    r"""Where an author marks layers: V^{(\ell)}, V(\ell), or nowhere, the next layer by a prime."""

    SUPERSCRIPT = "superscript"
    ARGUMENT = "argument"
    NONE = "none"


class Averages(StrEnum):
    r"""How an author writes <\partial_a \partial_b f>: so, or by insertions, <f (z^a z^b - K^{ab})>."""

    DERIVATIVES = "derivatives"
    INSERTIONS = "insertions"


Style = LayerMarks | Averages

STYLES: Mapping[str, type[Style]] = {"layer": LayerMarks, "averages": Averages}
"""What a notation block says of writing as a whole, by its name there."""


@dataclass(frozen=True)
class StyleNotation(Statement):
    """layer = argument; averages = insertions."""

    style: Style

    @property
    def name(self) -> str:
        """What it is a style of."""
        return next(name for name, styles in STYLES.items() if isinstance(self.style, styles))


@dataclass(frozen=True)
class NotationStatement(Statement):
    """notation { C_W = "\\sigma_w^2"  K = "q"  layer = argument  "\\newcommand{\\E}{\\mathbb{E}}" }"""

    entries: tuple[NotationEntry | StyleNotation, ...]


@dataclass(frozen=True)
class Parity(Statement):
    """sigma odd: an activation that is left open, and its ``sign`` under z -> -z."""

    name: str
    sign: int


class Regime(StrEnum):
    """Where a claim holds, in words. See docs/verdicts.md for what each assumes."""

    CRITICALITY = "at criticality"
    FIXED_POINT = "at fixed point"
    LEADING_ORDER = "leading order"
    LARGE_DEPTH = "large l"
    UNIT_INPUTS = "unit inputs"


@dataclass(frozen=True)
class InRegime(Statement):
    """at criticality, leading order, large l, ...: a regime that a claim assumes."""

    regime: Regime


@dataclass(frozen=True)
class Scope(Statement):
    """for MLP, inputs one, with sigma = relu, C_b = 0, tau odd, at K = 1, at criticality: where a claim is made, and
    under which assumptions. ``values``: what tensors are at this layer, as in at K = 1."""

    architecture: Name | None = None
    inputs: Inputs | None = None
    bindings: tuple[Binding, ...] = ()
    parities: tuple[Parity, ...] = ()
    values: tuple[Binding, ...] = ()
    regimes: tuple[InRegime, ...] = ()

    def is_in(self, regime: Regime) -> bool:
        """Whether the claim assumes it."""
        return any(item.regime is regime for item in self.regimes)


@dataclass(frozen=True)
class ClaimStatement(Statement):
    """claim "label": left = right for ...; ``then``: the further sides of a chain left = right = ... = ...

    ``beyond``: k where the equation is claimed up to O(1/n^k), as LaTeX writes it. ``asymptotic``: left ~ right at
    large depth. ``digits``: how many the numbers of the right-hand side have, as in C_W = 1.983 to 4 digits.
    ``order_relation``: ">", ">=", "<" or "<=" where that is claimed instead of equality.
    ``at_fixed_point``: its kernel is written K^\\star, so that what is false of some kernel may be true.
    """

    label: str
    left: Expression
    right: Expression
    scope: Scope
    then: tuple[Expression, ...] = ()
    beyond: int | None = None
    asymptotic: bool = False
    digits: int | None = None
    order_relation: str = ""
    at_fixed_point: bool = False

    @property
    def sides(self) -> tuple[Expression, ...]:
        """All of them, from left to right."""
        return (self.left, self.right, *self.then)


@dataclass(frozen=True)
class LatexClaimStatement(Statement):
    """claim latex "label": \\begin{equation} ... \\end{equation}; ``body`` verbatim, delimiters included."""

    label: str
    body: str
    scope: Scope
    body_span: Span = field(default=NOWHERE, compare=False, repr=False)


# ---- the file -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Comment:
    """``text`` from # to the end of its line; ``own_line`` when nothing stands before it."""

    text: str
    start: int
    line: int
    own_line: bool


@dataclass(frozen=True)
class Unread:
    """A statement with a syntax error, and what it would have been: its keyword ("" where it begins like none), the
    names it declares, the label of a claim. ``span``: all of it."""

    keyword: str
    names: tuple[str, ...]
    label: str
    error: LanguageError
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class File:
    """A parsed derivation file; comments and source are kept for the formatter and for messages, not for equality.

    ``unread``: the statements with a syntax error, in the order of the file.
    """

    version: int
    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False, repr=False)
    source: Source = field(default=Source("<text>", ""), compare=False, repr=False)
    unread: tuple[Unread, ...] = ()
