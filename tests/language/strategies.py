"""Random trees of the language: everything the parser can produce, nothing it cannot."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from ptheory.algebra.order import EXACT, through
from ptheory.language import statements as s
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Compare,
    Connected,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Piecewise,
    Power,
    SumOver,
    Symmetrised,
)
from ptheory.language.statement_builder import ORDER_RELATIONS

# Words of the language are fine names wherever no keyword is possible, so some are in here.
NAMES = st.sampled_from(
    ["C_W", "C_b", "lambda_W", "z", "z1", "s", "H12", "V", "G", "chi_par", "xi", "order", "depth", "n", "pi", "layer"]
)
PLAIN_NAMES = st.sampled_from(["sigma", "tau", "MLP", "A", "V", "G", "Theta", "alpha_2", "snake", "z"])
INDICES = st.sampled_from(["i", "j", "k", "a", "mu", "nu"])
FUNCTIONS = st.sampled_from(["sigma", "tau", "sin", "exp", "tanh", "erf", "relu"])

WHOLE = st.integers(0, 10**12).map(lambda k: Number(Fraction(k)))
DECIMAL = st.builds(lambda k, p: Number(Fraction(k, 10**p)), st.integers(0, 10**6), st.integers(1, 5))
NUMBERS = st.one_of(WHOLE, DECIMAL)
SMALL = st.integers(1, 6).map(lambda k: Number(Fraction(k)))
NAMED = NAMES.map(Name)
FIELDS = st.builds(FieldAt, st.sampled_from(["z", "u", "x"]), INDICES, INDICES, st.integers(0, 2))
RELATIONS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


def _power(base: Expression, exponent: Expression) -> Expression:
    """base^exponent where its value is within budget (no 1/0, no number of thousands of digits), else the base."""
    power = Power(base, exponent)
    try:
        constant_value(power)
    except LanguageError:
        return base
    return power


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    comparisons = st.builds(Compare, RELATIONS, inner, inner)
    exponents = st.one_of(SMALL, SMALL.map(Negate), NAMED, st.builds(Negate, st.builds(Negate, NAMED)))
    powers = st.builds(_power, inner, exponents)
    return st.one_of(
        several.map(Add),
        several.map(Multiply),
        inner.map(Negate),
        st.builds(Divide, inner, inner),
        powers,
        st.builds(Power, NAMED, st.builds(Power, NAMED, SMALL)),
        st.builds(lambda f, x, p: Call(f, (x,), p), FUNCTIONS, inner, st.integers(0, 3)),
        st.builds(lambda x: Call("max", x), several),
        st.builds(lambda n, x, p: Indexed(n, x, p), NAMES, several, st.integers(0, 3)),
        st.builds(lambda i, x: SumOver(tuple(i), x), st.lists(INDICES, min_size=1, max_size=3, unique=True), inner),
        inner.map(Bracket),
        comparisons,
        st.builds(
            lambda b, x: Piecewise(tuple(b), x),
            st.lists(st.tuples(comparisons, inner), min_size=1, max_size=3),
            inner,
        ),
    )


LEAVES = st.one_of(NUMBERS, NAMED, FIELDS, st.builds(lambda n, p: Indexed(n, (), p), NAMES, st.integers(1, 4)))
EXPRESSIONS: st.SearchStrategy[Expression] = st.deferred(lambda: st.recursive(LEAVES, _grown, max_leaves=12))

# what only a claim has: E[...]_c, fields at numbered inputs and of the next layer
AT_INPUTS = st.builds(
    FieldAt, st.sampled_from(["z", "u"]), INDICES, st.sampled_from(["1", "2", "a"]), st.just(0), st.integers(0, 1)
)
EXCHANGES = st.sampled_from([((1,), (2,)), ((1, 2), (3, 4)), (("a",), ("b",)), ((10, 2), (3, "a"))]).map(
    lambda sides: tuple(
        tuple(Name(one) if isinstance(one, str) else Number(Fraction(one)) for one in side) for side in sides
    )
)
SYMMETRISED = st.builds(lambda x, sides: Symmetrised(x, *sides), EXPRESSIONS, EXCHANGES)
MOMENTS = st.one_of(EXPRESSIONS.map(Connected), AT_INPUTS, AT_INPUTS.map(Connected))
CLAIMED = st.one_of(
    EXPRESSIONS,
    MOMENTS,
    SYMMETRISED,
    st.lists(SYMMETRISED, min_size=2, max_size=2).map(tuple).map(Add),
    st.lists(st.one_of(MOMENTS, NAMED), min_size=2, max_size=3).map(tuple).map(Multiply),
)

LABELS = st.text(
    st.characters(codec="utf-8", exclude_characters='"\n\r', exclude_categories=("C", "Zl", "Zp")), max_size=12
)
SLOTS = st.lists(st.integers(0, 12), min_size=1, max_size=4, unique=True).map(tuple)
NAME_LISTS = st.lists(PLAIN_NAMES.map(Name), min_size=1, max_size=3).map(tuple)
LAWS = st.sampled_from([Name("Normal"), Name("Uniform")])

PARAMETERS = st.one_of(
    st.builds(
        s.ParameterDeclaration,
        st.just("weights"),
        PLAIN_NAMES,
        st.just((Name("i"), Name("j"))),
        LAWS,
        EXPRESSIONS,
        EXPRESSIONS,
        st.none() | EXPRESSIONS,
    ),
    st.builds(
        s.ParameterDeclaration,
        st.just("biases"),
        PLAIN_NAMES,
        st.just((Name("i"),)),
        LAWS,
        EXPRESSIONS,
        EXPRESSIONS,
    ),
)
TARGETS = st.builds(FieldAt, st.sampled_from(["z", "u"]), st.just("i"), st.just("a"))
EQUATIONS = st.builds(s.EquationDeclaration, st.sampled_from(["first", "layer", "last"]), TARGETS, EXPRESSIONS)
ARCHITECTURES = st.builds(s.ArchitectureStatement, PLAIN_NAMES, st.lists(PARAMETERS | EQUATIONS, max_size=4).map(tuple))

BINDINGS = st.lists(st.builds(s.Binding, PLAIN_NAMES, EXPRESSIONS), min_size=1, max_size=2).map(tuple)
ORDERS = st.builds(s.OrderSetting, st.just(EXACT) | st.builds(through, st.integers(0, 9)))
VECTORS = st.integers(1, 3).flatmap(
    lambda n: st.lists(st.lists(EXPRESSIONS, min_size=n, max_size=n).map(tuple), min_size=1, max_size=3).map(tuple)
)
INPUTS = st.one_of(
    st.builds(s.Inputs, st.integers(1, 9)),
    st.lists(st.sampled_from(["a", "b", "alpha"]), min_size=1, max_size=3, unique=True).map(
        lambda names: s.Inputs(len(names), tuple(names))
    ),
    VECTORS.map(lambda vectors: s.Inputs(len(vectors), (), vectors)),
    st.tuples(st.sampled_from(["x", "alpha"]), st.integers(0, 8)).map(
        lambda near: s.Inputs(2, (near[0], f"d{near[0]}"), near=True, through=near[1])
    ),
)
ASSIGNMENTS = st.builds(s.Assignment, NAMES, EXPRESSIONS, st.none() | st.integers(1, 9))
CHECKS = st.one_of(
    st.builds(lambda d: s.CheckBy("quadrature", (("digits", (d,)),)), st.integers(1, 99)),
    st.builds(
        lambda w, d: s.CheckBy("simulation", (("widths", tuple(w)), ("depth", (d,)))),
        st.lists(st.integers(1, 512), min_size=1, max_size=3),
        st.integers(1, 9),
    ),
    st.just(s.CheckBy("quadrature")),
    st.builds(lambda d: s.CheckBy("iteration", (("depth", (d,)),)), st.integers(2000, 10**6)),
)
SHAPES = st.builds(
    lambda d, w: (("depth", (d,)), ("widths", tuple(w))),
    st.integers(1, 99),
    st.lists(st.integers(1, 512), min_size=1, max_size=3),
)
PHASES = st.one_of(st.just(s.PhaseSetting()), SHAPES.map(s.PhaseSetting))
CONSEQUENCES = st.one_of(
    st.just(s.ConsequencesSetting()),
    st.builds(lambda n: s.ConsequencesSetting((("outputs", (n,)),)), st.integers(2, 99)),
    SHAPES.map(s.ConsequencesSetting),
)
SHARED = [
    INPUTS,
    st.lists(ASSIGNMENTS, min_size=1, max_size=3).map(lambda a: s.SetValues(tuple(a))),
    NAME_LISTS.map(s.Show),
    st.just(s.AlmostEverywhere()),
]
WITH_SETTINGS = st.tuples(
    *(
        st.none() | setting
        for setting in [
            *SHARED,
            st.just(s.Critical()),
            PHASES,
            st.builds(s.Angle, st.lists(EXPRESSIONS, max_size=2).map(tuple), st.none() | st.integers(1, 99)),
            NAME_LISTS.map(s.Exponents),
            NAME_LISTS.map(s.Solve),
            st.builds(s.Solve, NAME_LISTS, st.just(Name("r"))),
            CONSEQUENCES,
            CHECKS,
            CHECKS,
        ]
    )
)
FLOW_SETTINGS = st.tuples(
    *(
        st.none() | setting
        for setting in [
            *SHARED,
            st.integers(1, 99).map(s.Depth),
            ORDERS,
            st.lists(EXPRESSIONS, min_size=1, max_size=3).map(lambda w: s.Widths(tuple(w))),
            st.lists(st.integers(1, 99), min_size=1, max_size=3).map(lambda k: s.Layers(tuple(k))),
            st.integers(1, 99).map(s.Digits),
        ]
    )
)


def _present(settings: tuple[s.Statement | None, ...]) -> tuple[s.Statement, ...]:
    return tuple(setting for setting in settings if setting is not None)


SCOPES = st.builds(
    s.Scope,
    st.none() | PLAIN_NAMES.map(Name),
    st.none() | INPUTS,
    st.just(()) | BINDINGS,
    st.just(()) | st.builds(s.Parity, PLAIN_NAMES, st.sampled_from([-1, 1])).map(lambda parity: (parity,)),
    st.just(()) | BINDINGS,
    st.lists(st.builds(s.InRegime, st.sampled_from(s.Regime)), unique=True, max_size=2).map(tuple),
)
BODIES = st.sampled_from(
    [
        r"\begin{equation} V' = 2 K^2 \end{equation}",
        "\\begin{align*}\n  a &= b # kept \\\\\n\\end{align*}",
        "$x$",
        r"\[ y \]",
    ]
)

PLOT_SETTINGS = st.tuples(
    WITH_SETTINGS.map(_present),
    st.none() | st.integers(1, 99).map(s.Depth),
    st.none()
    | st.lists(
        st.builds(s.Interval, PLAIN_NAMES, EXPRESSIONS, EXPRESSIONS), min_size=1, max_size=2, unique_by=lambda i: i.name
    ).map(lambda axes: s.Range(tuple(axes))),
    st.none() | st.lists(EXPRESSIONS, min_size=1, max_size=2).map(lambda values: s.Correlations(tuple(values))),
).map(lambda parts: (*_present(parts[1:]), *parts[0]))  # a depth behind a check is the check's
WITH_STATEMENTS = st.builds(s.WithStatement, BINDINGS, st.none() | PLAIN_NAMES.map(Name), WITH_SETTINGS.map(_present))
FLOW_STATEMENTS = st.builds(s.FlowStatement, PLAIN_NAMES.map(Name), st.just(()) | BINDINGS, FLOW_SETTINGS.map(_present))
ATLAS_STATEMENTS = st.builds(
    s.AtlasStatement,
    PLAIN_NAMES.map(Name),
    st.none() | PLAIN_NAMES.map(Name),
    st.lists(EXPRESSIONS, min_size=1, max_size=4).map(tuple),
    st.lists(st.builds(s.ClassLabel, LABELS), max_size=2).map(tuple),
    st.none() | PLAIN_NAMES.map(Name),
)
FIGURE_LABELS = st.sampled_from(["", "edge-of-chaos", "any text"])
PLOT_STATEMENTS = st.one_of(
    st.builds(
        s.PlotStatement,
        st.sampled_from(["phase", "map", "exponents", "nothing"]).map(Name),
        FIGURE_LABELS,
        st.builds(s.WithStatement, BINDINGS, st.none() | PLAIN_NAMES.map(Name), PLOT_SETTINGS),
    ),
    st.builds(s.PlotStatement, st.just(Name("flow")), FIGURE_LABELS, FLOW_STATEMENTS),
    st.builds(s.PlotStatement, st.just(Name("atlas")), FIGURE_LABELS, ATLAS_STATEMENTS),
)

NOTATIONS = st.builds(
    s.NotationEntry, PLAIN_NAMES | st.just(""), st.sampled_from([r"\sigma_w^2", "q", r"\newcommand{\a}[1]{#1}"])
)
NOTATION_ITEMS = st.tuples(
    st.lists(NOTATIONS, min_size=1, max_size=3, unique_by=lambda e: e.name),
    st.lists(
        st.builds(s.StyleNotation, st.sampled_from([*s.LayerMarks, *s.Averages])),
        max_size=2,
        unique_by=lambda e: e.name,
    ),
).map(lambda parts: (*parts[1], *parts[0]))
STATEMENTS: st.SearchStrategy[s.Statement] = st.one_of(
    ARCHITECTURES,
    st.builds(s.ActivationStatement, PLAIN_NAMES, st.sampled_from(["z", "x"]), EXPRESSIONS),
    st.builds(s.ObservableStatement, st.sampled_from(["H", "dH"]), SLOTS, EXPRESSIONS),
    st.builds(s.DefineStatement, NAME_LISTS, EXPRESSIONS, st.booleans(), EXPRESSIONS),
    st.builds(s.LetStatement, PLAIN_NAMES, EXPRESSIONS),
    st.builds(s.NotationStatement, NOTATION_ITEMS),
    st.builds(s.IncludeStatement, PLAIN_NAMES),
    st.builds(s.IncludeStatement, LABELS, st.just(True)),
    st.just(s.AlmostEverywhere()),
    st.builds(s.DeriveStatement, NAME_LISTS, st.none() | ORDERS, st.just(()) | NAME_LISTS, st.none() | INPUTS),
    WITH_STATEMENTS,
    FLOW_STATEMENTS,
    ATLAS_STATEMENTS,
    PLOT_STATEMENTS,
    st.builds(s.ClaimStatement, LABELS, CLAIMED, CLAIMED, SCOPES, st.lists(EXPRESSIONS, max_size=1).map(tuple)),
    st.builds(s.ClaimStatement, LABELS, EXPRESSIONS, EXPRESSIONS, SCOPES, asymptotic=st.just(True)),
    st.builds(
        s.ClaimStatement, LABELS, EXPRESSIONS, EXPRESSIONS, SCOPES, order_relation=st.sampled_from(ORDER_RELATIONS)
    ),
    st.builds(s.ClaimStatement, LABELS, EXPRESSIONS, EXPRESSIONS, SCOPES, digits=st.integers(1, 1000)),
    st.builds(s.LatexClaimStatement, LABELS, BODIES, SCOPES),
)
FILES = st.lists(STATEMENTS, max_size=5).map(lambda statements: s.File(1, tuple(statements)))
