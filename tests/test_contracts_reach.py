"""Every module of the package serves a command, or stands on a short list with the reason why it is there.

Imports are followed from the entry points, those inside functions too, those for type checking not. Two packages import
by name when first asked (their tables ``_LAZY``), and the library of activations imports the module of a family. A
declaration that is no longer needed fails too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from ptheory.activations.activation_names import FAMILIES

ROOT = Path(__file__).resolve().parents[1]
ENTRY_POINTS = ("ptheory", "ptheory.cli", "ptheory.__main__")
BY_NAME = {"ptheory.activations.library": {f"ptheory.activations.{module}" for module, _ in FAMILIES.values()}}
"""Modules imported by a name that stands in a table of their own."""

_COUNTING = "counting kernels at 10^6 terms, measured against other programs and behind tests of what the engine counts"
_LAYERS = "the kernel recursion for many layers, a function for users of the library (docs/expectations.md)"
DECLARED = {
    "ptheory.counting": _COUNTING,
    "ptheory.counting.gaussian_moments": _COUNTING,
    "ptheory.counting.neuron_sums": _COUNTING,
    "ptheory.counting.packed_sum": _COUNTING,
    "ptheory.counting.quartic_action": _COUNTING,
    "ptheory.counting.wick": _COUNTING,
    "ptheory.activations.recognition": "names the family of a formula for users of the library (docs/expectations.md)",
    "ptheory.expectations.compiled_forms": _LAYERS,
    "ptheory.expectations.identities": "rules of Gaussian means for users of the library (docs/expectations.md)",
    "ptheory.expectations.layer_recursion": _LAYERS,
}
"""What no command reaches, and why it is in the package."""


def modules_below(folder: Path) -> dict[str, Path]:
    """name -> file of the package in ``folder``."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def run_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below a node that is ever run: not what stands under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING"):
            yield child
            yield from run_statements(child)


def lazy_table(tree: ast.Module) -> dict[str, str]:
    """name -> module beside it, from ``_LAZY`` of a package that imports when first asked."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="_LAZY")], value=ast.Dict() as table):
                return dict(ast.literal_eval(table))
    return {}


class ImportGraph:
    """Who imports whom, by the names of modules."""

    def __init__(self, modules: Mapping[str, Path], by_name: Mapping[str, set[str]]) -> None:
        self.modules = modules
        self.by_name = by_name
        self.trees = {name: ast.parse(path.read_text("utf-8")) for name, path in modules.items()}
        self.lazy = {name: lazy_table(tree) for name, tree in self.trees.items()}

    def imported_by(self, module: str) -> set[str]:
        found = set(self.by_name.get(module, ()))
        for node in run_statements(self.trees[module]):
            match node:
                case ast.Import(names=names):
                    found.update(alias.name for alias in names)
                case ast.ImportFrom(module=str() as base, names=names):
                    for alias in names:
                        found.update((base, f"{base}.{alias.name}"))
                        if alias.name in self.lazy.get(base, ()):
                            found.add(f"{base}.{self.lazy[base][alias.name]}")
        return {name for name in found if name in self.modules}

    def reached(self, entry_points: tuple[str, ...]) -> set[str]:
        """The entry points and all they import, with the packages those stand in."""
        pending, found = list(entry_points), set[str]()
        while pending:
            module = pending.pop()
            if module in found:
                continue
            found.add(module)
            pending += self.imported_by(module)
            pending += [name for name in [module.rpartition(".")[0]] if name]
        return found


def test_every_module_is_reached_from_a_command_or_declared() -> None:
    modules = modules_below(ROOT / "ptheory")
    reached = ImportGraph(modules, BY_NAME).reached(ENTRY_POINTS)
    assert set(modules) - reached == set(DECLARED)


def test_reasons_are_given() -> None:
    assert all(len(reason.split()) > 3 for reason in DECLARED.values())


def test_what_is_reached_is_most_of_the_package_but_not_more_than_is_imported() -> None:
    modules = modules_below(ROOT / "ptheory")
    graph = ImportGraph(modules, BY_NAME)
    assert graph.reached(("ptheory.algebra.budget",)) == {"ptheory", "ptheory.algebra", "ptheory.algebra.budget"} | (
        graph.reached(("ptheory",))
    )
    assert graph.lazy["ptheory.expectations"] and graph.lazy["ptheory.activations"]
    assert "ptheory.recursion.derive" in graph.reached(ENTRY_POINTS)


def test_the_check_sees_an_orphan_an_import_for_types_and_a_lazy_name(tmp_path: Path) -> None:
    texts = {
        "__init__.py": "def run():\n    from made.part import lazy_one\n",
        "part/__init__.py": "_LAZY = {'lazy_one': 'used', 'lazy_two': 'unused'}\n",
        "part/used.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from made.part import types\n",
        "part/unused.py": "",
        "part/types.py": "",
        "orphan.py": "from made import part\n",
    }
    for name, text in texts.items():
        path = tmp_path / "made" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    modules = modules_below(tmp_path / "made")
    reached = ImportGraph(modules, {}).reached(("made",))
    assert set(modules) - reached == {"made.orphan", "made.part.types", "made.part.unused"}


def test_no_two_modules_have_one_name() -> None:
    """A name says which module is meant, whatever package it stands in."""
    modules = sorted(path for path in (ROOT / "ptheory").rglob("*.py") if path.stem != "__init__")
    assert len(modules) > 200
    places: dict[str, list[str]] = {}
    for path in modules:
        places.setdefault(path.stem, []).append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
