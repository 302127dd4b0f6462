"""The ``ptheory`` command. Exit codes: 0 all proved or checked, 1 something refuted, 2 bad input, 3 undecided."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ptheory import __version__

BAD_INPUT = 2


@click.group(context_settings={"help_option_names": ["-h", "--help", "-?"]})
@click.version_option(__version__, prog_name="ptheory")
def cli() -> None:
    """Derive, specialise, check and typeset the finite-width recursions of neural networks.

    Start with:  ptheory run derivations/00-first-look.deriv
    """


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="print JSON on stdout")
def flow(file: Path, as_json: bool) -> None:
    """Numbers layer by layer from the derived recursions of the flow statements in FILE."""
    from ptheory.session.commands import flow_command

    sys.exit(flow_command(file, as_json))


def main() -> None:
    """Entry point; an interrupt ends quietly with the shell's code for it."""
    try:
        cli()
    except KeyboardInterrupt:
        click.echo("interrupted; files already written are whole", err=True)
        sys.exit(130)
