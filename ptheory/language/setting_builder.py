"""Builds the settings of a task as the parser reduces them: inputs, values, checks, how far and of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lark import Token

from ptheory.algebra.order import EXACT, LEADING, through
from ptheory.language import statements as st
from ptheory.language.claim_names import LAYER, SEPARATION, WIDTH
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError, did_you_mean
from ptheory.language.expression_builder import Children, ExpressionBuilder
from ptheory.language.expressions import Divide, Expression, Indexed, Name, Number, Power, Span
from ptheory.language.names import canonical_name

LARGEST_COUNT = 10**9
MOST_DIGITS = 1000
HIGHEST_SEPARATION = 8  # the power of dx through which components at nearby inputs are given

CHECK_METHODS: dict[str, tuple[str, ...]] = {
    "quadrature": ("digits",),
    "iteration": ("depth",),
    "simulation": ("widths", "depth", "networks", "seed"),
}
PHASE_OPTIONS = ("depth", "widths")
CONSEQUENCES_OPTIONS = ("depth", "widths", "outputs")
_ORDER_HELP = "an order is leading, 1/n, 1/n^2, ... or exact"


@dataclass(frozen=True)
class _Vector:
    components: tuple[Expression, ...]
    span: Span


class SettingBuilder(ExpressionBuilder):
    """One method per grammar rule of a setting."""

    def _settings(self, children: Children) -> tuple[st.Statement, ...]:
        settings = tuple(child for child in children if not isinstance(child, Token))
        seen: set[type] = set()
        for setting in settings:
            if type(setting) in seen and not isinstance(setting, (st.CheckBy, st.SetValues, st.Solve)):
                word = str(self.source.text[setting.span.start : setting.span.end]).split()[0]
                raise LanguageError(f"`{word}` stands twice in this block", setting.span, help="keep one of the two")
            seen.add(type(setting))
        return settings

    def range(self, children: Children) -> st.Statement:
        """range C_W = 1 to 4, C_b = 0 to 1/2. LanguageError for an axis that stands twice."""
        intervals = tuple(child for child in children[1:] if not isinstance(child, Token))
        for position, interval in enumerate(intervals):
            if any(interval.name == other.name for other in intervals[:position]):
                raise LanguageError(f"the range of {interval.name} stands twice", interval.span)
        return st.Range(intervals, span=self.span(children[0], intervals[-1]))

    def interval(self, children: Children) -> st.Interval:
        """C_W = 1 to 4."""
        name, _, low, _, high = children
        return st.Interval(canonical_name(name), low, high, name_span=self.span(name), span=self.span(name, high))

    def correlations(self, children: Children) -> st.Statement:
        """correlations 0, 1/2."""
        values = tuple(child for child in children[1:] if not isinstance(child, Token))
        return st.Correlations(values, span=self.span(children[0], values[-1]))

    def inputs(self, children: Children) -> st.Inputs:
        """inputs one, inputs 2, inputs a b, inputs [1, 0] [0, 1]. LanguageError for vectors of different lengths."""
        *given, _, word, order = children[1:]
        span = self.span(children[0], given[-1] if order is None else order)
        is_near = isinstance(given[0], Token) and canonical_name(given[0]) == "near"
        if order is not None and not is_near:
            raise LanguageError(
                "an order in the separation, and the inputs are not near each other",
                self.span(word, order),
                help="write inputs near x to order dx^2, or leave it out",
            )
        if isinstance(given[0], _Vector):
            length = len(given[0].components)
            for vector in given:
                if len(vector.components) != length:
                    raise LanguageError(
                        f"input vectors of different lengths: {length} and {len(vector.components)}",
                        vector.span,
                        help="every input has as many components as the first layer reads",
                    )
            return st.Inputs(len(given), (), tuple(vector.components for vector in given), span=span)
        if given[0].type == "NUMBER":
            return st.Inputs(self._count(given[0], "the number of inputs", least=1), span=span)
        names = tuple(canonical_name(token) for token in given)
        if names == ("one",):
            return st.Inputs(1, span=span)
        if is_near:
            return self._near(given, names, order, span)
        for position, name in enumerate(names):
            if name in names[:position]:
                raise LanguageError(f"the input {name} stands twice", self.span(given[position]))
            if name == "l":
                raise LanguageError(
                    "l is the layer, no input", self.span(given[position]), help="give this input another name"
                )
        return st.Inputs(len(names), names, span=span)

    def _near(self, given: Children, names: tuple[str, ...], order: Expression | None, span: Span) -> st.Inputs:
        """inputs near x: the input, and what it is separated from another one by; to which power of that."""
        if len(names) != 2 or names[1] == LAYER:
            raise LanguageError(
                "two inputs are near one point", self.span(given[0], given[-1]), help="write inputs near x"
            )
        dx = SEPARATION + names[1]
        through = 0 if order is None else self._power_of(dx, order)
        return st.Inputs(2, (names[1], dx), near=True, through=through, span=span)

    def _power_of(self, dx: str, order: Expression) -> int:
        """2 of dx^2."""
        match order:
            case Name(name) if name == dx:
                return 1
            case Power(Name(name), Number(power)) if name == dx and power.denominator == 1 and power > 0:
                if power <= HIGHEST_SEPARATION:
                    return int(power)
                raise LanguageError(
                    f"terms of order {dx}^{power} are too many to be derived",
                    order.span,
                    help=f"write {dx}^{HIGHEST_SEPARATION} or less",
                )
        raise LanguageError("no order in the separation", order.span, help=f"write to order {dx}, {dx}^2, {dx}^3, ...")

    def vector(self, children: Children) -> _Vector:
        """[1, 0], the components of one input."""
        components = tuple(child for child in children if not isinstance(child, Token))
        return _Vector(components, self.span(children[0], children[-1]))

    def set(self, children: Children) -> st.Statement:
        """set C_b = 0, C_W = 2."""
        assignments = tuple(child for child in children[1:] if not isinstance(child, Token))
        return st.SetValues(assignments, span=self.span(children[0], children[-1]))

    def assignment(self, children: Children) -> st.Statement:
        """C_b = 1/10, or C_b[2] = 1/10 for layer 2. Raises LanguageError for any other left side."""
        target, _, value = children
        span = self.span(target, value)
        if isinstance(target, Name):
            return st.Assignment(target.name, value, name_span=target.span, span=span)
        layer = (
            constant_value(target.arguments[0]) if isinstance(target, Indexed) and len(target.arguments) == 1 else None
        )
        if not isinstance(target, Indexed) or target.primes or layer is None or layer.denominator != 1 or layer < 1:
            raise LanguageError(
                "this cannot be given a value",
                target.span,
                help="write set C_b = 1/10, or set C_b[2] = 1/10 for layer 2",
            )
        return st.Assignment(target.name, value, int(layer), name_span=target.span, span=span)

    def critical(self, children: Children) -> st.Statement:
        """critical."""
        return st.Critical(span=self.span(children[0]))

    def phase(self, children: Children) -> st.Statement:
        """phase, phase depth 40 widths 100. LanguageError as of ``consequences``."""
        keyword, *options = children
        self._check_options("phase", PHASE_OPTIONS, options)
        span = self.span(keyword, self._last_of_option if options else keyword)
        setting = st.PhaseSetting(tuple((str(token), values) for token, values in options), span=span)
        self._check_shape(dict(setting.options), span)
        return setting

    def phase_option(self, children: Children) -> tuple[Token, tuple[int, ...]]:
        """An option of a phase with its whole numbers."""
        return self.check_option(children)

    def _check_shape(self, options: Mapping[str, tuple[int, ...]], span: Span) -> None:
        """LanguageError for a depth without widths, and for widths without a depth."""
        if ("depth" in options) != ("widths" in options):
            given, missing = ("depth", "widths 500") if "depth" in options else ("widths", "depth 50")
            raise LanguageError(
                f"a shape has a depth and widths, and there is the {given} alone", span, help=f"add {missing}"
            )

    def angle(self, children: Children) -> st.Statement:
        """angle, angle from 0, 1/2 depth 20."""
        keyword, _, *rest = children
        depth_keyword, number = rest[-2:]
        starts = tuple(child for child in rest[:-2] if child is not None and not isinstance(child, Token))
        depth = None if depth_keyword is None else self._count(number, "the depth", least=1)
        last = number if depth_keyword is not None else starts[-1] if starts else keyword
        return st.Angle(starts, depth, span=self.span(keyword, last))

    def exponents(self, children: Children) -> st.Statement:
        """exponents V, Theta."""
        return st.Exponents(tuple(children[1]), span=self.span(children[0], children[1][-1]))

    def solve(self, children: Children) -> st.Statement:
        """solve V in l. Raises LanguageError for anything but the layer."""
        _, names, _, layer = children
        if canonical_name(layer) != LAYER:
            raise LanguageError("recursions are solved in the layer", self.span(layer), help="write solve V in l")
        return st.Solve(tuple(names), span=self.span(children[0], layer))

    def solve_at_ratio(self, children: Children) -> st.Statement:
        """solve V at l/n = r. Raises LanguageError for any other left side, and for an r that is no name or number."""
        _, names, _, left, _, ratio = children
        if left != Divide(Name(LAYER), Name(WIDTH)):
            raise LanguageError("depth and width grow together", left.span, help="write solve V at l/n = r")
        value = constant_value(ratio)
        if not (isinstance(ratio, Name) and ratio.name not in (LAYER, WIDTH)) and (value is None or value <= 0):
            raise LanguageError("l/n is a name or a positive number", ratio.span, help="write solve V at l/n = r")
        return st.Solve(tuple(names), ratio, span=self.span(children[0], ratio))

    def consequences(self, children: Children) -> st.Statement:
        """consequences depth 50 widths 500 1000 outputs 10. LanguageError for an option there is not, given twice, or
        half of a shape."""
        keyword, *options = children
        self._check_options("consequences", CONSEQUENCES_OPTIONS, options)
        span = self.span(keyword, self._last_of_option if options else keyword)
        setting = st.ConsequencesSetting(tuple((str(token), values) for token, values in options), span=span)
        self._check_shape(dict(setting.options), span)
        if setting.outputs == 1:
            raise LanguageError(
                "one neuron has no other to share information with", span, help="write outputs 2 or more"
            )
        return setting

    def consequence_option(self, children: Children) -> tuple[Token, tuple[int, ...]]:
        """An option of the consequences with its whole numbers."""
        return self.check_option(children)

    def show(self, children: Children) -> st.Statement:
        """show K, V."""
        return st.Show(tuple(children[1]), span=self.span(children[0], children[1][-1]))

    def check(self, children: Children) -> st.Statement:
        """check by simulation widths 64 128; LanguageError for a method or an option there is not, or given twice."""
        method, options = children[2], children[3:]
        if str(method) not in CHECK_METHODS:
            raise LanguageError(
                f"there is no check by {method}",
                self.span(method),
                help=did_you_mean(str(method), CHECK_METHODS)
                or "write check by quadrature, by iteration or by simulation",
            )
        self._check_options(f"check by {method}", CHECK_METHODS[str(method)], options)
        last = children[-1] if not options else self._last_of_option
        return st.CheckBy(
            str(method),
            tuple((str(token), values) for token, values in options),
            span=self.span(children[0], last),
        )

    def _check_options(
        self, of: str, allowed: tuple[str, ...], options: Sequence[tuple[Token, tuple[int, ...]]]
    ) -> None:
        """LanguageError for an option there is not, given twice, or with several numbers where it takes one."""
        for position, (token, values) in enumerate(options):
            if str(token) not in allowed:
                raise LanguageError(
                    f"{of} has no option {token}",
                    self.span(token),
                    help=did_you_mean(str(token), allowed) or "options: " + ", ".join(allowed),
                )
            if str(token) in [str(earlier) for earlier, _ in options[:position]]:
                raise LanguageError(f"the option {token} stands twice", self.span(token))
            if str(token) != "widths" and len(values) != 1:
                raise LanguageError(f"the option {token} takes one number", self.span(token))

    def check_option(self, children: Children) -> tuple[Token, tuple[int, ...]]:
        """An option of a check with its whole numbers."""
        self._last_of_option = children[-1]
        least = 0 if children[0] == "seed" else 1
        most = MOST_DIGITS if children[0] == "digits" else LARGEST_COUNT
        what = f"the option {children[0]}"
        return children[0], tuple(self._count(number, what, least, most) for number in children[1:])

    def depth(self, children: Children) -> st.Statement:
        """depth 10."""
        return st.Depth(self._count(children[1], "the depth", least=1), span=self.span(children[0], children[1]))

    def digits(self, children: Children) -> st.Statement:
        """digits 30."""
        count = self._count(children[1], "digits", least=1, most=MOST_DIGITS)
        return st.Digits(count, span=self.span(children[0], children[1]))

    def layers(self, children: Children) -> st.Statement:
        """layers 2 3."""
        numbers = tuple(self._count(token, "a layer", least=1) for token in children[1:])
        return st.Layers(numbers, span=self.span(children[0], children[-1]))

    def widths(self, children: Children) -> st.Statement:
        """widths n, 2*n."""
        values = tuple(child for child in children[1:] if not isinstance(child, Token))
        return st.Widths(values, span=self.span(children[0], children[-1]))

    def order(self, children: Children) -> st.OrderSetting:
        """order leading, order 1/n^2, order exact."""
        return self._order(children[1], self.span(children[0], children[1]))

    def _order(self, written: Expression, span: Span) -> st.OrderSetting:
        if written == Name("leading"):
            return st.OrderSetting(LEADING, span=span)
        if written == Name("exact"):
            return st.OrderSetting(EXACT, span=span)
        power = _power_of_width(written)
        if power is None:
            raise LanguageError("this is not an order in 1/n", written.span, help=_ORDER_HELP)
        return st.OrderSetting(through(power), span=span)

    # ---- names and counts -------------------------------------------------------------------------------------

    def bindings(self, children: Children) -> list[st.Binding]:
        """sigma = tanh, f = relu."""
        return [child for child in children if not isinstance(child, Token)]

    def binding(self, children: Children) -> st.Binding:
        """name = formula."""
        name, _, value = children
        return st.Binding(canonical_name(name), value, name_span=self.span(name), span=self.span(name, value))

    def names(self, children: Children) -> list[Name]:
        """V, D, F."""
        return [self._name(token) for token in children if token.type == "NAME"]

    def _name(self, token: Token) -> Name:
        return Name(canonical_name(token), span=self.span(token))

    def _count(self, token: Token, what: str, least: int = 0, most: int = LARGEST_COUNT) -> int:
        value = self.number_value(token)
        if value.denominator != 1 or not least <= value <= most:
            wanted = "a whole number" + (" from 1 on" if least == 1 else "")
            if value > most:
                wanted += f", {most:,} at most"
            raise LanguageError(f"{what} must be {wanted}", self.span(token))
        return int(value)


def _power_of_width(expression: Expression) -> int | None:
    """k >= 0 for 1/n^k, (1/n)^k, n^-k and 1 (k = 0); None for anything else."""
    exponent = _exponent_of_width(expression)
    return -exponent if exponent is not None and exponent <= 0 else None


def _exponent_of_width(expression: Expression) -> int | None:
    match expression:
        case Number(value=value):
            return 0 if value == 1 else None
        case Name(name="n"):
            return 1
        case Divide(numerator=numerator, denominator=denominator):
            above, below = _exponent_of_width(numerator), _exponent_of_width(denominator)
            return None if above is None or below is None else above - below
        case Power(base=base, exponent=exponent):
            inner, raised = _exponent_of_width(base), constant_value(exponent)
            if inner is None or raised is None or raised.denominator != 1:
                return None
            return inner * int(raised)
        case _:
            return None
