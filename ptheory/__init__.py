"""ptheory: a symbolic engine for the effective theory of neural networks at finite width.

    import ptheory as pt

    result = pt.run("derivations/00-first-look.deriv")
    result["V"].rhs          # a SymPy expression
    result["V"].latex()
    print(result["V"].explain())
    result.specialised["tanh"].critical_points

SymPy and the engine are imported by the first call, not by ``import ptheory``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from ptheory.criticality.specialised import SpecialisedSystem
    from ptheory.criticality.universality import Classification
    from ptheory.networks.program import Program
    from ptheory.results.gain_result import GainTable
    from ptheory.results.loaded import LoadedResult
    from ptheory.results.phase_result import Phases
    from ptheory.session.plotted_figure import PlottedFigure
    from ptheory.session.result import Result

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "attempt",
    "classify",
    "gain",
    "kernel_system",
    "load",
    "load_json",
    "phase",
    "plot",
    "run",
    "run_text",
]


def run(path: str | Path) -> Result:
    """Everything a derivation file asks for; ``result["V"]`` is a derived equation, ``result.verdicts`` the verdicts.

    Raises ptheory.language.LanguageError, which prints as file:line:column with a caret, at bad input.
    """
    from ptheory.session.run import run_file

    return run_file(path)


def attempt(path: str | Path) -> Result:
    """The same, and what goes wrong in one statement stops no other: ``result.errors`` has the mistakes in the file,
    ``result.refused`` the tasks that gave nothing, ``result.defects`` where ptheory failed.

    Raises ptheory.language.LanguageError where nothing in the file can be read.
    """
    from ptheory.language.parser import read_file
    from ptheory.networks.program import check_what_is_readable
    from ptheory.session.run import carry_out

    return carry_out(check_what_is_readable(read_file(path)), str(path))


def run_text(text: str, name: str = "<text>") -> Result:
    """The same for a derivation given as text; ``name`` stands for the file in messages. Raises LanguageError."""
    from ptheory.language.parser import read_text
    from ptheory.networks.program import check_what_is_readable
    from ptheory.session.run import run_program

    return run_program(check_what_is_readable(read_text(text, name)), name)


def load(path: str | Path) -> Program:
    """The checked statements of a derivation file, nothing derived yet. Raises LanguageError."""
    from ptheory.networks.program import load_program

    return load_program(path)


def load_json(path: str | Path) -> LoadedResult:
    """What ``ptheory run FILE --to json`` wrote: closed forms, numbers, critical points and verdicts as frozen objects,
    recursions as text with the claims that state them. Nothing is derived.

    Raises LanguageError where the file is no such JSON, or of another format.
    """
    from ptheory.session.load_json import load_json as loaded

    return loaded(path)


def kernel_system(activation: str) -> SpecialisedSystem:
    """The one-input recursions of the fully connected network at an activation: what phase diagrams are made of.

    For the functions of ``ptheory.criticality.edge``. Raises LanguageError.
    """
    from ptheory.session.analysis import specialised_network
    from ptheory.session.classify_command import read_activation

    return specialised_network(read_activation(activation))


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext ptheory`` calls: gives a notebook the cells ``%%ptheory [NAME]``."""
    from ptheory.session.notebook_cells import register

    register(shell)


def plot(kind: str, *activations: str, settings: str = "") -> PlottedFigure:
    """A figure of an activation (of several: "atlas") in the fully connected network; ``settings``: its block.

    ``pt.plot("angle", "erf", settings="set C_b = 1/10, C_W = 2; depth 50").save("angle.pdf")``; ``.data`` has the
    numbers. Raises LanguageError where there are none, and says why.
    """
    from ptheory.session.plot_command import plot_text

    (figure,) = run_text(plot_text(kind, activations, [settings] if settings else []), "<plot>").figures.values()
    return figure


def classify(activation: str, tower: bool = False) -> Classification:
    """Class, critical points and exponents of an activation, a name or a formula in z, in the fully connected network.

    ``tower``: exponents of the tangent kernel and of every tensor of its family too. Raises LanguageError where the
    text is neither.
    """
    from ptheory.session.analysis import classify_activation
    from ptheory.session.classify_command import read_activation

    bound: Any = read_activation(activation)
    return classify_activation(bound, activation, tower)


def gain(activation: str, bias: str = "0", kernel: str = "1", architecture: str | Path | None = None) -> GainTable:
    """The variance of the weights at which an activation keeps a kernel, and what else may be asked of it: ``.rows``.

    ``bias``, ``kernel``: numbers as text, "1/20". ``architecture``: a derivation file whose layers are meant instead of
    fully connected ones. Raises LanguageError.
    """
    from pathlib import Path

    import ptheory.session.result  # noqa: F401  (it says how results show themselves)
    from ptheory.session.gain_command import gain_table

    return gain_table(activation, bias, kernel, None if architecture is None else Path(architecture))


def phase(
    activation: str,
    bias: str | None = None,
    weight: str | None = None,
    architecture: str | Path | None = None,
    shape: tuple[int, tuple[int, ...]] | None = None,
) -> Phases:
    """The phase of an activation at two variances, the phases along one where the other is None, or the plane of both.

    ``bias``, ``weight``: numbers as text, "1/20". ``architecture`` as of ``gain``. ``shape``: the number of layers, and
    the widths, of networks that are asked for too. Raises LanguageError.
    """
    from pathlib import Path

    import ptheory.session.result  # noqa: F401  (it says how results show themselves)
    from ptheory.session.phase_task import phases_at

    file = None if architecture is None else Path(architecture)
    return phases_at(activation, bias, weight, file, (), shape)
