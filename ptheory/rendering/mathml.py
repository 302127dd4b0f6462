r"""LaTeX as MathML, which browsers set by themselves: our own formulas, and what a user wrote in LaTeX.

A formula has one written form, LaTeX in the author's notation; a page shows that one, so no sign of it can differ from
the paper's. Every token is set or is one of the few that change no sign (\nonumber, \label); any other is NotMathML.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup, escape

from ptheory.algebra.refusal import Refusal
from ptheory.rendering.mathml_signs import (
    ACCENTS,
    ALPHABETS,
    DOUBLE_BAR,
    FENCES,
    FUNCTIONS,
    INTEGRALS,
    LARGE,
    LIMITS,
    OPENING,
    SILENT,
    SIZES,
    SPACES,
    STRETCHED,
    TEXT,
    UNDER,
    in_alphabet,
    is_letter,
    sign_of,
)

_TOKEN = re.compile(r"%[^\n]*\n?|\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_STYLES = {r"\displaystyle": "true", r"\textstyle": "false"}
_PRIMES = ("", "′", "″", "‴", "⁗")
_DELIMITERS = (("$$", "$$"), ("$", "$"), (r"\[", r"\]"), (r"\(", r"\)"))
INLINE, BLOCK, DISPLAYED = "", ' display="block"', ' displaystyle="true"'
"""In running text; on lines of its own; as large as that, but in a line with others."""
MOST_NESTED = 60
GOES_ON = "operand"  # what stands before the second line of a broken formula: its sign is a plus or minus between terms
PLAIN_ROWS = frozenset(("equation", "gather", "gathered", "multline", "math", "displaymath", "dmath"))
ALIGNED_ROWS = frozenset(("align", "aligned", "split", "eqnarray", "alignat", "flalign", "alignedat"))
MATRICES = {"matrix": "", "pmatrix": "()", "bmatrix": "[]", "vmatrix": "||", "Vmatrix": "‖‖", "cases": "{", "array": "",
            "smallmatrix": "", "dcases": "{"}  # fmt: skip


class NotMathML(Refusal):
    """A token that is not known here, or that stands where it cannot; the LaTeX itself is shown in its place."""


def mathml(latex: str, style: str = INLINE, before: str = "opening") -> Markup:
    r"""A formula as a ``math`` element, its delimiters taken off; ``before``: GOES_ON for the rest of a broken one.

    Raises NotMathML.
    """
    body = latex.strip()
    for left, right in _DELIMITERS:
        if body.startswith(left) and body.endswith(right) and len(body) >= len(left) + len(right):
            body = body[len(left) : -len(right)]
            break
    inside = _Reader(_tokens(body)).whole(before)
    return Markup(f"<math{style}>{inside}</math>")


def _tokens(latex: str) -> list[str]:
    return [token for token in _TOKEN.findall(latex) if not token.startswith("%")]


@dataclass(frozen=True)
class _Atom:
    """An element; ``limits``: its scripts stand below and above it; ``kind``: what the space beside it depends on."""

    xml: str
    limits: bool = False
    kind: str = ""  # "function", "opening", "operator", "space"


@dataclass
class _Reader:
    """Reads tokens from left to right; ``depth`` counts the groups around."""

    tokens: list[str]
    at: int = 0
    depth: int = 0

    def whole(self, before: str = "opening") -> str:
        """The formula; every token of it is read."""
        inside = self._row(lambda token: False, before)
        if self.at < len(self.tokens):
            raise NotMathML(f"{self.tokens[self.at]} is not expected here")
        return inside

    def _peek(self) -> str:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _next(self, wanted: str = "") -> str:
        token = self._peek()
        if not token or (wanted and token != wanted):
            raise NotMathML(f"{wanted or 'something'} is missing" + (f" before {token}" if token else " at the end"))
        self.at += 1
        return token

    def _row(self, ends: Callable[[str], bool], before: str = "opening") -> str:
        """Elements up to a token that ends the row, which is left unread; ``before``: what the row goes on after."""
        atoms, closing = self._elements(ends, before)
        return _joined(atoms) + closing

    def _elements(self, ends: Callable[[str], bool], before: str = "opening") -> tuple[list[_Atom], str]:
        """The elements of a row, and what closes the styles that begin in it."""
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise NotMathML(f"more than {MOST_NESTED} groups within each other")
        found: list[_Atom] = []
        closing = ""
        while (token := self._peek()) and not ends(token):
            if token in _STYLES:
                self.at += 1
                found.append(_Atom(f'<mstyle displaystyle="{_STYLES[token]}" scriptlevel="0">', kind="space"))
                closing += "</mstyle>"
                continue
            atom = self._scripted(found[-1].kind if found else before)
            if found and found[-1].kind == "function" and atom.kind not in ("opening", "space", "operator"):
                found.append(_space(SPACES[","]))
            found.append(atom)
        self.depth -= 1
        return found, closing

    def _scripted(self, before: str) -> _Atom:
        """An element with its primes, its subscript and its superscript."""
        token = self._peek()
        base = _Atom("<mrow></mrow>") if token in ("_", "^", "'") else self._atom(before)
        limits, below, above, primes = base.limits, "", "", 0
        while (token := self._peek()) in ("_", "^", "'", r"\limits", r"\nolimits"):
            self.at += 1
            match token:
                case "'":
                    primes += 1
                case "_" if not below:
                    below = self._argument()
                case "^" if not above:
                    above = self._argument()
                case r"\limits" | r"\nolimits":
                    limits = token == r"\limits"
                case _:
                    raise NotMathML(f"a second {token} at one sign")
        if primes:
            fours, rest = divmod(primes, 4)
            mark = f'<mo class="prime">{_PRIMES[4] * fours + _PRIMES[rest]}</mo>'
            above = f"<mrow>{mark}{above}</mrow>" if above else mark
        if not below and not above:
            return base
        kind = base.kind if base.kind == "function" else ""
        return _Atom(_with_scripts(base.xml, below, above, limits), kind=kind)

    def _argument(self) -> str:
        """What a command or a script applies to: a group, or one sign; of a number its first digit."""
        token = self._peek()
        if token[:1].isdigit() and len(token) > 1:
            self.tokens[self.at] = token[1:]
            return f"<mn>{token[0]}</mn>"
        return self._atom("opening").xml

    def _group(self) -> str:
        """The text of a group in braces, read as characters."""
        self._next("{")
        text, depth = "", 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            depth += (token == "{") - (token == "}")
            if not depth:
                return text
            text += token
        raise NotMathML("} is missing at the end")

    def _optional(self) -> str:
        """What stands in brackets after a command, as an element; nothing without brackets."""
        if self._peek() != "[":
            return ""
        self.at += 1
        inside = self._row(lambda token: token == "]")
        self._next("]")
        return f"<mrow>{inside}</mrow>"

    def _atom(self, before: str) -> _Atom:
        token = self._next()
        if token == "{":
            atoms, closing = self._elements(lambda t: t == "}")
            self._next("}")
            return atoms[0] if len(atoms) == 1 and not closing else _Atom(f"<mrow>{_joined(atoms)}{closing}</mrow>")
        if token.startswith("\\"):
            return self._command(token[1:], before)
        if token[0].isdigit():
            return _Atom(f"<mn>{token}</mn>")
        if token in "}&_^#$" or not token.isprintable():
            raise NotMathML(f"{token} is not expected here")
        if token == "~":
            return _space(SPACES[" "])
        return _sign(token, before)

    def _command(self, command: str, before: str) -> _Atom:
        name = command.removesuffix("*")
        if name in FUNCTIONS or name in LIMITS:
            return _function(name, name in LIMITS)
        if name in LARGE or name in INTEGRALS:
            sign = LARGE.get(name) or INTEGRALS[name]
            return _Atom(f"<mo>{sign}</mo>", limits=name in LARGE)
        if name in SPACES:
            return _space(SPACES[name])
        if name in SILENT:
            return _Atom("", kind=before)
        if name in SIZES:
            return self._sized(SIZES[name], name)
        if name in ALPHABETS:
            return self._in_alphabet(name)
        if name in TEXT:
            return _Atom(f"<mtext>{escape(_text(self._group()))}</mtext>")
        if name in ACCENTS or name in UNDER:
            return self._accented(name)
        if name in _STRUCTURES:
            return _STRUCTURES[name](self)
        if sign := sign_of(name):
            return _sign(sign, before)
        raise NotMathML(f"\\{command} is not known")

    def _fence(self) -> str:
        token = self._next()
        name = token.removeprefix("\\")
        if token == r"\|":
            return DOUBLE_BAR
        if name not in FENCES:
            raise NotMathML(f"{token} is no fence")
        return FENCES[name]

    def _sized(self, size: float, name: str) -> _Atom:
        sign = self._fence()
        form = {"l": "prefix", "r": "postfix"}.get(name[-1], "infix" if name.endswith("m") else "")
        forms = f' form="{form}"' if form else ""
        fence = f'<mo stretchy="true" symmetric="true" minsize="{size}em" maxsize="{size}em"{forms}>{escape(sign)}</mo>'
        return _Atom(fence, kind="opening" if sign in OPENING else "")

    def _left_right(self) -> _Atom:
        parts = [_stretched(self._fence(), "prefix")]
        while True:
            parts.append(self._row(lambda token: token in (r"\right", r"\middle")))
            if self._next() == r"\right":
                return _Atom(f"<mrow>{''.join(parts)}{_stretched(self._fence(), 'postfix')}</mrow>", kind="opening")
            parts.append(_stretched(self._fence(), "infix"))

    def _in_alphabet(self, name: str) -> _Atom:
        if self._peek() == "{":
            text = self._group()
        elif self._peek().startswith("\\"):
            text = self._next()
        else:
            text = self._next()
        if name == "operatorname":
            return _function(_text(text), False)
        plain = text.replace(r"\_", "_").replace(r"\,", "\u2009").replace(r"\!", "")
        if re.fullmatch(r"[^\\{}_^$&#]*", plain):
            written = in_alphabet(plain, ALPHABETS[name])
            kind = ' mathvariant="normal"' if len(written) == 1 else ""
            return _Atom(f"<mi{kind}>{escape(written)}</mi>")
        inside = _Reader(_tokens(text), depth=self.depth).whole()
        within = (lambda m: f"<mi>{in_alphabet(m.group(1), ALPHABETS[name])}</mi>") if ALPHABETS[name] else None
        return _Atom(f"<mrow>{re.sub('<mi>([^<])</mi>', within, inside) if within else inside}</mrow>")

    def _accented(self, name: str) -> _Atom:
        body = self._argument()
        stretchy = "true" if name in STRETCHED else "false"
        if name in UNDER:
            return _Atom(
                f'<munder accentunder="true">{body}<mo stretchy="{stretchy}">{UNDER[name]}</mo></munder>',
                name == "underbrace",
            )
        return _Atom(
            f'<mover accent="true">{body}<mo stretchy="{stretchy}">{ACCENTS[name]}</mo></mover>', name == "overbrace"
        )

    def _fraction(self, style: str) -> _Atom:
        above, below = self._argument(), self._argument()
        fraction = f"<mfrac>{above}{below}</mfrac>"
        if not style:
            return _Atom(fraction)
        return _Atom(f'<mstyle displaystyle="{style}" scriptlevel="0">{fraction}</mstyle>')

    def _root(self) -> _Atom:
        index, body = self._optional(), self._argument()
        return _Atom(f"<mroot>{body}{index}</mroot>" if index else f"<msqrt>{body}</msqrt>")

    def _binomial(self) -> _Atom:
        above, below = self._argument(), self._argument()
        return _Atom(f'<mrow><mo>(</mo><mfrac linethickness="0">{above}{below}</mfrac><mo>)</mo></mrow>')

    def _set_over(self, below: bool) -> _Atom:
        script, base = self._argument(), self._argument()
        element = "munder" if below else "mover"
        return _Atom(f"<{element}>{base}{script}</{element}>")

    def _substack(self) -> _Atom:
        self._next("{")
        rows = self._rows(lambda token: token == "}")
        self._next("}")
        return _Atom(_table(rows, ""))

    def _operator(self) -> _Atom:
        return _Atom(self._argument(), limits=True)

    def _boxed(self) -> _Atom:
        return _Atom(f'<mrow class="boxed">{self._argument()}</mrow>')

    def _phantom(self) -> _Atom:
        return _Atom(f"<mphantom>{self._argument()}</mphantom>", kind="space")

    def _not(self) -> _Atom:
        negated = {"=": "≠", r"\in": "∉", "<": "≮", ">": "≯", r"\sim": "≁", r"\equiv": "≢"}
        token = self._next()
        if token not in negated:
            raise NotMathML(rf"\not{token} is not known")
        return _Atom(f"<mo>{negated[token]}</mo>", kind="operator")

    def _label(self) -> _Atom:
        self._group()
        return _Atom("", kind="space")

    def _tag(self) -> _Atom:
        return _Atom(f'<mspace width="2em"/><mtext>({escape(_text(self._group()))})</mtext>', kind="space")

    def _hspace(self) -> _Atom:
        self._group()
        return _space(SPACES["quad"])

    def _environment(self) -> _Atom:
        named = self._group()
        name = named.removesuffix("*")
        if name not in {*PLAIN_ROWS, *ALIGNED_ROWS, *MATRICES}:
            raise NotMathML(rf"\begin{{{named}}} is not known")
        if name in ("array", "alignat", "alignedat"):
            self._group()
        rows = self._rows(lambda token: token == r"\end")
        self._next(r"\end")
        if (ending := self._group()) != named:
            raise NotMathML(rf"\begin{{{named}}} ends as \end{{{ending}}}")
        if name in MATRICES:
            left, right = MATRICES[name][:1], MATRICES[name][1:]
            table = _table(rows, "cases" if left == "{" else "matrix")
            return _Atom(f"<mrow>{_stretched(left, 'prefix')}{table}{_stretched(right, 'postfix')}</mrow>")
        if len(rows) == 1 and len(rows[0]) == 1:
            return _Atom(f"<mrow>{rows[0][0]}</mrow>")
        return _Atom(_table(rows, "aligned" if name in ALIGNED_ROWS else "rows"))

    def _rows(self, ends: Callable[[str], bool]) -> list[list[str]]:
        """Cells apart at &, rows at two backslashes; an empty last row is none."""
        rows: list[list[str]] = [[]]
        while True:
            before = GOES_ON if rows[-1] else "opening"
            rows[-1].append(self._row(lambda token: token in ("&", r"\\", r"\cr", r"\\*") or ends(token), before))
            token = self._peek()
            if not token or ends(token):
                return rows if any(rows[-1]) else rows[:-1] or rows
            self.at += 1
            if token != "&":
                self._row_spacing()
                rows.append([])

    def _row_spacing(self) -> None:
        """The space asked for below a row, which a page gives by itself."""
        match = re.match(
            r"\[\s*-?[\d.]+\s*(pt|em|ex|mm|cm|in|\\jot|\\baselineskip)\s*\]", "".join(self.tokens[self.at :][:8])
        )
        if match:
            length = 0
            while length < match.end():
                length += len(self.tokens[self.at])
                self.at += 1


_STRUCTURES: dict[str, Callable[[_Reader], _Atom]] = {
    "frac": lambda reader: reader._fraction(""),
    "tfrac": lambda reader: reader._fraction("false"),
    "dfrac": lambda reader: reader._fraction("true"),
    "cfrac": lambda reader: reader._fraction("true"),
    "sqrt": _Reader._root,
    "binom": _Reader._binomial,
    "left": _Reader._left_right,
    "overset": lambda reader: reader._set_over(False),
    "stackrel": lambda reader: reader._set_over(False),
    "underset": lambda reader: reader._set_over(True),
    "substack": _Reader._substack,
    "boxed": _Reader._boxed,
    "phantom": _Reader._phantom,
    "not": _Reader._not,
    "mathop": _Reader._operator,
    "label": _Reader._label,
    "tag": _Reader._tag,
    "hspace": _Reader._hspace,
    "begin": _Reader._environment,
}


def _joined(atoms: list[_Atom]) -> str:
    return "".join(atom.xml for atom in atoms)


def _space(width: float) -> _Atom:
    return _Atom(f'<mspace width="{width:.3g}em"/>', kind="space")


def _function(name: str, limits: bool) -> _Atom:
    if limits:
        return _Atom(
            f'<mo movablelimits="true" lspace="0" rspace="0">{escape(name)}</mo>', limits=True, kind="function"
        )
    return _Atom(
        f"<mi>{escape(name)}</mi>" if len(name) > 1 else f'<mi mathvariant="normal">{escape(name)}</mi>',
        kind="function",
    )


def _sign(sign: str, before: str) -> _Atom:
    """A letter, or an operator; a sign at the beginning, after a bracket or another operator is that of a number."""
    if sign == "-":
        sign = "−"
    if is_letter(sign):
        return _Atom(f"<mi>{escape(sign)}</mi>")
    if sign in "()[]{}|‖/⟨⟩⌊⌋⌈⌉":
        return _Atom(f'<mo stretchy="false">{sign}</mo>', kind="opening" if sign in OPENING else "")
    if sign in "+−±∓":
        form = "prefix" if before in ("opening", "operator") else "infix"
        return _Atom(f'<mo form="{form}">{sign}</mo>', kind="operator")
    return _Atom(f"<mo>{escape(sign)}</mo>", kind="operator" if sign not in ",;.!" else "")


def _stretched(sign: str, form: str) -> str:
    return f'<mo stretchy="true" fence="true" form="{form}">{escape(sign)}</mo>' if sign else ""


def _with_scripts(base: str, below: str, above: str, limits: bool) -> str:
    under, over = ("munder", "mover") if limits else ("msub", "msup")
    if below and above:
        both = "munderover" if limits else "msubsup"
        return f"<{both}>{base}{below}{above}</{both}>"
    return f"<{under}>{base}{below}</{under}>" if below else f"<{over}>{base}{above}</{over}>"


def _table(rows: list[list[str]], kind: str) -> str:
    cells = "".join("<mtr>" + "".join(f"<mtd>{cell}</mtd>" for cell in row) + "</mtr>" for row in rows)
    return f'<mtable class="{kind}">{cells}</mtable>' if kind else f"<mtable>{cells}</mtable>"


def _text(latex: str) -> str:
    r"""Words of \text{}: escapes and spaces as they are read."""
    plain = re.sub(r"\\([_&%$# ,])", lambda m: " " if m.group(1) in " ," else m.group(1), latex).replace("~", " ")
    if "\\" in plain or "$" in plain.replace(r"\$", ""):
        raise NotMathML(f"{latex!r} is not plain text")
    return plain.replace("{", "").replace("}", "").replace(" ", "\u00a0")
