"""Entry point of the ``ptheory`` command: signals first, then the commands, then the exit code.

0 all proved or checked, 1 something refuted, 2 bad input or an output that cannot be made, 3 something undecided,
4 a defect of ptheory, 128 + N ended by signal N (130 by Ctrl-C; 141 where nobody reads the results any more).
"""

from __future__ import annotations

import atexit
import gc
import signal
import sys

from ptheory.session.interrupts import interrupted_by, recorded_interrupts
from ptheory.session.room import with_room

BAD_INPUT = 2
ALLOCATIONS_BETWEEN_COLLECTIONS = 500_000  # of cycles, which SymPy's trees and ours have few of: a tenth of the time
ENDED_BY_SIGNAL = 128
CLOSED_PIPE = ENDED_BY_SIGNAL + 13


def main() -> None:
    """Run the command line of this process and end with its exit code, whatever happens on the way."""
    gc.set_threshold(max(gc.get_threshold()[0], ALLOCATIONS_BETWEEN_COLLECTIONS))
    with recorded_interrupts():
        try:
            code = with_room(outcome, sys.argv[1:])
        except (KeyboardInterrupt, Exception):  # also what compiled code made of the interrupt
            ended_by = interrupted_by()
            if ended_by is None:
                raise
            from ptheory.session.streams import complain

            complain("interrupted; files already written are whole")
            code = ENDED_BY_SIGNAL + ended_by
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # too late to interrupt anything
    atexit.register(gc.freeze)  # all memory is given back then: looking for cycles in it takes a tenth of a second
    sys.exit(code)


def outcome(words: list[str]) -> int:
    """The exit code of a command line, once everything it shows is shown."""
    from ptheory.session.defects import DEFECT, Defect, defects_kept
    from ptheory.session.streams import complain, make_usable

    make_usable()
    code = DEFECT
    defects: list[Defect] = []
    with defects_kept(defects, " ".join(["ptheory", *words])):
        code = _shown(words)
    for defect in defects:
        complain(defect.render())
    return code


def _shown(words: list[str]) -> int:
    """What the command returns; failures of its streams end it with a line on stderr, a pipe closed early with none."""
    from ptheory.language.errors import LanguageError
    from ptheory.session.streams import StdoutFailed, complain, flush, give_up

    try:
        code = _invoke(words)
        flush()
        return code
    except OSError as reason:
        if reason.filename is not None:
            complain(f"ptheory: {reason.filename}: {reason.strerror}")
            return BAD_INPUT
        failure = reason if isinstance(reason, StdoutFailed) else StdoutFailed(reason)
        give_up(sys.stdout)
        if failure.closed:
            return CLOSED_PIPE
        complain(str(failure))
    except LanguageError as error:
        complain(error.render())
    return BAD_INPUT


def _invoke(words: list[str]) -> int:
    import io

    import click

    from ptheory.command_line import cli
    from ptheory.session.streams import complain

    try:
        with cli.make_context("ptheory", list(words)) as context:
            return int(cli.invoke(context))
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        text = io.StringIO()
        error.show(text)
        complain(text.getvalue().removesuffix("\n"))
        return error.exit_code
