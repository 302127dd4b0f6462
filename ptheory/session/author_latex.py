"""What was understood of a claim in LaTeX, and the corrected equation, in the author's own symbols.

Nothing is shown that does not read back as the formula it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ptheory.algebra.refusal import Refusal
from ptheory.claims.latex.author_notation import AuthorNotation
from ptheory.claims.latex.read_latex import read_latex
from ptheory.claims.latex.read_notation import read_notation_once
from ptheory.claims.reading.claim_text import expression_text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.verdict import Verdict
from ptheory.language.claim_names import KERNEL_BELOW
from ptheory.language.parser import parse_text
from ptheory.language.statements import ClaimStatement, LatexClaimStatement, LayerNotation, NotationEntry
from ptheory.rendering.claim_latex import ClaimLatex

LONGEST = 2_000  # characters of a formula worth typesetting
BETWEEN_EQUATIONS = "; "


def in_the_authors_latex(
    verdict: Verdict,
    claim: LatexClaimStatement,
    vocabulary: Vocabulary,
    notation: tuple[NotationEntry | LayerNotation, ...],
) -> Verdict:
    """The verdict with ``understood_latex`` and ``corrected_latex``, as far as the author's notation can say it."""
    typesetter = _Typesetter(claim, vocabulary, read_notation_once(notation))
    understood = [typesetter.latex(equation) for equation in verdict.understood.split(BETWEEN_EQUATIONS)]
    shown = r" ;\quad ".join(understood) if all(understood) else ""
    return replace(verdict, understood_latex=shown, corrected_latex=typesetter.latex(verdict.corrected))


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
        try:
            latex = self._writer(careful).equation(plain.sides)
            links = read_latex(replace(self.claim, body=f"\\[ {latex} \\]"), self.vocabulary, self.notation)
        except Refusal:
            return ""
        wanted = [expression_text(side) for side in plain.sides]
        found = [expression_text(side) for side in (links[0].left, *(link.right for link in links))]
        return latex if found == wanted else ""

    def _writer(self, careful: bool) -> ClaimLatex:
        vocabulary = self.vocabulary
        kernels = (name for name in vocabulary.tensor_names if vocabulary.is_kernel(name))
        return ClaimLatex(
            self.notation,
            tuple(vocabulary.functions),
            vocabulary.fields,
            next(kernels, KERNEL_BELOW),
            lambda name: vocabulary.series(name) is not None,
            r"\ell" in self.claim.body or "^{(" in self.claim.body,
            careful,
        )
