r"""What stands beside an equation in its line: conditions, parities, definitions, further equations.

A = B, \quad C_b = 0                                a condition, assumed in every equation of the line
A = B \quad\text{for odd } \sigma                   a parity
A = f(K), \quad f(K) \equiv \langle\sigma^2\rangle  a definition, written out wherever f stands
A = B, \qquad C = D                                 two equations, each judged
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from lark import Token

from ptheory.claims.latex.formula_reader import FormulaReader
from ptheory.claims.latex.latex_signs import PARITIES, REGIMES
from ptheory.claims.latex.latex_tree import parsed
from ptheory.claims.latex.read_latex_symbols import SymbolTable
from ptheory.claims.latex.side_definitions import Definition, definition, written_out
from ptheory.claims.latex.written_out import Text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.claim_names import LAYER
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Bracket, Name, Number
from ptheory.language.statements import InRegime, Parity, Regime

OPENING = frozenset(("LPAR", "LBRACK", "LBRACE", "LANGLE", "SETOPEN"))
CLOSING = frozenset(("RPAR", "RBRACK", "RBRACE", "RANGLE", "SETCLOSE"))
BEFORE_AN_EQUATION = frozenset(("where", "with", "and"))


@dataclass
class Line:
    """One line of a display; every list in the order in which it is written."""

    equations: list[list[Token]] = field(default_factory=list)
    conditions: list[list[Token]] = field(default_factory=list)
    parities: list[Parity] = field(default_factory=list)
    regimes: list[InRegime] = field(default_factory=list)


@dataclass(frozen=True)
class _Statement:
    """``word``: the one before it, "for" or "where"; "" after a comma alone."""

    tokens: list[Token]
    word: str = ""


def read_line(text: Text, row: Sequence[Token], vocabulary: Vocabulary) -> Line:
    """The equations of a row, definitions written out, and what is assumed in all of them. LanguageError."""
    first, *rest = _statements(text, row)
    if not any(token.type == "EQUALS" for token in first.tokens):
        raise text.error(
            "the formula ends too early", row[-1] if row else None, help="a claim is one equation: left = right"
        )
    line, definitions = Line(), list[Definition]()
    equations, conditions = [first.tokens], list[list[Token]]()
    for statement in rest:
        parity, regime = _parity(text, statement, vocabulary), _regime(text, statement.tokens)
        if parity is not None:
            line.parities.append(parity)
        elif regime is not None:
            line.regimes.append(regime)
        elif statement.tokens[0].type == "MEASURE":
            check_measure(text, statement.tokens, vocabulary)
        elif is_condition(text, statement.tokens, vocabulary):
            conditions.append(statement.tokens)
        elif (number := _number_named(text, statement.tokens, vocabulary)) is not None:
            definitions.append(number)
        elif not _is_equation(statement, first):
            raise text.error(
                "this is no assumption that a claim can make",
                statement.tokens[0],
                help=r"write C_b = 0, a value of a hyperparameter, or \sigma \text{ odd}; \text{and} leads on",
            )
        elif (found := definition(text, statement.tokens, vocabulary)) is not None:
            definitions.append(found)
        else:
            equations.append(statement.tokens)
    line.equations = written_out(text, equations, definitions)
    line.conditions = conditions
    return line


def _statements(text: Text, row: Sequence[Token]) -> Iterator[_Statement]:
    """What stands between the commas and words of a row that are in no brackets."""
    depth, word, held, before = 0, "", list[Token](), ""
    seen_equals = False
    for token in row:
        depth += (token.type in OPENING) - (token.type in CLOSING)
        seen_equals = seen_equals or (token.type == "EQUALS" and not depth)
        if depth or token.type not in ("COMMA", "WORD") or (token.type == "COMMA" and not seen_equals):
            held.append(token)
        elif held:
            yield _Statement(held, word)
            before, held = word, []
            word = _introduced(token, before)
        elif token.type == "WORD" and seen_equals and not word:
            word = _introduced(token, before)
        else:
            help = "an equation stands first; conditions follow it, after a comma or a word"
            raise text.error(f"`{token.value}` is not expected here", token, help=help)
    if held or not seen_equals:
        yield _Statement(held, word)
    else:
        raise text.error("the formula ends too early", row[-1], help="an equation or a value stands behind this")


def _introduced(token: Token, before: str) -> str:
    """`and` goes on with what the word before it began."""
    if token.type == "COMMA":
        return ""
    return before if token.value == "and" and before else str(token.value)


def _number_named(text: Text, tokens: Sequence[Token], vocabulary: Vocabulary) -> Definition | None:
    r"""m = 4, of a letter that has no other meaning: written out wherever it stands."""
    if [token.type for token in tokens] != ["SYMBOL", "EQUALS", "NUMBER"] or not str(tokens[2].value).isdigit():
        return None
    return definition(text, tokens, vocabulary)


def _is_equation(statement: _Statement, first: _Statement) -> bool:
    r"""Whether this is claimed: after \text{and}, and after a comma unless it is a value as assumptions are, V = 0.

    Values beside values are claimed: \chi_\parallel = 1, \quad \chi_\perp = 1.
    """
    if not any(token.type == "EQUALS" for token in statement.tokens):
        return False
    if statement.word in BEFORE_AN_EQUATION:
        return True
    return not statement.word and (not _is_value(statement.tokens) or _is_value(first.tokens))


def _is_value(tokens: Sequence[Token]) -> bool:
    """Whether a number stands on the right, and no symbol."""
    place = max(k for k, token in enumerate(tokens) if token.type == "EQUALS")
    return not any(token.type in ("SYMBOL", "LANGLE", "EXPECTATION", "INT") for token in tokens[place + 1 :])


def _parity(text: Text, statement: _Statement, vocabulary: Vocabulary) -> Parity | None:
    r"""\sigma \text{ odd}, \text{for even } \phi; of an activation."""
    kinds = [token.type for token in statement.tokens]
    if "PARITY" not in kinds:
        return None
    named = [token for token in statement.tokens if token.type == "SYMBOL"]
    if sorted(kinds) != ["PARITY", "SYMBOL"] or named[0].value not in vocabulary.functions:
        place = statement.tokens[kinds.index("PARITY")]
        raise text.error("odd or even is an activation", place, help=r"write \sigma \text{ odd}")
    word = next(token for token in statement.tokens if token.type == "PARITY")
    place = text.span(named[0].start_pos or 0, named[0].end_pos or 0)
    return Parity(named[0].value, PARITIES[word.value], span=place)


def _regime(text: Text, tokens: Sequence[Token]) -> InRegime | None:
    r"""\text{at criticality}; \ell \to \infty and \ell \gg 1 for large depth."""
    span = text.span(tokens[0].start_pos or 0, tokens[-1].end_pos or 0)
    match [(token.type, str(token.value)) for token in tokens]:
        case [("REGIME", value)]:
            return InRegime(REGIMES[value], span=span)
        case [("SYMBOL", letter), ("ARROW", _), ("INFINITY", _)] | [("SYMBOL", letter), ("MUCH", _), ("NUMBER", "1")]:
            if letter == LAYER:
                return InRegime(Regime.LARGE_DEPTH, span=span)
    return None


def check_measure(text: Text, tokens: Sequence[Token], vocabulary: Vocabulary) -> None:
    r"""\mathcal{D}z = \frac{dz}{\sqrt{2\pi}}e^{-z^2/2} says what it is: LanguageError where it says anything else."""
    kinds = [token.type for token in tokens[1:3]]
    integrand = [tokens[0].update(type="INT", value="int"), *tokens[3:]]
    reader = FormulaReader(text, SymbolTable(vocabulary, text, 0))
    if kinds == ["SYMBOL", "EQUALS"] and not any(token.type == "MEASURE" for token in integrand):
        read = reader.read(parsed(text, integrand, "sum"), False)
        names = {token.value for token in integrand if token.type == "SYMBOL"}
        if read == Bracket(Number(Fraction(1))) and names <= {tokens[1].value, "d", "e", "pi"}:
            return
    help = r"\mathcal{D}z = \frac{dz}{\sqrt{2\pi}}e^{-z^2/2}"
    raise text.error("this is not the Gaussian measure of variance one", tokens[0], help=f"it is {help}")


def is_condition(text: Text, tokens: Sequence[Token], vocabulary: Vocabulary) -> bool:
    r"""Whether this gives a value to a hyperparameter, \sigma_b where \sigma_b^2 is one, or to the layer \ell."""
    place = next((k for k, token in enumerate(tokens) if token.type == "EQUALS"), 0)
    left = list(tokens[:place])
    if [token.value for token in left] == [LAYER] or [token.type for token in left] == ["SYMBOL", "HALF"]:
        return True
    try:
        read = FormulaReader(text, SymbolTable(vocabulary, text, 0)).read(parsed(text, left, "sum"), False)
    except LanguageError:
        return False
    return isinstance(read, Name) and read.name in vocabulary.hyperparameters
