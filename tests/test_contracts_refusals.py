"""One class of refusals, and nothing else is taken for the user's mistake.

What Python or a library raises may be caught where it is raised, in the places listed here with their reasons; what is
raised anywhere else ends as a defect of ptheory, with exit code 4.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptheory.activations.activation import Activation
from ptheory.algebra.refusal import Refusal
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.flows.flow import Flow
from ptheory.language.errors import LanguageError
from ptheory.recursion.system import RecursionSystem
from tests.reported.running import on_text, ptheory

PACKAGE = Path(__file__).resolve().parents[1] / "ptheory"
MODULES = sorted(PACKAGE.rglob("*.py"))

NO_REFUSALS = {
    "Refusal": "ValueError",  # the one class
    "Contradiction": "Exception",  # two evaluations of the engine disagree
    "ReadsDifferently": "Exception",  # the engine's own layout of a file is another derivation
    "WriteFailed": "OSError",  # the disk's answer, with a path
    "StdoutFailed": "OSError",
}
"""Classes of exceptions with a base of Python's own."""

CAUGHT = {
    "cli.py": {"Exception", "KeyboardInterrupt", "OSError"},  # the top: an interrupt, whatever became of it; the disk
    "session/defects.py": {"Exception", "OSError"},  # the top: what is no refusal is a defect
    "rendering/files.py": {
        "BaseException",  # the half-written file is taken away, and the exception passes
        "FileNotFoundError",
        "OSError",
        "RuntimeError",  # a path: links in a circle
        "ValueError",  # a path: a null character
    },
    "networks/includes.py": {"OSError", "RuntimeError", "ValueError"},  # paths again
    "language/parser.py": {"FileNotFoundError", "IsADirectoryError", "OSError", "UnicodeDecodeError", "ValueError"},
    "language/notebook.py": {"RecursionError"},  # JSON nested a thousand deep
    "session/load_json.py": {"RecursionError"},  # the same
    "session/reading.py": {"OSError", "ValueError"},  # standard input, which may be closed
    "session/streams.py": {"OSError", "ValueError"},  # streams, which may be closed
    "rendering/drawn_figures.py": {
        "FileNotFoundError",  # the TeX that measures the words of PGF
        "RuntimeError",
        "ValueError",  # a formula that matplotlib does not read
    },
    "rendering/mathml_signs.py": {"KeyError"},  # a letter that Unicode does not have in an alphabet
    "rendering/terminal.py": {"LookupError", "UnicodeEncodeError"},  # what an encoding can write
    "simulation/simulate.py": {"KeyboardInterrupt"},  # what was simulated so far is shown
    "activations/rational_functions.py": {"ValueError"},  # SymPy's answer to a constant that is not rational
    "language/grammar.py": {"OSError"},  # tables are kept where a folder can be made
    "activations/library.py": {"TypeError"},  # a signature against the parameters given
    "algebra/hashing.py": {"AttributeError"},  # a hash that is not kept yet
    "export/array_function.py": {"ImportError"},  # JAX is optional
    "criticality/exact_numbers.py": {"ValueError", "ZeroDivisionError"},  # text given from Python: Fraction("1/0")
    "claims/corrections/fingerprint.py": {"ArithmeticError", "ValueError"},  # doubles only
    "expectations/layer_recursion.py": {"OverflowError", "ValueError", "ZeroDivisionError"},  # doubles only
}
"""Where exceptions of Python's own are caught."""


def is_exception(node: ast.expr) -> bool:
    found = getattr(builtins, node.id, None) if isinstance(node, ast.Name) else None
    return isinstance(found, type) and issubclass(found, BaseException)


def caught(tree: ast.Module) -> Iterator[str]:
    """Python's own exceptions in handlers, in tuples kept for handlers, and in ``suppress``; "" for a bare except."""
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(type=None):
                yield ""
            case ast.ExceptHandler(type=one) if one is not None and is_exception(one):
                yield ast.unparse(one)
            case ast.Tuple(elts=several):
                yield from (ast.unparse(one) for one in several if is_exception(one))
            case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=several):
                yield from (ast.unparse(one) for one in several if is_exception(one))


def test_exceptions_of_python_are_caught_where_it_is_declared() -> None:
    found = {str(path.relative_to(PACKAGE)): set(caught(ast.parse(path.read_text("utf-8")))) for path in MODULES}
    assert {place: names for place, names in found.items() if names} == CAUGHT


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("try:\n    f()\nexcept:\n    pass", [""]),
        ("NONE = (NoSeries, ArithmeticError)", ["ArithmeticError"]),
        ("with suppress(KeyError):\n    f()", ["KeyError"]),
        ("try:\n    f()\nexcept (NoSeries, NoNumber):\n    pass", []),
    ],
)
def test_the_check_for_handlers_sees(text: str, names: list[str]) -> None:
    assert list(caught(ast.parse(text))) == names


def test_every_class_of_refusals_is_a_refusal() -> None:
    found = {
        node.name: ast.unparse(base)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if is_exception(base)
    }
    assert found == NO_REFUSALS


def test_a_refusal_says_what_would_work() -> None:
    assert Refusal("no").help is None and Refusal("no", "ask for less").help == "ask for less"
    assert isinstance(LanguageError("no", help="ask for less"), Refusal)


RUN = "derive G to order 1/n\nderive V for MLP\n"
CRITICAL = "with sigma = tanh(z) + z^3/7 {\n    inputs one\n    critical\n    exponents V\n}\n"
CLAIM = 'claim "k": K\' = C_b + C_W*<s^2>/2 for MLP, inputs one, with sigma = z + z^2/7\n'
FLOW = "flow MLP with sigma = z + z^2/7 {\n    inputs [1, 2]\n    set C_b = 0, C_W = 1\n    depth 2\n    show G\n}\n"

PLANTED = [
    (RecursionSystem, "right_hand_side", "run", RUN),
    (SpecialisedSystem, "series", "run", CRITICAL),
    (BoundMoments, "of", "check", CLAIM),
    (Flow, "value", "flow", FLOW),
    (Activation, "polynomial_coefficients", "flow", FLOW),
]


@pytest.mark.parametrize("error", [ZeroDivisionError("planted"), ValueError("planted"), KeyError("planted")])
@pytest.mark.parametrize(("owner", "method", "command", "text"), PLANTED)
def test_what_fails_inside_the_engine_is_a_defect(
    owner: type,
    method: str,
    command: str,
    text: str,
    error: Exception,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(owner, method, raising(error))
    found = on_text(tmp_path, f"ptheory 1\ninclude mlp\n{text}", command)
    assert found.code == 4
    assert "this is a defect in ptheory, not a mistake of yours" in found.err and "planted" in found.err


@pytest.mark.parametrize("error", [ZeroDivisionError("planted"), ValueError("planted")])
@pytest.mark.parametrize("method", ["series", "grid", "value"])
def test_what_fails_inside_a_classification_is_a_defect(
    method: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SpecialisedSystem, method, raising(error))
    found = ptheory("classify", "z*exp(-z^2/7) + z^3/11" if method == "series" else "swish")
    assert found.code == 4
    assert "this is a defect in ptheory, not a mistake of yours" in found.err and "planted" in found.err


def raising(error: Exception) -> object:
    def fails(*_: object, **__: object) -> object:
        raise error

    return fails
