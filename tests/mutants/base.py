"""The true claims that slips are made in: of the corpus, of the published recursions and of the table, each of them
confirmed by the evaluator before it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

from ptheory.claims.reading.claim_text import expression_text
from ptheory.language import parse
from ptheory.language.claim_names import LAYER
from ptheory.language.expressions import Expression, Name, Number, rewritten
from ptheory.language.statements import ClaimStatement, LetStatement, Scope
from tests.mutants.evaluate import NAMED, Given, NoValue, coefficients_of, is_true
from tests.mutants.reading import Unreadable
from tests.mutants.table import TRUE

TESTS = Path(__file__).resolve().parents[1]
FILES = (*sorted((TESTS / "claims" / "corpus").glob("*.deriv")), TESTS / "ntk" / "published.deriv")
WRONG = ("false", "checked", "wanted")


@dataclass(frozen=True)
class TrueClaim:
    """``inputs``: how many, 0 where they are left open; ``given``: hyperparameters the claim assumes values of."""

    left: str
    right: str
    inputs: int
    activation: str | None = None
    given: Given = ()

    @property
    def scope(self) -> str:
        """What stands behind ``for``."""
        parts = ["MLP"] + ([f"inputs {'one' if self.inputs == 1 else self.inputs}"] if self.inputs else [])
        parts += [f"{name} = {value}" for name, value in self.given]
        return ", ".join(parts + ([f"with sigma = {self.activation}"] if self.activation else []))

    def is_true(self, right: str = "") -> bool | None:
        """With another right side, or its own. None where nothing can be said."""
        try:
            return is_true(f"{self.left} = {right or self.right}", self.inputs, self.activation, self.given)
        except (Unreadable, NoValue, KeyError):
            return None


@cache
def true_claims() -> tuple[TrueClaim, ...]:
    """All that the evaluator confirms; those about averages the other way round as well."""
    found = dict.fromkeys(claim for path in FILES for claim in _claims_of(path))
    found |= dict.fromkeys(TrueClaim(*claim.split(" = "), inputs, name) for claim, inputs, name in TRUE)
    confirmed = [claim for claim in found if claim.is_true()]
    turned = [
        replace(claim, left=claim.right, right=claim.left) for claim in confirmed if not claim.left.isidentifier()
    ]
    return tuple(dict.fromkeys((*confirmed, *(claim for claim in turned if "<" in claim.right))))


def _claims_of(path: Path) -> Iterator[TrueClaim]:
    statements = parse(path.read_text("utf-8")).statements
    lets = {statement.name: statement.right for statement in statements if isinstance(statement, LetStatement)}
    for statement in statements:
        if isinstance(statement, ClaimStatement) and statement.label.partition(":")[0] not in WRONG:
            scope = _scope(statement.scope)
            for left, right in pairwise(statement.sides) if scope is not None else ():
                yield TrueClaim(_written(left, lets), _written(right, lets), *scope)


def _written(side: Expression, lets: Mapping[str, Expression]) -> str:
    """The side with abbreviations written out."""
    for _ in lets:
        side = rewritten(side, lambda node: lets.get(node.name) if isinstance(node, Name) else None)
    return expression_text(side)


def _scope(scope: Scope) -> tuple[int, str | None, Given] | None:
    """(inputs, activation, values) of a claim about a fully connected network; None where the evaluator has no such."""
    if scope.architecture is None or scope.architecture.name != "MLP" or scope.parities:
        return None
    if scope.inputs is not None and (scope.inputs.names or scope.inputs.count > 2):
        return None
    activation, given = None, []
    for binding in scope.bindings:
        if binding.name == "sigma":
            activation = expression_text(binding.value)
        elif binding.name != LAYER and isinstance(binding.value, Number):
            given.append((binding.name, Fraction(binding.value.value)))
        else:
            return None
    if activation is not None and activation not in NAMED and coefficients_of(activation) is None:
        return None
    return scope.inputs.count if scope.inputs is not None else 0, activation, tuple(given)
