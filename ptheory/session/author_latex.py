"""What was understood of a claim in LaTeX, and the corrected equation, in the author's own symbols.

Nothing is shown that does not read back as the formula it stands for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ptheory.algebra.refusal import Refusal
from ptheory.claims.latex.author_notation import AuthorNotation
from ptheory.claims.latex.read_notation import read_notation_once
from ptheory.claims.reading.claim_text import expression_text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.verdict import Verdict
from ptheory.language.claim_names import KERNEL_BELOW, LAYER
from ptheory.language.expressions import Expression, Indexed, Name, Number, walk
from ptheory.language.parser import parse_text
from ptheory.language.statements import ClaimStatement, LatexClaimStatement, LayerMarks, NotationEntry, StyleNotation
from ptheory.rendering.claim_latex import ClaimLatex
from ptheory.rendering.written_numbers import decimal_latex

LONGEST = 2_000  # characters of a formula worth typesetting
BETWEEN_EQUATIONS = "; "


def in_the_authors_latex(
    verdict: Verdict,
    claim: LatexClaimStatement,
    vocabulary: Vocabulary,
    notation: tuple[NotationEntry | StyleNotation, ...],
) -> Verdict:
    """The verdict with ``understood_latex`` and ``corrected_latex``, as far as the author's notation can say it."""
    typesetter = _Typesetter(claim, vocabulary, read_notation_once(notation))
    understood = [typesetter.latex(equation) for equation in verdict.understood.split(BETWEEN_EQUATIONS)]
    shown = r" ;\quad ".join(understood) if all(understood) else ""
    return replace(verdict, understood_latex=shown, corrected_latex=typesetter.latex(verdict.corrected))


def as_in_a_paper(
    claim: ClaimStatement | LatexClaimStatement,
    vocabulary: Vocabulary,
    notation: tuple[NotationEntry | StyleNotation, ...],
) -> str:
    """The formula of a claim as the author wrote it in LaTeX, else in the author's symbols; empty where neither is."""
    if isinstance(claim, LatexClaimStatement):
        return formula_within(claim.body)
    try:
        sides = _plain_writer(claim, vocabulary, read_notation_once(notation))
        signs = [relation_of(claim), *("=" for _ in claim.then)]
        written = [_side(side, claim.digits, sides) for side in claim.sides]
    except Refusal:
        return ""
    return written[0] + "".join(f" {sign} {side}" for sign, side in zip(signs, written[1:], strict=True))


def _plain_writer(claim: ClaimStatement, vocabulary: Vocabulary, notation: AuthorNotation) -> ClaimLatex:
    """Layers are said everywhere where the claim says one, s is the activation where there is a single one."""
    says_a_layer = any(_says_a_layer(node) for side in claim.sides for node in walk(side))
    layered = notation.layers is not LayerMarks.NONE
    here = vocabulary.tensor_names if says_a_layer and layered else ()
    alone = vocabulary.the_activation or ""
    return replace(_writer(vocabulary, notation, layered, careful=False), here=here, the_activation=alone)


def _side(side: Expression, digits: int | None, writer: ClaimLatex) -> str:
    """A side; a number that was given to some digits with those."""
    if digits is not None and isinstance(side, Number):
        return decimal_latex(side.value, digits)
    return writer.formula(side)


def _says_a_layer(node: Expression) -> bool:
    match node:
        case Indexed(_, _, primes, layer):
            return bool(primes) or layer is not None
        case Name(name):
            return name == LAYER
    return False


def relation_of(claim: ClaimStatement) -> str:
    """The sign between the first two sides."""
    if claim.asymptotic:
        return r"\sim"
    if claim.digits is not None:
        return r"\approx"
    return ORDER_SIGNS.get(claim.order_relation, claim.order_relation) or "="


def formula_within(body: str) -> str:
    """What stands between the delimiters of a display, without its label and number; rows in ``aligned``."""
    without_comments = _COMMENT.sub("", body)
    inside = _LABEL.sub("", re.sub(r"\n\s*\n", "\n", without_comments).strip())
    for opening, closing in (("$$", "$$"), ("$", "$"), (r"\[", r"\]"), (r"\(", r"\)")):
        if inside.startswith(opening) and inside.endswith(closing):
            return _without_full_stop(inside.removeprefix(opening).removesuffix(closing))
    display = _DISPLAY.fullmatch(inside)
    if display is None:
        return ""
    rows = _without_full_stop(display["rows"])
    within = WITHIN.get(display["name"].removesuffix("*"))
    return rows if within is None else f"\\begin{{{within}}}{rows}\\end{{{within}}}"


def _without_full_stop(formula: str) -> str:
    return re.sub(r"(?:\s|\\,|(?<!\\)[.,;])+$", "", formula.strip())


_COMMENT = re.compile(r"(?<!\\)%.*")
_LABEL = re.compile(r"\\(?:label|tag\*?)\{[^{}]*\}|\\(?:nonumber|notag)\b")
_DISPLAY = re.compile(r"\\begin\{(?P<name>\w+\*?)\}(?P<rows>.*)\\end\{(?P=name)\}", re.DOTALL)
WITHIN = {"align": "aligned", "eqnarray": "aligned", "gather": "gathered", "multline": "gathered", "flalign": "aligned"}
ORDER_SIGNS = {">=": r"\geq", "<=": r"\leq"}


def _writer(vocabulary: Vocabulary, notation: AuthorNotation, layered: bool, careful: bool) -> ClaimLatex:
    """``layered``: with V^{(\\ell+1)} for V'."""
    kernels = (name for name in vocabulary.tensor_names if vocabulary.is_kernel(name))
    return ClaimLatex(
        notation,
        tuple(vocabulary.functions),
        vocabulary.fields,
        next(kernels, KERNEL_BELOW),
        lambda name: vocabulary.series(name) is not None,
        layered,
        careful,
    )


@dataclass(frozen=True)
class _Typesetter:
    claim: LatexClaimStatement
    vocabulary: Vocabulary
    notation: AuthorNotation

    def latex(self, equation: str) -> str:
        """An equation, or a chain of them, in plain syntax as LaTeX; empty where it would not read back the same."""
        if not equation or len(equation) > LONGEST:
            return ""
        try:
            (plain,) = parse_text(f'ptheory 1\nclaim "c": {equation}\n', "<claim>").statements
        except Refusal:
            return ""
        assert isinstance(plain, ClaimStatement)
        spelled = (self._spelled(plain, careful) for careful in (False, True))
        return next((latex for latex in spelled if latex), "")

    def _spelled(self, plain: ClaimStatement, careful: bool) -> str:
        """The LaTeX, where it is read as the equation it stands for."""
        from ptheory.claims.latex.read_latex import read_latex

        try:
            layered = r"\ell" in self.claim.body or "^{(" in self.claim.body
            latex = _writer(self.vocabulary, self.notation, layered, careful).equation(plain.sides)
            links = read_latex(replace(self.claim, body=f"\\[ {latex} \\]"), self.vocabulary, self.notation)
        except Refusal:
            return ""
        wanted = [expression_text(side) for side in plain.sides]
        found = [expression_text(side) for side in (links[0].left, *(link.right for link in links))]
        return latex if found == wanted else ""
