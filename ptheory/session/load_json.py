"""``ptheory.load_json``: what ``run --to json`` wrote, as objects again; anything else is refused where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ptheory.claims.verdict import Kind
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.language.parser import file_bytes, formula_of
from ptheory.language.source import Source
from ptheory.networks.formulas import FormulaError
from ptheory.results import loaded
from ptheory.session.json_formulas import in_symbols

if TYPE_CHECKING:
    from sympy import Expr

LARGEST = 500_000_000  # bytes
FORMAT = 1
"""Of the document; a change that readers have to know of is a new one."""
_EXACT = re.compile(r"-?\d+(?:/[1-9]\d*)?")
_DECIMAL = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,9})?")
_RUN_AGAIN = "write it with `ptheory run FILE --to json`"


def load_json(path: str | Path) -> loaded.LoadedResult:
    """The result in a JSON file. Raises LanguageError: no such file, no JSON, another format, a value that is none."""
    name = str(path)
    data = file_bytes(path, LARGEST)
    if len(data) > LARGEST:
        raise LanguageError(f"the file is larger than {LARGEST:,} bytes", path=name, help=_RUN_AGAIN)
    text = data.decode("utf-8", errors="replace")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as problem:
        place = Span(problem.pos, problem.pos + 1, problem.lineno, problem.colno, Source(name, text))
        raise LanguageError(f"this is no JSON: {problem.msg}", place, help=_RUN_AGAIN) from None
    except RecursionError:
        raise LanguageError("this JSON is nested too deep", path=name, help=_RUN_AGAIN) from None
    return _result(Place(name, (), document))


class Place:
    """A value of the document, and the way to it: sections[2].items[0].order."""

    def __init__(self, file: str, way: tuple[str | int, ...], value: Any) -> None:
        self.file, self.way, self.value = file, way, value

    def refuse(self, wanted: str) -> NoReturn:
        """Raise LanguageError: ``wanted`` is not what stands here."""
        shown = json.dumps(self.value)
        found = shown if len(shown) <= 60 else f"{shown[:57]}..."
        way = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.way).lstrip(".")
        raise LanguageError(f"{way or 'the document'} is {found}, not {wanted}", path=self.file, help=_RUN_AGAIN)

    def get(self, key: str) -> Place:
        """The value of a key. LanguageError where there is none."""
        if not isinstance(self.value, dict):
            self.refuse("an object")
        if key not in self.value:
            self.refuse(f"an object with the key {key!r}")
        return Place(self.file, (*self.way, key), self.value[key])

    def has(self, key: str) -> bool:
        """Whether a key is there with a value."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def each(self) -> list[Place]:
        """The entries of a list."""
        if not isinstance(self.value, list):
            self.refuse("a list")
        return [Place(self.file, (*self.way, k), one) for k, one in enumerate(self.value)]

    def entries(self) -> dict[str, Place]:
        """The values of an object by their keys."""
        if not isinstance(self.value, dict):
            self.refuse("an object")
        return {key: Place(self.file, (*self.way, key), one) for key, one in self.value.items()}

    def text(self) -> str:
        """A string."""
        return self.value if isinstance(self.value, str) else self.refuse("a string")

    def texts(self) -> tuple[str, ...]:
        """A list of strings."""
        return tuple(one.text() for one in self.each())

    def whole(self) -> int:
        """A whole number."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        self.refuse("a whole number")

    def number(self) -> loaded.Number:
        """An exact or a decimal number, with the digits that stand there."""
        written = self.text()
        if _EXACT.fullmatch(written):
            return Fraction(written)
        if not _DECIMAL.fullmatch(written):
            self.refuse("a number")
        import mpmath

        with mpmath.workdps(len(written) + 5):
            return mpmath.mpf(written)

    def formula(self, inputs: Sequence[str] = ()) -> Expr:
        """A formula in tensors and hyperparameters, in plain symbols."""
        written = self.text()
        try:
            return in_symbols(formula_of(written, self.file), inputs)
        except (LanguageError, FormulaError) as error:
            self.refuse(f"a formula: {error.message}")


def _result(document: Place) -> loaded.LoadedResult:
    written = document.get("format")
    if written.value != FORMAT:
        written.refuse(f"{FORMAT}, the format that this version reads")
    items = [item for section in document.get("sections").each() for item in section.get("items").each()]
    of_type: dict[str, list[Place]] = {}
    for item in items:
        of_type.setdefault(item.get("type").text(), []).append(item)

    def read(kind: str, reader: Callable[[Place], Any]) -> tuple[Any, ...]:
        return tuple(reader(item) for item in of_type.get(kind, ()))

    return loaded.LoadedResult(
        file=document.get("file").text(),
        version=document.get("version").text(),
        derived=read("equation", _equation),
        specialised=tuple(
            one for one in read("specialised equation", _equation) if one.bindings or one.closed_form is not None
        ),
        critical_points=read("critical point", _critical_point),
        solutions=read("solution", _solution),
        tables=read("table", _table),
        verdicts=tuple(_verdict(one) for one in document.get("verdicts").each()),
        flows=tuple(_flow(one) for one in document.get("flows").each()),
        exit_code=document.get("exit_code").whole(),
    )


def _equation(item: Place) -> loaded.LoadedEquation:
    inputs: tuple[str, ...] = ()
    if item.has("inputs") and item.get("inputs").value != "one":
        inputs = item.get("inputs").texts()
    bindings = item.get("bindings").entries() if item.has("bindings") else {}
    return loaded.LoadedEquation(
        architecture=item.get("architecture").text(),
        name=item.get("name").text(),
        left=item.get("lhs").text(),
        right=item.get("rhs").text(),
        claim=item.get("claim").text() if item.has("claim") else None,
        latex=item.get("latex").text(),
        order=item.get("order").whole(),
        inputs=inputs,
        bindings={name: value.text() for name, value in bindings.items()},
        closed_form_text=item.get("closed_form").text() if item.has("closed_form") else None,
        closed_form=_closed_form(item, inputs),
    )


def _closed_form(item: Place, inputs: Sequence[str]) -> Expr | None:
    """None where there is none, and where one that no claim states cannot be read."""
    if not item.has("closed_form"):
        return None
    if item.has("closed_form_claim"):
        return item.get("closed_form").formula(inputs)
    try:
        return item.get("closed_form").formula(inputs)
    except LanguageError:
        return None


def _critical_point(item: Place) -> loaded.LoadedCriticalPoint:
    others = {"type", "activation", "K_star", "stability", "evidence"}
    kernel = item.get("K_star")
    return loaded.LoadedCriticalPoint(
        activation=item.get("activation").text(),
        kernel=None if kernel.value == "any" else kernel.formula(),
        hyperparameters={name: value.formula() for name, value in item.entries().items() if name not in others},
        stability=item.get("stability").text(),
    )


def _solution(item: Place) -> loaded.LoadedSolution:
    return loaded.LoadedSolution(*(item.get(key).text() for key in ("tensor", "of", "equation", "latex")))


def _table(item: Place) -> loaded.LoadedTable:
    rows = tuple(row.texts() for row in item.get("rows").each())
    return loaded.LoadedTable(item.get("caption").text(), item.get("headers").texts(), rows)


def _verdict(item: Place) -> loaded.LoadedVerdict:
    kind = item.get("verdict")
    known = {one.value: one for one in Kind}
    if kind.value not in known:
        kind.refuse(f"one of {', '.join(known)}")
    return loaded.LoadedVerdict(known[kind.value], item.get("label").text(), item.get("message").text(), item.value)


def _flow(item: Place) -> loaded.LoadedFlow:
    layers = {}
    for layer in item.get("layers").each():
        tensors = {name: value for name, value in layer.entries().items() if name != "layer"}
        layers[layer.get("layer").whole()] = {
            name: {key: tuple(one.number() for one in found.each()) for key, found in components.entries().items()}
            for name, components in tensors.items()
        }
    return loaded.LoadedFlow(item.get("architecture").text(), layers)
