"""What ``check`` writes: an annotated copy of a paper, an HTML report, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ptheory import __version__
from ptheory.language.paper import TEX
from ptheory.rendering.files import WriteFailed, write_atomically
from ptheory.session.defects import DEFECT, Defect, defects_kept
from ptheory.session.outputs import BAD_OUTPUT, GOOD
from ptheory.session.page_widths import NotMade
from ptheory.session.paper_check import Checked
from ptheory.session.streams import complain

FORMATS = ("text", "tex", "html", "json")


def contradiction(files: Sequence[Path], directory: Path | None, formats: Sequence[str]) -> str | None:
    """What of the options cannot be obeyed, and what to write; None where all of it can."""
    again = next((name for place, name in enumerate(formats) if name in formats[:place]), None)
    if again is not None:
        return f"the format {again} stands twice; keep one of the two"
    written = [name for name in formats if name != "text"]
    if not formats:
        return "--to names no format; leave it out for text"
    if directory is not None and not written:
        return "-o is a folder for what is written, and text goes to the terminal; add --to tex, html, json"
    if directory is None and written and list(formats) != ["json"]:
        return f"{' and '.join(written)} are files; add -o DIR"
    if directory is None or not written:
        return None
    stems = [path.stem for path in files]
    clash = next((path for place, path in enumerate(files) if path.stem in stems[:place]), None)
    if clash is not None:
        other = files[stems.index(clash.stem)]
        return f"{other} and {clash} would be written under one name; run them one by one, with a folder for each"
    return _against_a_copy(files, directory) if "tex" in formats else None


def _against_a_copy(files: Sequence[Path], directory: Path) -> str | None:
    for path in files:
        if path.suffix.lower() not in TEX:
            return f"{path} is no .tex file, and --to tex makes a copy of one; write --to html or json"
        if directory.resolve() == path.resolve().parent:
            return f"-o {directory} is the folder of {path}, which is never written over; name another one"
    return None


def write(checked: Checked, directory: Path, formats: Sequence[str]) -> int:
    """The files asked for; 2 where one could not be made or written, which stops no other."""
    code, defects = GOOD, list[Defect]()
    for chosen in formats:
        with defects_kept(defects, f"{checked.name}: {chosen}"):
            try:
                for message in WRITERS[chosen](checked, directory):
                    complain(message)
            except (WriteFailed, NotMade) as reason:
                complain(str(reason))
                code = BAD_OUTPUT
    for defect in defects:
        complain(defect.render())
    return DEFECT if defects else code


def _nothing(_: Checked, __: Path) -> Iterator[str]:
    """Text goes to the terminal."""
    yield from ()


def _tex(checked: Checked, directory: Path) -> Iterator[str]:
    from ptheory.rendering.annotated_tex import Note, annotated

    assert checked.paper is not None
    pages = checked.paper.pages
    own = {page.path.resolve() for page in pages}
    targets = [directory / page.name for page in pages]
    in_the_way = next((target for target in targets if target.resolve() in own), None)
    if in_the_way is not None:
        raise NotMade(f"{in_the_way} is a file of the paper, which is never written over", "name another folder")
    judged = list(checked.judged())
    for number, (page, target) in enumerate(zip(pages, targets, strict=True)):
        notes = [
            Note(one.claim.display, one.verdict) for one in judged if one.page is page and one.claim.display is not None
        ]
        write_atomically(target, annotated(page.data, page.text, notes, number == 0))
    yield f"wrote {targets[0]}" + (f" and {len(targets) - 1} of its files" if len(targets) > 1 else "")


def _html(checked: Checked, directory: Path) -> Iterator[str]:
    from ptheory.rendering.paper_html import paper_html

    target = directory / f"{Path(checked.name).stem}.html"
    write_atomically(target, paper_html(checked.name, list(checked.parts()), __version__))
    yield f"wrote {target}"


def _json(checked: Checked, directory: Path) -> Iterator[str]:
    target = directory / f"{Path(checked.name).stem}.json"
    document = {"files": [checked.as_json()], "exit_code": checked.result.exit_code}
    write_atomically(target, json.dumps(document, indent=1))
    yield f"wrote {target}"


WRITERS: dict[str, Callable[[Checked, Path], Iterator[str]]] = {
    "text": _nothing,
    "tex": _tex,
    "html": _html,
    "json": _json,
}
