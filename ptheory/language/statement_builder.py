"""Builds statements as the parser reduces them; see ``expression_builder`` for formulas."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lark import Token

from ptheory.language import statements as st
from ptheory.language.errors import LanguageError
from ptheory.language.exchanges import EXAMPLE
from ptheory.language.expression_builder import Children
from ptheory.language.expressions import Compare, Expression, FieldAt, Indexed, Name, Number, Span
from ptheory.language.names import canonical_name, split_slots
from ptheory.language.setting_builder import MOST_DIGITS, SettingBuilder

_STYLED: dict[type[st.Style], str] = {
    st.LayerMarks: "layers are marked in no such way",
    st.Averages: "averages are written in no such way",
}
ORDER_RELATIONS = (">", ">=", "<", "<=")


@dataclass(frozen=True)
class _AtValue:
    binding: st.Binding

    @property
    def span(self) -> Span:
        return self.binding.span


class FileBuilder(SettingBuilder):
    """One method per grammar rule of a statement; ``start`` returns (version, statements)."""

    # ---- the file ---------------------------------------------------------------------------------------------

    def start(self, children: Children) -> tuple[int, tuple[st.Statement, ...]]:
        """(version, statements) of a whole file.

        Raises LanguageError for factors side by side and for layers where no construct allows them.
        """
        if self.side_by_side:
            raise LanguageError(
                "two factors stand side by side",
                min(self.side_by_side, key=lambda span: span.start),
                help="write `*` between them (or `+`, `-` if a sign is missing)",
            )
        if self.layer_marks:
            raise LanguageError(
                "a layer stands at tensors and averages in claims only",
                min(self.layer_marks, key=lambda span: span.start),
                help="a hyperparameter of a layer is written C_W[l]; a field z[j;a] has a neuron and a sample",
            )
        if self.exchanges:
            raise LanguageError(
                "an exchange stands behind the one term it is of",
                min(self.exchanges, key=lambda span: span.start),
                help=EXAMPLE,
            )
        if self.claimed_fields:
            raise min(self.claimed_fields, key=lambda error: error.span.start)
        return children[0], tuple(children[1:])

    def version(self, children: Children) -> int:
        """ptheory 1."""
        return self._count(children[1], "the version", least=1)

    # ---- declarations -----------------------------------------------------------------------------------------

    def architecture(self, children: Children) -> st.Statement:
        """architecture MLP { ... }"""
        items = tuple(child for child in children[3:-1] if not isinstance(child, Token))
        return st.ArchitectureStatement(canonical_name(children[1]), items, span=self.span(children[0], children[-1]))

    def parameter(self, children: Children) -> st.Statement:
        """weights W[i,j] ~ Normal(0, C_W/n) rate lambda_W; biases have one index."""
        kind, target, law, mean, variance = (children[k] for k in (0, 1, 3, 5, 7))
        rate = children[10] if children[9] is not None else None
        last = rate if rate is not None else children[8]
        name, indices = self._parameter_name(str(kind), target)
        return st.ParameterDeclaration(
            str(kind),
            name,
            indices,
            Name(str(law), span=self.span(law, law)),
            mean,
            variance,
            rate,
            name_span=target.span,
            span=self.span(kind, last),
        )

    def _parameter_name(self, kind: str, target: Expression) -> tuple[str, tuple[Name, ...]]:
        example = "write weights W[i,j] ~ ..." if kind == "weights" else "write biases b[i] ~ ..."
        if not isinstance(target, Indexed) or target.primes:
            raise LanguageError(f"{kind} are declared with their neuron indices", target.span, help=example)
        expected = 2 if kind == "weights" else 1
        if len(target.arguments) != expected:
            has = f"{expected} neuron {'index' if expected == 1 else 'indices'}"
            raise LanguageError(f"{kind} have {has}, not {len(target.arguments)}", target.span, help=example)
        names: list[Name] = []
        for index in target.arguments:
            if not isinstance(index, Name):
                raise LanguageError("a neuron index is a plain name", index.span, help=example)
            names.append(index)
        if len(set(names)) != len(names):
            raise LanguageError(f"the index {names[0].name} stands twice", target.span, help=example)
        return target.name, tuple(names)

    def equation(self, children: Children) -> st.Statement:
        """layer z[i;a] = ...; LanguageError where the left side is no field at a neuron and a sample."""
        kind, target, _, right = children
        if not isinstance(target, FieldAt):
            if isinstance(target, Indexed) and len(target.arguments) == 1:
                raise LanguageError(
                    "the sample label is missing",
                    target.span,
                    help=f"write {target.name}[i;a]: a neuron, then a sample",
                )
            raise LanguageError(
                "the left side of an equation is a field at a neuron and a sample",
                target.span,
                help="write z[i;a] = ...",
            )
        return st.EquationDeclaration(str(kind), target, right, span=self.span(kind, right))

    def activation(self, children: Children) -> st.Statement:
        """activation f(z) = ..."""
        keyword, name, variable, formula = children[0], children[1], children[3], children[6]
        return st.ActivationStatement(
            canonical_name(name),
            canonical_name(variable),
            formula,
            name_span=self.span(name),
            span=self.span(keyword, formula),
        )

    def observable(self, children: Children) -> st.Statement:
        """observable H[1,2] = ...; LanguageError where its slots are missing."""
        keyword, target, _, right = children
        example = "write observable H[1,2] = sum(mu, rate(mu)*d(z1,mu)*d(z2,mu))"
        slots = self._declared_slots(target, example)
        if slots is None:
            raise LanguageError("an observable is declared with its slots", target.span, help=example)
        name, numbers = slots
        return st.ObservableStatement(name, numbers, right, name_span=target.span, span=self.span(keyword, right))

    def _declared_slots(self, target: Expression, example: str) -> tuple[str, tuple[int, ...]] | None:
        if isinstance(target, Name):
            return split_slots(target.name)
        if not isinstance(target, Indexed) or target.primes:
            return None
        numbers: list[int] = []
        for argument in target.arguments:
            if not isinstance(argument, Number) or argument.value.denominator != 1:
                raise LanguageError("a slot is a whole number", argument.span, help=example)
            numbers.append(int(argument.value))
        return target.name, tuple(numbers)

    def define(self, children: Children) -> st.Statement:
        """define V by E[G[1,2] G[3,4]]_c = ..."""
        keyword, names, left, connected, right = children[0], children[1], children[5], children[7], children[9]
        span = self.span(keyword, right)
        self.allow_side_by_side(span)
        return st.DefineStatement(tuple(names), left, connected is not None, right, span=span)

    def let(self, children: Children) -> st.Statement:
        """let x = ..."""
        keyword, name, _, right = children
        span = self.span(keyword, right)
        self.allow_side_by_side(span)
        self.allow_layers(span)
        return st.LetStatement(canonical_name(name), right, name_span=self.span(name), span=span)

    def notation(self, children: Children) -> st.Statement:
        """notation { C_W = "\\sigma_w^2" ... }; LanguageError where it says nothing or a name has two spellings."""
        keyword, *rest = children
        entries = tuple(child for child in rest if isinstance(child, (st.NotationEntry, st.StyleNotation)))
        span = self.span(keyword, rest[-1])
        if not entries:
            raise LanguageError("this notation is empty", span, help='write C_W = "\\sigma_w^2"')
        seen: set[str] = set()
        for entry in entries:
            if entry.name and entry.name in seen:
                raise LanguageError(f"{entry.name} is written in two ways", entry.span, help="keep one of them")
            seen.add(entry.name)
        return st.NotationStatement(entries, span=span)

    def named_notation(self, children: Children) -> st.NotationEntry:
        """C_W = "\\sigma_w^2"."""
        name, _, text = children
        return st.NotationEntry(
            canonical_name(name), str(text)[1:-1], latex_span=self._inside(text), span=self.span(name, text)
        )

    def style_notation(self, children: Children) -> st.StyleNotation:
        """layer = superscript, argument or none; averages = derivatives or insertions."""
        name, _, style = children
        if str(name) not in st.STYLES:
            help = f'a symbol stands between quotes: {name} = "{style}"'
            raise LanguageError(f"LaTeX without quotes: {style}", self.span(style), help=help)
        styles = st.STYLES[str(name)]
        if str(style) not in set(styles):
            help = f"write {' or '.join(f'{name} = {one}' for one in styles)}"
            raise LanguageError(f"{_STYLED[styles]}: {style}", self.span(style), help=help)
        return st.StyleNotation(styles(str(style)), span=self.span(name, style))

    def macro_notation(self, children: Children) -> st.NotationEntry:
        """ "\\newcommand{\\avg}[1]{\\langle #1\\rangle}"."""
        (text,) = children
        return st.NotationEntry("", str(text)[1:-1], latex_span=self._inside(text), span=self.span(text))

    def _inside(self, text: Token) -> Span:
        """Where the text between the quotes stands."""
        whole = self.span(text)
        return Span(whole.start + 1, whole.end - 1, whole.line, whole.column + 1, whole.source)

    def include(self, children: Children) -> st.Statement:
        """include mlp, or include "path"."""
        keyword, name = children
        span = self.span(keyword, name)
        if name.type == "STRING":
            return st.IncludeStatement(str(name)[1:-1], True, name_span=self.span(name), span=span)
        return st.IncludeStatement(str(name), name_span=self.span(name), span=span)

    def almost_everywhere(self, children: Children) -> st.Statement:
        """derivatives almost everywhere."""
        return st.AlmostEverywhere(span=self.span(children[0], children[-1]))

    # ---- tasks ------------------------------------------------------------------------------------------------

    def derive(self, children: Children) -> st.Statement:
        """derive V, D to order 1/n for MLP."""
        keyword, names, _, order_keyword, order, for_keyword, architectures, inputs = children
        last: Token | Name | st.Inputs = names[-1]
        written = None
        if order_keyword is not None:
            written, last = self._order(order, self.span(order_keyword, order)), order
        if for_keyword is not None:
            last = architectures[-1]
        last = last if inputs is None else inputs
        span = self.span(keyword, last)
        return st.DeriveStatement(tuple(names), written, tuple(architectures or ()), inputs, span=span)

    def with_block(self, children: Children) -> st.Statement:
        """with sigma = tanh for MLP { ... }"""
        keyword, bindings, _, architecture = children[:4]
        return st.WithStatement(
            tuple(bindings),
            None if architecture is None else self._name(architecture),
            self._settings(children[5:-1]),
            span=self.span(keyword, children[-1]),
        )

    def flow(self, children: Children) -> st.FlowStatement:
        """flow MLP with sigma = tanh { ... }"""
        keyword, architecture, _, bindings = children[:4]
        return st.FlowStatement(
            self._name(architecture),
            tuple(bindings or ()),
            self._settings(children[5:-1]),
            span=self.span(keyword, children[-1]),
        )

    def atlas(self, children: Children) -> st.AtlasStatement:
        """atlas sigma for MLP { relu, tanh, ... }"""
        keyword, generic, _, architecture, classes, ranked_by = children[:6]
        return st.AtlasStatement(
            self._name(generic),
            None if architecture is None else self._name(architecture),
            tuple(child for child in children[7:-1] if not isinstance(child, Token)),
            classes or (),
            ranked_by,
            span=self.span(keyword, children[-1]),
        )

    def of_classes(self, children: Children) -> tuple[st.ClassLabel, ...]:
        """where class = "K*=0", "half-stable"."""
        labels = [child for child in children if child.type == "STRING"]
        return tuple(st.ClassLabel(str(label)[1:-1], span=self.span(label)) for label in labels)

    def ranked(self, children: Children) -> Name:
        """ranked by nu."""
        return self._name(children[-1])

    def plot(self, children: Children) -> st.Statement:
        """plot phase "label" with sigma = tanh for MLP { ... }; which kinds there are is said where it is checked."""
        keyword, kind, label, word, bindings, _, architecture, (settings, last) = children
        if last is None:
            last = bindings[-1] if architecture is None else architecture
        target = None if architecture is None else self._name(architecture)
        of = st.WithStatement(tuple(bindings), target, settings, span=self.span(word, last))
        return self._plot(keyword, kind, label, of)

    def _plot(
        self,
        keyword: Token,
        kind: Token,
        label: Token | None,
        of: st.WithStatement | st.FlowStatement | st.AtlasStatement,
    ) -> st.PlotStatement:
        called = "" if label is None else str(label)[1:-1]
        place = self.span(kind) if label is None else self.span(label)
        return st.PlotStatement(self._name(kind), called, of, label_span=place, span=self.span(keyword, of))

    def plot_block(self, children: Children) -> tuple[tuple[st.Statement, ...], Token | None]:
        """{ settings }, and where it ends; nothing where there is none."""
        return (self._settings(children[1:-1]), children[-1]) if children else ((), None)

    def plot_flow(self, children: Children) -> st.Statement:
        """plot flow "label" MLP with sigma = tanh { ... }"""
        keyword, kind, label, *rest = children
        return self._plot(keyword, kind, label, self.flow([kind, *rest]))

    def plot_atlas(self, children: Children) -> st.Statement:
        """plot atlas "label" sigma for MLP { relu, tanh, ... }"""
        keyword, kind, label, *rest = children
        return self._plot(keyword, kind, label, self.atlas([kind, *rest]))

    def claim(self, children: Children) -> st.ClaimStatement:
        """claim "label": left = right for MLP, inputs one; or a chain left = right = ... = ...; or to 4 digits."""
        number = next((child for child in children if isinstance(child, Token) and child.type == "NUMBER"), None)
        claimed = self._claim(children)
        if number is None:
            return claimed
        return replace(claimed, digits=self._count(number, "digits", least=1, most=MOST_DIGITS))

    def asymptotic_claim(self, children: Children) -> st.Statement:
        """claim "label": left ~ right for MLP, inputs one: their quotient goes to one at large depth; to 4
        digits."""
        return replace(self.claim(children), asymptotic=True)

    def inequality_claim(self, children: Children) -> st.Statement:
        """claim "label": (left >= right) for MLP, inputs one; a comparison stands in parentheses."""
        compared = children[3]
        if not isinstance(compared, Compare) or compared.relation not in ORDER_RELATIONS:
            help = "write left = right, left ~ right, or (left >= right) in parentheses"
            raise LanguageError("a claim has two sides", compared.span, help=help)
        claimed = self._claim([*children[:3], compared.left, compared.right, *children[4:]])
        return replace(claimed, order_relation=compared.relation)

    def _claim(self, children: Children) -> st.ClaimStatement:
        keyword, label, _, *rest = children
        words = ("TO", "FOR")
        end = next(
            (k for k, c in enumerate(rest) if c is None or (isinstance(c, Token) and c.type in words)), len(rest)
        )
        left, right, *then = (child for child in rest[:end] if not isinstance(child, Token))
        scope = self._gathered_scope([c for c in rest[end:] if not (isinstance(c, Token) and c.type != "FOR")])
        formulas = self.span(left, then[-1] if then else right)
        last = scope if scope.span.line else (then[-1] if then else right)
        self.allow_side_by_side(formulas)
        self.allow_layers(formulas)
        self.allow_claimed_fields(formulas)
        return st.ClaimStatement(str(label)[1:-1], left, right, scope, tuple(then), span=self.span(keyword, last))

    def latex_claim(self, children: Children) -> st.Statement:
        """claim latex "label": the same with the equation in LaTeX, read when it is checked."""
        keyword, _, label, *rest = children
        body = next(child for child in rest if isinstance(child, Token) and child.type == "LATEX_BODY")
        marks = ("LATEX_BODY", "COLON")
        scope = self._gathered_scope([c for c in rest if not (isinstance(c, Token) and c.type in marks)])
        last = scope if scope.span.line and scope.span.start > body.start_pos else body
        return st.LatexClaimStatement(
            str(label)[1:-1], str(body), scope, body_span=self.span(body), span=self.span(keyword, last)
        )

    def _gathered_scope(self, children: Children) -> st.Scope:
        present = [child for child in children if child is not None]
        if not present:
            return st.Scope()
        architecture: Name | None = None
        inputs: st.Inputs | None = None
        bindings: list[st.Binding] = []
        values: list[st.Binding] = []
        parities: list[st.Parity] = []
        regimes: list[st.InRegime] = []
        for item in present:
            if isinstance(item, _AtValue):
                values.append(item.binding)
            elif isinstance(item, st.InRegime):
                if any(item.regime is other.regime for other in regimes):
                    raise LanguageError(f"`{item.regime}` stands twice", item.span, help="keep one of the two")
                regimes.append(item)
            elif isinstance(item, st.Binding):
                bindings.append(item)
            elif isinstance(item, st.Parity):
                parities.append(item)
            elif isinstance(item, st.Inputs):
                if inputs is not None:
                    raise LanguageError("the inputs are given twice", item.span)
                inputs = item
            elif isinstance(item, Name):
                if architecture is not None:
                    raise LanguageError("a claim is about one architecture", item.span, help="make it two claims")
                architecture = item
        whole = self.span(present[0], present[-1])
        assumed = (tuple(bindings), tuple(parities), tuple(values), tuple(regimes))
        return st.Scope(architecture, inputs, *assumed, span=whole)

    def scope_name(self, children: Children) -> Name:
        """The architecture a claim is about."""
        return self._name(children[0])

    def scope_words(self, children: Children) -> st.Parity | st.InRegime:
        """sigma odd, tau even; at criticality, leading order, ..."""
        words = [child for child in children if child is not None]
        name, word = words[0], words[-1]
        said = " ".join(canonical_name(w) for w in words)
        if said in list(st.Regime):
            return st.InRegime(st.Regime(said), span=self.span(name, word))
        if len(words) > 2 or str(word) not in ("odd", "even"):
            help = f"write a comma between the two, `{name} odd`, or one of: {', '.join(st.Regime)}"
            raise LanguageError(f"`{word}` has no meaning here", self.span(word), help=help)
        return st.Parity(canonical_name(name), -1 if str(word) == "odd" else 1, span=self.span(name, word))

    def at_value(self, children: Children) -> _AtValue:
        """at K = 1 in the scope of a claim."""
        word, binding = children
        if str(word) != "at":
            raise LanguageError(f"`{word}` has no meaning here", self.span(word), help="write `at K = 1`, or a comma")
        return _AtValue(binding)

    def with_binding(self, children: Children) -> st.Binding:
        """with sigma = tanh in the scope of a claim."""
        binding: st.Binding = children[1]
        return binding
