"""The derived right-hand side of a claim whose left side is one expectation of fields and observables at slots."""

from __future__ import annotations

from collections.abc import Iterator

from ptheory.algebra.polynomial import Polynomial
from ptheory.claims.moments.moment_claim import MomentClaim
from ptheory.claims.moments.moment_text import MomentWriter
from ptheory.claims.moments.neuron_terms import is_expectation
from ptheory.claims.reading.claim_text import expression_text
from ptheory.language.expressions import Connected

LONGEST = 300


def standard_form(claim: MomentClaim) -> str:
    """E[z1 z2 z3 z4]_c = d12*d34*V[1,2,3,4]/n + ...; "" where the left side is anything else, or the text too long."""
    writer, text = MomentWriter(claim.vocabulary), []
    for deltas, value in whole_form(claim):
        inside = writer.polynomial(value)
        text.append("*".join([*deltas, f"({inside})" if len(value) > 1 else inside]))
    right = " + ".join(text) or "0"
    if not is_one_product(claim) or len(right) > LONGEST:
        return ""
    return f"{expression_text(claim.claim.left)} = {right}"


def is_one_product(claim: MomentClaim) -> bool:
    """Whether the left side is E[...] of one product, every leg at a slot of its own."""
    node = claim.claim.left
    if not is_expectation(node, claim.vocabulary):
        return False
    terms = claim.bodies.terms(node)
    labels = [label for term in terms for factor in term.factors for label in factor.neurons]
    plain = len(terms) == 1 and not (terms[0].summed or terms[0].deltas) and len(set(labels)) == len(labels)
    return plain and terms[0].coefficient.numerator == Polynomial.constant(1) and not terms[0].coefficient.factors


def whole_form(claim: MomentClaim) -> Iterator[tuple[list[str], Polynomial]]:
    """Of E[...] of one product: the deltas that join slots, and what multiplies them, in whole tensors. None of
    anything else."""
    node = claim.claim.left
    if not is_one_product(claim):
        return
    factors = claim.bodies.terms(node)[0].factors
    position = {(k, p): str(label) for k, f in enumerate(factors) for p, label in enumerate(f.neurons)}
    at_one_neuron = [(factor.observable, (0,) * len(factor.neurons)) for factor in factors]
    is_next = any(factor.is_next for factor in factors)
    for blocks, components in claim.cumulants.ways(at_one_neuron):
        known = claim.cumulants
        value = (known.cumulant if isinstance(node, Connected) else known.joint_mean)(components, is_next)
        if value:
            yield [_delta([position[leg] for leg in block]) for block in blocks], value


def _delta(labels: list[str]) -> str:
    short = all(label.isdigit() and len(label) == 1 for label in labels)
    return "d" + ("".join(labels) if short else f"[{','.join(label or 'i' for label in labels)}]")
