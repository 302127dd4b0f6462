"""The engine knows tensors, hyperparameters and activations by their roles: no such name is quoted in it.

Names are those the prelude declares, those the language gives, and those of the library of activations. Where one may
stand in quotes is declared below, file by file, with the reason; a declaration that is no longer needed fails too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ptheory.activations import known_names
from ptheory.activations.function_values import FUNCTIONS
from ptheory.language import claim_names
from ptheory.language.expressions import Call, Expression, Indexed, Name, walk
from ptheory.language.functions import FORMS, RESERVED
from ptheory.language.parser import load_file
from ptheory.language.prelude import FOLDER
from ptheory.language.statements import ArchitectureStatement, DefineStatement, ObservableStatement

PACKAGE = Path(__file__).resolve().parents[1] / "ptheory"
MODULES = sorted(PACKAGE.rglob("*.py"))
DECLARED = {
    "language/claim_names.py": {"G", "K", "Kinv", "chi_par", "chi_perp", "h"},  # what the language itself names
    "language/names.py": {"Theta", "sigma", "xi", "theta", "Phi"},  # Greek letters
    "claims/latex/latex_signs.py": {"sigma", "D", "h"},  # Greek letters; the measure \\mathcal{D}z; layers (h+1)
    "claims/latex/input_overlaps.py": {"T"},  # the transpose of x^T
    "claims/latex/read_latex_integrals.py": {"D"},  # the measure Dz
    "criticality/atlas.py": {"C_W", "C_b"},  # documented heads of columns
    "criticality/kernel_system.py": {"K"},  # the key of the kernel, under which nothing can be declared
    "expectations/closed_forms.py": {"K"},  # notation of the table of expectations
    "expectations/identities.py": {"K"},  # entries of a covariance, K01
    "expectations/moments.py": {"K"},
    "verification/quadrature_result.py": {"K"},
    "recursion/tensor_names.py": {"G", "V"},  # what nobody declared
    "rendering/prose_formulas.py": {"A"},  # the article
    "rendering/latex_text.py": {"H", "R", "b"},  # commands of LaTeX for accents
    "simulation/field_cumulants.py": {"b"},  # letters of summed indices
}
"""Where names of the prelude and of the language may be quoted."""

ACTIVATIONS = {
    "algebra/elementary.py",  # the table of elementary functions
    "language/functions.py",  # which of them a file may define anew
    "simulation/array_functions.py",  # functions of the language in doubles
    "claims/points/ball_values.py",  # in balls
    "verification/mpmath_formulas.py",  # in mpmath
    "export/array_source.py",  # as source for arrays
    "export/array_values.py",  # on the arrays themselves
    "export/form.py",  # as functions of FORM
}
"""Where activations may be quoted beside their own folder."""

ELEMENTARY = ACTIVATIONS | {
    "expectations/lattice_integral.py",
    "rendering/closed_forms/as_tree.py",
    "rendering/latex.py",
    "rendering/mathml.py",
    "rendering/written_formulas.py",
    "claims/kinds/sides_in_kernel.py",
    "claims/latex/formula_reader.py",
    "claims/latex/gaussian_pairs.py",
    "claims/latex/latex_characters.py",
    "claims/latex/latex_signs.py",
    "claims/latex/read_latex_integrals.py",
    "claims/latex/read_latex_means.py",
    "claims/latex/read_latex_roots.py",
    "claims/latex/read_latex_tokens.py",
    "claims/terms/kernel_derivative.py",
    "export/array_function.py",
    "export/mathematica.py",
    "claims/reading/fewer_preactivations.py",
    "claims/terms/scalar_functions.py",
}
"""Rules for single elementary functions (exp, erf, ...), which are words of the language."""


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def of_architecture(statement: ArchitectureStatement) -> Iterator[str]:
    """The architecture, its parameters, its hyperparameters and the activations it applies; not its indices."""
    yield statement.name
    formulas: list[Expression] = [equation.right for equation in statement.equations]
    for parameter in statement.parameters:
        yield parameter.name
        formulas += [parameter.variance, *([parameter.rate] if parameter.rate is not None else [])]
    for formula in formulas:
        parts = list(walk(formula))
        arguments = [part for node in parts if isinstance(node, Indexed) for part in node.arguments]
        for node in parts:
            if isinstance(node, Call):
                yield node.function
            elif isinstance(node, (Name, Indexed)) and not any(node is argument for argument in arguments):
                yield node.name


@cache
def of_prelude() -> frozenset[str]:
    """Architectures, parameters, hyperparameters, open activations, observables and tensors of the prelude."""
    found: set[str] = set()
    for path in FOLDER.glob("*.deriv"):
        for statement in load_file(path).statements:
            if isinstance(statement, ArchitectureStatement):
                found.update(of_architecture(statement))
            elif isinstance(statement, ObservableStatement):
                found.add(statement.name)
            elif isinstance(statement, DefineStatement):
                found.update(name.name for name in statement.names)
    return frozenset(found - RESERVED - FORMS)


@cache
def of_language() -> frozenset[str]:
    return frozenset({*claim_names.DERIVED, claim_names.KERNEL_BELOW})


@cache
def of_library() -> frozenset[str]:
    """Activations that are no elementary function."""
    return frozenset(known_names()) - of_elementary()


@cache
def of_elementary() -> frozenset[str]:
    piecewise = {"relu", "gelu", "heaviside", "sigmoid", "softplus", "step", "swish"}
    return frozenset({*FUNCTIONS, "arcsinh", "arctan"}) - piecewise - {"max", "min"}


def quoted(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string that is a name; docstrings and names of type variables left out."""
    left_out: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "TypeVar":
            left_out.update(node.args)
    names = of_prelude() | of_language() | of_library() | of_elementary()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in left_out and node.value in names:
            yield node.lineno, str(node.value)


def prefixes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Names told apart by how they begin: startswith, removeprefix, a first letter compared with a letter."""
    known = of_prelude() | of_language() | {"i", "j", "z"}
    for node in ast.walk(tree):
        texts: list[ast.expr] = []
        match node:
            case ast.Call(func=ast.Attribute(attr="startswith" | "removeprefix"), args=[first, *_]):
                texts = list(first.elts) if isinstance(first, ast.Tuple) else [first]
            case ast.Compare(left=ast.Subscript(slice=ast.Constant(value=0)), comparators=others):
                texts = list(others)
        for text in texts:
            value = text.value if isinstance(text, ast.Constant) else None
            if isinstance(value, str) and value.isidentifier() and any(name.startswith(value) for name in known):
                yield node.lineno, value


def allowed(path: str) -> frozenset[str]:
    found = frozenset(DECLARED.get(path, ()))
    if path.startswith("activations/"):
        return found | of_library() | of_elementary()
    if path in ACTIVATIONS:
        found |= of_library()
    return found | of_elementary() if path in ELEMENTARY else found


def faults(path: Path) -> Iterator[tuple[str, int, str]]:
    tree, where = ast.parse(path.read_text("utf-8")), relative(path)
    yield from ((where, line, name) for line, name in quoted(tree) if name not in allowed(where))
    yield from ((where, line, f"{name}...") for line, name in prefixes(tree))


def test_no_name_is_quoted() -> None:
    assert [fault for path in MODULES for fault in faults(path)] == []


def test_what_is_declared_is_still_needed() -> None:
    for path, names in DECLARED.items():
        found = {name for _, name in quoted(ast.parse((PACKAGE / path).read_text("utf-8")))}
        assert names <= found, (path, names - found)
    for path in ACTIVATIONS | ELEMENTARY:
        found = {name for _, name in quoted(ast.parse((PACKAGE / path).read_text("utf-8")))}
        assert found & (of_elementary() | of_library()), path


def test_the_names_are_read_off_the_prelude_and_the_library() -> None:
    assert {"MLP", "C_W", "C_b", "lambda_W", "lambda_b", "xi", "sigma", "W"} <= of_prelude()
    assert {"G", "V", "Theta", "D", "F", "A", "B", "P", "Q", "R", "S", "T", "U", "H", "dH", "ddI"} <= of_prelude()
    assert {"K", "chi_par", "chi_perp", "h"} <= of_language() and {"relu", "gelu", "swish"} <= of_library()
    assert {"erf", "tanh", "exp"} <= of_elementary() and not {"n", "l", "x", "j"} & of_prelude()
    assert len(MODULES) > 200


@pytest.mark.parametrize(
    "line",
    [
        'bias = Symbol("C_b")',
        "def f(kernel: str = 'Theta'): ...",
        'vertex = next(found, "V")',
        'WHOLE = ("Theta", "V")',
        'names["sigma"]',
        'if name in ("V", "V8"): ...',
        'Classification("MLP")',
        'kind == "relu"',
        'f"{name}" == "chi_par"',
    ],
)
def test_the_check_sees_a_quoted_name(line: str) -> None:
    assert list(quoted(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        'name.startswith("chi_")',
        "name.startswith('G')",
        'name.startswith(("K", "x"))',
        'index.startswith("j")',
        'index[0] == "i"',
        'name.removeprefix("lambda_")',
    ],
)
def test_the_check_sees_a_name_told_by_its_first_letters(line: str) -> None:
    assert list(prefixes(ast.parse(line)))


def test_docstrings_and_other_words_are_free() -> None:
    tree = ast.parse('"""V"""\nT = TypeVar("T")\ntext.startswith("not certified")\nword = "vertex"\n')
    assert not list(quoted(tree)) and not list(prefixes(tree))
