"""Options of ``run`` that contradict each other or ask for nothing: errors before anything is run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

ON_STDOUT = ("text", "latex", "json")  # what single results are printed in
SHOWN = ("text",)  # on the terminal; every other format is a file, but for a single JSON document


def contradiction(
    files: Sequence[Path],
    directory: Path | None,
    formats: Sequence[str],
    explain: Sequence[str],
    only: Sequence[str] = (),
) -> str | None:
    """What cannot be obeyed, and what to write; None where all of it can."""
    if not formats:
        return "--to names no format; leave it out for text"
    for what, given in (("format", formats), ("name to explain", explain), ("result", only)):
        again = next((item for place, item in enumerate(given) if item in given[:place]), None)
        if again is not None:
            return f"the {what} {again} stands twice; keep one of the two"
    if only and directory is not None:
        return "--only prints results on stdout, and -o is a folder; without --only every result has a file there"
    if only and (len(formats) > 1 or formats[0] not in ON_STDOUT):
        return f"--only prints results in one format, {', '.join(ON_STDOUT[:-1])} or {ON_STDOUT[-1]}"
    if only and explain:
        return "--only prints results, and --explain the steps to one; ask for one of the two"
    written = [name for name in formats if name not in SHOWN]
    if directory is not None and not written:
        return "-o is a folder for what is written, and text goes to the terminal; add --to latex, html, json, ..."
    if not written or len(files) == 1:
        return None
    if written == list(formats) == ["json"] and directory is None:
        return "several files are several JSON documents; add -o DIR, or run them one by one"
    stems = [path.stem for path in files]
    clash = next((path for place, path in enumerate(files) if path.stem in stems[:place]), None)
    if clash is not None:
        other = files[stems.index(clash.stem)]
        return f"{other} and {clash} would be written under one name; run them one by one, with a folder for each"
    return None
