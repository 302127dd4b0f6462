r"""The signs of mathematics we print, with their classes: what TeX puts between two of them depends on nothing else.

Ordinary (x, \alpha), large operator (\sum, \sin), binary (+), relation (=), opening, closing, punctuation, inner
(\left...\right).
"""

from __future__ import annotations

from ptheory.algebra.elementary import ELEMENTARY, EXTREMA

ORDINARY, OPERATOR, BINARY, RELATION, OPENING, CLOSING, PUNCTUATION, INNER = range(8)

_ORDINARY = (
    r"\alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa \lambda \mu \nu \xi \pi "
    r"\varpi \rho \varrho \sigma \varsigma \tau \upsilon \phi \varphi \chi \psi \omega \Gamma \Delta \Theta \Lambda "
    r"\Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega \partial \nabla \ell \infty \hbar \imath \jmath \prime \emptyset "
    r"\forall \exists \neg \surd \top \bot \Re \Im \aleph \wp \# \% \& \_ \$ | / . \Vert \| \dag \ddag \circ"
)
_BINARY = (
    r"+ - * \times \cdot \pm \mp \div \ast \star \otimes \oplus \odot \wedge \vee \cup \cap \setminus \bullet \dagger"
)
_RELATION = (
    r"= < > : \le \leq \ge \geq \ne \neq \approx \sim \simeq \equiv \propto \to \rightarrow \gets \leftarrow \in "
    r"\notin \parallel \perp "
    r"\mid \subset \subseteq \ll \gg \cong \leftrightarrow \Rightarrow \Leftrightarrow \mapsto \asymp"
)
_OPENING = r"( [ \{ \lbrace \langle \lfloor \lceil \lvert \lVert"
_CLOSING = r") ] \} \rbrace \rangle \rfloor \rceil \rvert \rVert ! ?"
_PUNCTUATION = r", ; \colon \ldots \cdots"
LARGE = (r"\sum", r"\prod", r"\int")
NAMED_FUNCTIONS = tuple(
    sorted(
        {f"\\{macro}" for row in ELEMENTARY for macro in row.latex_macros}
        | {f"\\{name}" for name in EXTREMA}
        | {r"\sec", r"\csc", r"\cot", r"\coth", r"\lim", r"\det", r"\ln", r"\Pr", r"\arg", r"\sup", r"\inf"}
    )
)
DELIMITERS = ("(", ")", "[", "]", r"\{", r"\}", r"\langle", r"\rangle", "|", r"\Vert", "/", r"\lfloor", r"\rfloor")
ACCENTS = (
    r"\hat", r"\widehat", r"\tilde", r"\widetilde", r"\bar", r"\overline", r"\underline", r"\vec", r"\dot", r"\ddot",
    r"\check", r"\breve",
)  # fmt: skip

SIGNS: dict[str, int] = {
    **dict.fromkeys(_ORDINARY.split(), ORDINARY),
    **dict.fromkeys(LARGE, OPERATOR),
    **dict.fromkeys(_BINARY.split(), BINARY),
    **dict.fromkeys(_RELATION.split(), RELATION),
    **dict.fromkeys(_OPENING.split(), OPENING),
    **dict.fromkeys(_CLOSING.split(), CLOSING),
    **dict.fromkeys(_PUNCTUATION.split(), PUNCTUATION),
    r"\ldots": INNER,
    r"\cdots": INNER,
}
CLASSES: dict[str, int] = {**SIGNS, **dict.fromkeys(NAMED_FUNCTIONS, OPERATOR)}

# The glue between neighbours in mu (1/18 quad): TeX's table, rows left class, columns right class. 0 nothing, 1 thin,
# 2 medium, 3 thick; a minus sign: not in scripts.
_GLUE = (
    (0, 1, -2, -3, 0, 0, 0, -1),
    (1, 1, 0, -3, 0, 0, 0, -1),
    (-2, -2, 0, 0, -2, 0, 0, -2),
    (-3, -3, 0, 0, -3, 0, 0, -3),
    (0, 0, 0, 0, 0, 0, 0, 0),
    (0, 1, -2, -3, 0, 0, 0, -1),
    (-1, -1, 0, -1, -1, -1, -1, -1),
    (-1, 1, -2, -3, -1, 0, -1, -1),
)
_MU = (0.0, 3.0, 4.0, 5.0)


def glue(left: int, right: int, in_script: bool) -> float:
    """What TeX puts between an atom of class ``left`` and one of class ``right``, in mu."""
    amount = _GLUE[left][right]
    return 0.0 if amount < 0 and in_script else _MU[abs(amount)]
