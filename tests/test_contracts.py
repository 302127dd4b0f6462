"""What every part of the project keeps to: import direction, no code from text, style, size, sources."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "ptheory").rglob("*.py"))
SOURCES = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]

RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
PARSES_BY_EVAL = {"sympify", "parse_expr", "lambdify", "parse_latex", "parse_mathematica", "read_pickle"}
UNSAFE_MODULES = {"pickle", "shelve", "marshal", "dill", "joblib", "code", "codeop"}
LONGEST_MODULE = 600


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def unsafe_uses(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in RUNS_TEXT | PARSES_BY_EVAL:
                found.append(f"{node.lineno}: {name}(")
            case ast.Attribute(attr=name) if name in PARSES_BY_EVAL:
                found.append(f"{node.lineno}: .{name}")
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="system" | "popen")):
                found.append(f"{node.lineno}: a shell through os")
            case ast.keyword(arg="shell", value=value) if not (isinstance(value, ast.Constant) and not value.value):
                found.append(f"{node.value.lineno}: shell=")
            case ast.Import(names=names):
                found += [f"{node.lineno}: import {n.name}" for n in names if n.name.split(".")[0] in UNSAFE_MODULES]
            case ast.ImportFrom(module=module, names=names):
                unsafe = (module or "").split(".")[0] in UNSAFE_MODULES
                found += [f"{node.lineno}: {n.name}" for n in names if unsafe or n.name in PARSES_BY_EVAL]
    return found


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_code_is_made_from_text(path: Path) -> None:
    assert unsafe_uses(ast.parse(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "eval('1')",
        "import pickle",
        "from sympy import sympify",
        "sympy.parse_expr(text)",
        "subprocess.run(c, shell=True)",
        "from sympy import lambdify as f",
        "os.system('ls')",
    ],
)
def test_the_check_for_code_from_text_sees(line: str) -> None:
    assert unsafe_uses(ast.parse(line))


def test_a_method_may_be_called_evaluate() -> None:
    assert unsafe_uses(ast.parse("evaluate(moment)\nactivation.eval")) == []


def run_tool(*command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_is_clean() -> None:
    run_tool("ruff", "check", ".")


def test_functions_have_at_most_twelve_branches() -> None:
    """McCabe's number, whatever the settings and comments of a file say."""
    limit = "lint.mccabe.max-complexity=12"
    run_tool("ruff", "check", "--isolated", "--ignore-noqa", "--select", "C901", "--config", limit, "ptheory")


def test_types_are_clean() -> None:
    run_tool("mypy")


def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_stands_in_the_import_contract() -> None:
    contract = (ROOT / "pyproject.toml").read_text("utf-8")
    for package in sorted(p.parent.name for p in (ROOT / "ptheory").glob("*/__init__.py")):
        assert f'"ptheory.{package}"' in contract, package


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_modules_are_of_readable_length(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_modules_and_public_classes_say_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    if not tree.body:
        return
    assert ast.get_docstring(tree), "no module docstring"


def test_nothing_is_left_unfinished() -> None:
    words = re.compile(r"NotImplementedError|\bTODO\b|\bFIXME\b|\bXXX\b|pytest\.(skip|xfail)|mark\.(skip|xfail)")
    found = [
        f"{relative(path)}:{number}"
        for path in SOURCES
        if path != Path(__file__).resolve() and "benchmarks" not in path.parts
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if words.search(line)
    ]
    assert found == []


def test_names_say_what_is_inside() -> None:
    assert not [relative(p) for p in MODULES if p.stem in {"utils", "util", "helpers", "misc", "common"}]


def test_every_activation_family_names_its_source() -> None:
    from ptheory.activations import known_names, lookup

    assert [name for name in known_names() if not lookup(name).source] == []


def test_every_expression_node_is_drawn_by_the_strategies_of_the_language() -> None:
    from ptheory.language.expressions import Expression

    strategies = (ROOT / "tests" / "language" / "strategies.py").read_text("utf-8")
    nodes = {node.__name__ for node in all_subclasses(Expression)}
    assert {name for name in nodes if not re.search(rf"\b{name}\b", strategies)} == set()


def all_subclasses(cls: type) -> set[type]:
    return {sub for direct in cls.__subclasses__() for sub in {direct, *all_subclasses(direct)}}


def readme_commands() -> list[str]:
    return re.findall(r"^    (python3 -m venv .*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)


def test_the_readme_has_two_commands_and_continuous_integration_runs_the_second() -> None:
    job, tests = readme_commands()
    assert "ptheory run derivations/00-first-look.deriv" in job
    assert "pytest" in tests
    assert tests in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
