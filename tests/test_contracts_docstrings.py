"""Public modules, classes, functions and methods say what they are: a name without leading underscore has a docstring.

A method is documented too where it stands in for a documented one: of a base class, or of a protocol of the package
whose members its class has.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "ptheory").rglob("*.py"))
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def relative(path: Path) -> str:
    return path.relative_to(ROOT / "ptheory").as_posix()


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def undocumented(tree: ast.Module) -> Iterator[tuple[str, ...]]:
    """Paths (name,) or (class, method) of public names without a docstring; what stands in a function is its own."""
    pending: list[tuple[tuple[str, ...], ast.Module | ast.ClassDef]] = [((), tree)]
    while pending:
        path, parent = pending.pop()
        for node in parent.body:
            if isinstance(node, Documented) and not node.name.startswith("_"):
                if not ast.get_docstring(node):
                    yield (*path, node.name)
                if isinstance(node, ast.ClassDef):
                    pending.append(((*path, node.name), node))


@cache
def protocols() -> tuple[tuple[type, frozenset[str]], ...]:
    """Every protocol of the package with its methods and properties."""
    found: list[tuple[type, frozenset[str]]] = []
    for path in MODULES:
        if "(Protocol)" in path.read_text("utf-8") and path.name != "__main__.py":
            for value in vars(import_module(module_of(path))).values():
                if isinstance(value, type) and value.__dict__.get("_is_protocol"):
                    found.append((value, frozenset(name for name in vars(value) if not name.startswith("_"))))
    return tuple(dict.fromkeys(found))


def members_of(cls: type) -> set[str]:
    """Methods and properties, and the fields that stand for a property of a protocol."""
    return {name for base in cls.__mro__ for name in (*vars(base), *inspect.get_annotations(base))}


def stands_in_for_a_documented_one(cls: type, method: str) -> bool:
    """Whether a base or a protocol says what the method is."""
    bases = [base for base in cls.__mro__[1:] if method in vars(base)]
    bases += [protocol for protocol, members in protocols() if method in members and members <= members_of(cls)]
    return any(getattr(inspect.getattr_static(base, method), "__doc__", None) for base in bases if base is not cls)


def missing_in(path: Path) -> list[str]:
    found = []
    for names in undocumented(ast.parse(path.read_text("utf-8"))):
        owner = import_module(module_of(path)) if len(names) > 1 else None
        for name in names[:-1]:
            owner = getattr(owner, name)
        if not (isinstance(owner, type) and stands_in_for_a_documented_one(owner, names[-1])):
            found.append(".".join(names))
    return sorted(found)


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_public_names_have_docstrings(path: Path) -> None:
    assert missing_in(path) == []


def test_the_check_sees_functions_classes_methods_and_properties() -> None:
    text = '''
def plain(): pass
def _own(): pass
def said():
    """Said."""
    def inner(): pass
class Thing:
    """A thing."""
    def method(self): pass
    @property
    def size(self): return 1
    def _hidden(self): pass
    def __len__(self): return 1
class Bare: pass
'''
    found = set(undocumented(ast.parse(text)))
    assert found == {("plain",), ("Thing", "method"), ("Thing", "size"), ("Bare",)}


def test_a_protocol_documents_only_what_has_all_its_members() -> None:
    from ptheory.algebra.polynomial import Symbol
    from ptheory.expectations.arrays import ArrayArithmetic

    assert stands_in_for_a_documented_one(Symbol, "sort_key")
    assert stands_in_for_a_documented_one(ArrayArithmetic, "density")
    assert not stands_in_for_a_documented_one(Symbol, "density")
    assert not stands_in_for_a_documented_one(type("Partial", (), {"density": None}), "density")
