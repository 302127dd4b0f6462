"""What a name in running text may be: the symbols of a file, and those that the engine's own sentences have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ptheory.language.claim_names import (
    ACTIVATION_SHORTHAND,
    CRITICAL_EXPONENTS,
    DERIVED,
    KERNEL_BELOW,
    KRONECKER,
    LAYER,
    WIDTH,
    critical_name,
    is_activation_shorthand,
)
from ptheory.rendering.identifiers import latex_input
from ptheory.rendering.spelling import Spelling

INFINITY = "infinity"
MINOR = "M"  # K[x,x] K[dx,dx] - K[x,dx]^2
OF_SEPARATIONS = frozenset((MINOR, "c_par", "c_perp"))  # and the constants of K[x,dx], K[dx,dx] at criticality
OF_CLASSES = critical_name(KERNEL_BELOW)
ITS_OWN = frozenset(("f", "x", "nu", INFINITY, *CRITICAL_EXPONENTS, *DERIVED, LAYER, WIDTH))
_DELTA = re.compile(rf"{KRONECKER}\d{{2,}}")
_AT_SAMPLES = re.compile(r"_?\d+$")


@dataclass(frozen=True)
class KnownNames:
    """``known``: what may stand in a formula; ``activations``: those that are left open, for which s stands where there
    is a single one; ``tensors``: what has layers, and orders: G1 is the one after G; ``kernel``: the K of the names of
    classes, K*=0, where there is a single one; ``separations``: dx of inputs near x."""

    known: frozenset[str] = frozenset()
    activations: frozenset[str] = frozenset()
    tensors: frozenset[str] = frozenset()
    kernel: str = ""
    separations: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Whether a name is one of a formula, with samples and stars."""
        stem = name.removesuffix("_star")
        if self.activation and is_activation_shorthand(name):
            return True
        if (self.kernel and name == OF_CLASSES) or _DELTA.fullmatch(name) or self._is_of_separations(name):
            return True
        return bool({stem, _AT_SAMPLES.sub("", stem)} & (self.known | ITS_OWN))

    def _is_of_separations(self, name: str) -> bool:
        return name in self.separations or (bool(self.separations) and name in OF_SEPARATIONS)

    def is_activation(self, name: str) -> bool:
        """s, s1, ... and activations by their own names, of which a prime is a derivative."""
        return _AT_SAMPLES.sub("", name) in self.activations or (
            bool(self.activation) and is_activation_shorthand(name)
        )

    @property
    def activation(self) -> str:
        """The single one, else nothing."""
        return next(iter(self.activations)) if len(self.activations) == 1 else ""

    def ready(self, name: str, spelling: Spelling) -> str | None:
        r"""The LaTeX of a name that stands for another one: \phi_1 of s1, \infty; None for others."""
        if self.activation and is_activation_shorthand(name):
            return spelling.symbol(self.activation).latex(name.removeprefix(ACTIVATION_SHORTHAND))
        stem = _AT_SAMPLES.sub("", name)
        if stem in self.activations:
            return spelling.symbol(stem).latex(name.removeprefix(stem).removeprefix("_"))
        if name in self.separations:
            return latex_input(name)
        if name == INFINITY:
            return r"\infty"
        if name == LAYER:
            return spelling.layer(0)
        if _DELTA.fullmatch(name):
            return rf"\delta_{{{name.removeprefix(KRONECKER)}}}"
        if self.kernel and name == OF_CLASSES:
            return spelling.starred(self.kernel)
        return None

    def latex(self, name: str, spelling: Spelling) -> str:
        r"""What an equation is called: K, G^{\{1\}} of G1."""
        base, order = self.order(name, spelling) or (name, 0)
        return spelling.symbol(base).latex(above=rf"\{{{order}\}}") if order else spelling.name(name)

    def order(self, name: str, spelling: Spelling) -> tuple[str, int] | None:
        """(G, 1) of G1, the tensor and which order beyond the leading one; None for a name of its own."""
        match = re.fullmatch(r"([A-Za-z_]+)(\d+)", name)
        if match is None or match[1] not in self.tensors or name in self.known or name in spelling.symbols:
            return None
        return match[1], int(match[2])


NONE_KNOWN = KnownNames()
