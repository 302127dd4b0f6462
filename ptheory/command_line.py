"""The words of the ``ptheory`` command line: commands, options, help."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptheory import __version__

if TYPE_CHECKING:
    from ptheory.session.activation_pages import ActivationPages
    from ptheory.session.output_options import Pages

FILE = click.Path(path_type=Path, readable=False)  # a file that cannot be read is reported like any other mistake
FOLDER = click.Path(path_type=Path, file_okay=False)


def _widths(context: click.Context, option: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """100,200: whole numbers above zero."""
    if value is None:
        return None
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 and int(part) for part in parts):
        raise click.BadParameter(f"{value!r} is no list of widths; write 100 or 100,200")
    return tuple(map(int, parts))


class Commands(click.Group):
    """The commands; a word that is none of them is answered with the command line that was probably meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command a word names; the nearest one is said where there is none."""
        if self.get_command(ctx, args[0]) is None:
            meant = meant_command(args[0], self.commands)
            if meant:
                ctx.fail(f"No such command {args[0]!r}. Did you mean `{meant}`?")
        return super().resolve_command(ctx, args)


def meant_command(word: str, commands: Iterable[str]) -> str | None:
    """The command line behind a first word that is no command, or None where nothing is close."""
    from ptheory.language.errors import closest
    from ptheory.language.functions import NAMED_ACTIVATIONS

    if word == "help":
        return "ptheory --help"
    if word.endswith(".deriv"):
        return f"ptheory run {word}"
    if word in NAMED_ACTIVATIONS:
        return f"ptheory classify {word}"
    near = closest(word, commands)
    return f"ptheory {near}" if near else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help", "-?"]})
@click.version_option(__version__, prog_name="ptheory")
def cli() -> None:
    """Derive, specialise, check and typeset the finite-width recursions of neural networks.

    \b
    ptheory run derivations/00-first-look.deriv   derive, analyse and check what a file asks for
    ptheory classify gelu                         critical point and class of one activation
    ptheory COMMAND --help                        what a command takes, with examples

    FILE may be - for standard input.

    Exit codes: 0 all proved or checked, 1 something refuted, 2 bad input or an output that cannot be made,
    3 something undecided, 4 a defect of ptheory, 130 interrupted.
    """


@cli.command(short_help="Derive, specialise, analyse and check what files ask for.")
@click.argument("files", metavar="FILE...", type=FILE, nargs=-1, required=True)
@click.option("-o", "directory", type=FOLDER, help="folder for what is written")
@click.option(
    "--to",
    "formats",
    default="text",
    show_default=True,
    metavar="FORMATS",
    help="comma-separated: text, latex, pdf, html, csv, json",
)
@click.option("--explain", multiple=True, metavar="NAME", help="show how an equation comes about (may be repeated)")
@click.option(
    "--only", multiple=True, metavar="NAME", help="print one result on stdout (may be repeated): V, claim:LABEL"
)
@click.option("--width", type=int, metavar="N", help="characters in a line of text (default: the terminal's)")
@click.option(
    "--columns",
    metavar="WIDTH",
    help="what LaTeX is broken for: page (default), revtex, neurips, or 246pt, 5.5in",
)
@click.option("--digits", metavar="N", help="significant digits of decimals on a page (default: 6), or all")
@click.option("--macros", metavar="PREFIX", help="what macros of LaTeX begin with (default: pt), letters only")
@click.option("--margin", is_flag=True, help="the verdict in the margin of every claim in LaTeX")
@click.option(
    "--style",
    metavar="STYLES",
    help="how it is typeset: layers superscript, argument or none; averages by derivatives or insertions (zz - K)",
)
def run(
    files: tuple[Path, ...],
    directory: Path | None,
    formats: str,
    explain: tuple[str, ...],
    only: tuple[str, ...],
    width: int | None,
    columns: str | None,
    digits: str | None,
    macros: str | None,
    margin: bool,
    style: str | None,
) -> int:
    """Run derivation files: derive, specialise, analyse, check, and show or write the results.

    \b
    ptheory run paper.deriv                          results on stdout
    ptheory run paper.deriv -o out --to pdf,latex    a document and fragments to \\input
    ptheory run paper.deriv --explain V              the steps behind V
    ptheory run paper.deriv --only V --to latex      one result alone, on stdout
    ptheory run paper.deriv --to latex --columns revtex   no line wider than a column of a journal
    ptheory run paper.deriv --to latex --macros mlp       \\mlpGeluCW, beside the \\ptGeluCW of another file
    ptheory run paper.deriv --to latex --style argument,insertions   K(l+1), and <f (z^2 - K)> for <f''>
    """
    from ptheory.session.commands import run_command
    from ptheory.session.output_options import contradiction
    from ptheory.session.outputs import FORMATS

    chosen = _formats(formats, FORMATS)
    contradicts = contradiction(files, directory, chosen, explain, only, macros)
    if contradicts is not None:
        raise click.UsageError(contradicts)
    pages = _pages(chosen, width, columns, digits, macros, margin, style)
    return run_command(files, directory, chosen, explain, pages, only)


def _pages(
    formats: list[str],
    width: int | None,
    columns: str | None,
    digits: str | None,
    macros: str | None = None,
    margin: bool = False,
    style: str | None = None,
) -> Pages:
    """The layout asked for. UsageError where it cannot be."""
    from ptheory.algebra.refusal import Refusal
    from ptheory.session.output_options import pages_of

    try:
        return pages_of(formats, width, columns, digits, macros, margin, style)
    except Refusal as refused:
        raise click.UsageError("; ".join(filter(None, (refused.message, refused.help)))) from refused


@cli.command(short_help="A verdict on every claim.")
@click.argument("files", metavar="FILE...", type=FILE, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="print JSON on stdout")
@click.option("--all", "every_equation", is_flag=True, help="list the equations without a mark too, read or not")
@click.option("-o", "directory", type=FOLDER, help="folder for what is written")
@click.option(
    "--to",
    "formats",
    default="text",
    show_default=True,
    metavar="FORMATS",
    help="comma-separated: text, tex (an annotated copy of a paper), html, json",
)
def check(files: tuple[Path, ...], as_json: bool, every_equation: bool, directory: Path | None, formats: str) -> int:
    r"""Give a verdict on every claim: proved, refuted, checked, undecided or unreadable.

    FILE is a derivation file, or a paper (.tex, .md, .ipynb) whose equations are marked by comments:
    `% ptheory: include mlp` at the top, `% ptheory: claim NAME for MLP` before an equation.

    \b
    ptheory check paper.tex                        verdicts on stdout
    ptheory check paper.tex --all                  and how the other equations are read
    ptheory check paper.tex -o out --to tex,html   a copy with the verdicts in it, and a report
    """
    from ptheory.language.paper import is_paper
    from ptheory.session.commands import check_command
    from ptheory.session.paper_outputs import FORMATS, contradiction

    chosen = _formats(formats, FORMATS)
    if as_json and chosen != ["text"]:
        raise click.UsageError("--json prints JSON alone; write --to with json among its formats, or --json")
    chosen = ["json"] if as_json else chosen
    contradicts = contradiction(files, directory, chosen)
    if contradicts is not None:
        raise click.UsageError(contradicts)
    if every_equation and not any(is_paper(path) for path in files):
        raise click.UsageError("--all lists the equations of papers (.tex, .md, .ipynb) that have no mark")
    return check_command(files, chosen, directory, every_equation)


def _formats(written: str, known: tuple[str, ...]) -> list[str]:
    """The formats of --to. BadParameter at one that is none."""
    from ptheory.language.errors import did_you_mean

    chosen = [name.strip() for name in written.split(",") if name.strip()]
    for name in chosen:
        if name not in known:
            hint = did_you_mean(name, known) or f"choose from {', '.join(known)}"
            raise click.BadParameter(f"unknown format {name!r}; {hint}", param_hint="--to")
    return chosen


@cli.command(short_help="Rewrite derivation files in canonical layout.")
@click.argument("files", metavar="FILE...", type=FILE, nargs=-1, required=True)
@click.option("--check", "check_only", is_flag=True, help="write nothing; exit 1 if a file would change")
def fmt(files: tuple[Path, ...], check_only: bool) -> int:
    """Rewrite derivation files in canonical layout; - reads standard input and writes to stdout.

    \b
    ptheory fmt paper.deriv              in place
    ptheory fmt --check derivations/*.deriv   exit code 1 where a file would change
    ptheory fmt - < paper.deriv          to stdout
    """
    from ptheory.session.commands import fmt_command

    return fmt_command(files, check_only)


def _with_pages(command: Callable[..., int]) -> Callable[..., int]:
    """The options that say where the pages of a command about one activation go; the command has them as ``to``."""

    @click.option("--json", "as_json", is_flag=True, help="print JSON on stdout")
    @click.option("-o", "directory", type=FOLDER, help="folder for what is written")
    @click.option(
        "--to",
        "formats",
        default="text",
        show_default=True,
        metavar="FORMATS",
        help="comma-separated: text, latex, html, csv, json",
    )
    @click.option("--width", type=int, metavar="N", help="characters in a line of text (default: the terminal's)")
    @click.option("--columns", metavar="WIDTH", help="what LaTeX is broken for: page (default), revtex, neurips, 246pt")
    @click.option("--digits", metavar="N", help="significant digits of decimals on a page (default: 6), or all")
    @wraps(command)
    def with_pages(
        activation: str,
        as_json: bool,
        directory: Path | None,
        formats: str,
        width: int | None,
        columns: str | None,
        digits: str | None,
        **others: object,
    ) -> int:
        from ptheory.session.activation_pages import FORMATS, ActivationPages

        chosen = _of_one_activation(activation, as_json, formats, FORMATS, directory)
        to = ActivationPages(chosen, directory, _pages(chosen, width, columns, digits))
        return command(activation=activation, to=to, **others)

    return with_pages


@cli.command(short_help="Critical points, class and exponents of an activation.")
@click.argument("activation")
@click.option("--tower", is_flag=True, help="exponents of Theta, D, F, A, B, P, Q, R, S, T, U too")
@_with_pages
def classify(
    activation: str,
    tower: bool,
    to: ActivationPages,
) -> int:
    """Critical points, universality class and exponents of ACTIVATION: a name or a formula in z.

    \b
    ptheory classify tanh
    ptheory classify softsign --tower
    ptheory classify 'z*erf(z) + z/2'
    ptheory classify gelu --to latex,csv -o out    gelu.tex, a fragment to \\input, and its tables
    ptheory classify gelu --digits all             every digit that is known
    """
    from ptheory.session.classify_command import classify_command

    return classify_command(activation, tower, to)


@cli.command(short_help="Weight variances of an activation: K kept, edge of chaos, critical.")
@click.argument("activation")
@click.option("--bias", default="0", show_default=True, metavar="VARIANCE", help="variance of the biases, C_b")
@click.option("--kernel", default="1", show_default=True, metavar="KERNEL", help="the kernel to keep, K")
@click.option("--architecture", type=FILE, metavar="FILE", help="a derivation file whose layers are meant, not an MLP")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="another hyperparameter (may be repeated)")
@_with_pages
def gain(
    activation: str,
    bias: str,
    kernel: str,
    architecture: Path | None,
    settings: tuple[str, ...],
    to: ActivationPages,
) -> int:
    """The variance of the weights for ACTIVATION, a name or a formula in z, under every constraint in use.

    The kernel is kept; it is kept about the mean; inputs neither merge nor separate; both susceptibilities are one.
    Beside each: the gain, both susceptibilities, and which phase that is.

    \b
    ptheory gain mish                              no biases, K = 1
    ptheory gain gelu --bias 1/20 --kernel 2
    ptheory gain tanh --architecture paper.deriv --set xi=1/2
    ptheory gain silu --to latex,csv -o out
    """
    from ptheory.session.gain_command import gain_command

    return gain_command(activation, bias, kernel, architecture, settings, to)


@cli.command(short_help="Phases of an activation: ordered, chaotic, edge, collapse, explosion.")
@click.argument("activation")
@click.option("--bias", metavar="VARIANCE", help="variance of the biases, C_b")
@click.option("--weight", metavar="VARIANCE", help="variance of the weights, C_W")
@click.option("--depth", type=click.IntRange(1), metavar="L", help="with --widths: networks of so many layers too")
@click.option("--widths", callback=_widths, metavar="N,N", help="with --depth: and of these widths")
@click.option("--architecture", type=FILE, metavar="FILE", help="a derivation file whose layers are meant, not an MLP")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="another hyperparameter (may be repeated)")
@_with_pages
def phase(
    activation: str,
    bias: str | None,
    weight: str | None,
    depth: int | None,
    widths: tuple[int, ...] | None,
    architecture: Path | None,
    settings: tuple[str, ...],
    to: ActivationPages,
) -> int:
    """What kernels and nearby inputs do at large depth, for ACTIVATION, a name or a formula in z.

    With both variances the phase there, with one the phases along the other, with none the plane of both: the edge of
    chaos, its ends, a point in every phase. The figure is `ptheory plot phase`.

    \b
    ptheory phase tanh --bias 1/20 --weight 2      K*, c*, correlation lengths, growth of curves
    ptheory phase tanh --bias 1/20                 where along C_W the phase changes
    ptheory phase erf                              the edge of chaos as a table
    ptheory phase erf --depth 40 --widths 100,200  and where it is in networks of these shapes
    """
    from ptheory.session.phase_task import phase_command

    if (depth is None) != (widths is None):
        raise click.UsageError("networks have a depth and widths: give both --depth and --widths")
    shape = None if depth is None or widths is None else (depth, widths)
    return phase_command(activation, bias, weight, architecture, settings, shape, to)


def _of_one_activation(
    activation: str, as_json: bool, formats: str, known: tuple[str, ...], directory: Path | None
) -> list[str]:
    """The formats that are asked for. UsageError where they contradict each other."""
    from ptheory.session.output_options import contradiction

    chosen = _formats(formats, known)
    if as_json and chosen != ["text"]:
        raise click.UsageError("--json prints JSON alone; write --to with json among its formats, or --json")
    chosen = ["json"] if as_json else chosen
    contradicts = contradiction([Path(activation)], directory, chosen, ())
    if contradicts is not None:
        raise click.UsageError(contradicts)
    return chosen


@cli.command(short_help="A figure: flow, map, phase, angle, vertex, exponents, atlas.")
@click.argument("kind")
@click.argument("given", metavar="FILE|ACTIVATION...", nargs=-1, required=True)
@click.option("-o", "files", type=click.Path(path_type=Path), multiple=True, help="what to write: .pdf, .svg or .pgf")
@click.option("-s", "--setting", "settings", multiple=True, help="a line of the figure's block (may be repeated)")
@click.option("--name", help="which figure of FILE, where it has several of this kind")
@click.option("--json", "as_json", is_flag=True, help="print the numbers as JSON on stdout")
def plot(
    kind: str,
    given: tuple[str, ...],
    files: tuple[Path, ...],
    settings: tuple[str, ...],
    name: str | None,
    as_json: bool,
) -> int:
    """A figure of an activation in the fully connected network, or one that FILE asks for; without -o a sketch of it.

    \b
    ptheory plot phase tanh -o edge.pdf
    ptheory plot angle erf -s 'set C_b = 1/10, C_W = 2' -s 'depth 50' -o angle.svg
    ptheory plot vertex tanh -s 'check by simulation widths 32 64 depth 8' -o vertex.pgf
    ptheory plot atlas relu tanh gelu 'z*tanh(z)' -o atlas.pdf
    ptheory plot flow paper.deriv -o flow.pdf
    """
    from ptheory.language.errors import did_you_mean
    from ptheory.language.keywords import FIGURES
    from ptheory.session.plotted_figure import UnknownFormat, figure_format

    if kind not in FIGURES:
        hint = did_you_mean(kind, FIGURES) or f"there are {', '.join(FIGURES)}"
        raise click.BadParameter(f"there is no figure {kind!r}; {hint}", param_hint="KIND")
    try:
        formats = [figure_format(path) for path in files]
    except UnknownFormat as error:
        raise click.BadParameter(f"{error.message}; {error.help}", param_hint="-o") from error
    if len({path.absolute() for path in files}) < len(formats):
        raise click.UsageError("a file stands twice behind -o; keep one of the two")
    from ptheory.session.plot_command import plot_command

    return plot_command(kind, given, settings, name, files, as_json)


@cli.command(short_help="Numbers layer by layer from the derived recursions.")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="print JSON on stdout")
def flow(file: Path, as_json: bool) -> int:
    """Numbers layer by layer from the derived recursions of the flow statements in FILE, with all their digits.

    \b
    ptheory flow derivations/10-mlp.deriv          a block of lines for each layer
    ptheory flow derivations/10-mlp.deriv --json   the same as data
    """
    from ptheory.session.commands import flow_command

    return flow_command(file, as_json)
