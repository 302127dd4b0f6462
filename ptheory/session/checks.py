"""The checks a with block asks for: quadrature of every expectation, simulation of the real finite network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ptheory.language.statements import CheckBy
from ptheory.networks.program import WithTask
from ptheory.recursion.equation import Equation
from ptheory.session.systems import Systems
from ptheory.verification.verdict import Verdict


def by_quadrature(found: Equation, activations: Mapping[str, Any], digits: int, title: str) -> Verdict:
    """Every expectation of a specialised recursion against independent quadrature."""
    from ptheory.verification.certify import certify

    return certify(found, dict(activations), digits)
