"""The canonical layout of a derivation file: parse(format_file(file)) == file, comments and blank lines kept.

Statements are laid out in the order they stand; comments are woven back in by their place in the source: one that
ends a line stays at the end of that line, one on its own line stays above the statement it stood above.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from ptheory.language import statements as st
from ptheory.language.expression_printer import format_expression
from ptheory.language.expressions import Indexed, Multiply, Name, Span

__all__ = ["format_expression", "format_file", "format_statement"]

_INDENT = "    "
_COMMENT_GAP = "  "


@dataclass
class _Line:
    """``begins``/``ends``: offsets in the source of what stands on this line, -1 for nowhere."""

    text: str
    begins: int = -1
    ends: int = -1
    block_edge: bool = False
    blank_before: bool = False
    comment: str = ""


@dataclass
class _Layout:
    lines: list[_Line] = field(default_factory=list)

    def add(self, text: str, span: Span | None = None, block_edge: bool = False) -> None:
        if span is None or span.source is None:
            self.lines.append(_Line(text, block_edge=block_edge))
        else:
            self.lines.append(_Line(text, span.start, span.end, block_edge))


def format_file(file: st.File) -> str:
    """The whole file in canonical layout, ending in a newline."""
    layout = _Layout()
    source = file.source.text
    version_end = _version_end(source) if source else -1
    layout.lines.append(_Line(f"ptheory {file.version}", 0 if source else -1, version_end))
    for statement in file.statements:
        first = len(layout.lines)
        layout.lines += _statement_lines(statement)
        layout.lines[first].blank_before = _stood_apart(source, statement.span)
    _separate_blocks(layout.lines)
    return "\n".join(_woven(layout.lines, file)) + "\n"


def format_statement(statement: st.Statement) -> str:
    """One statement in canonical layout, without comments."""
    return "\n".join(line.text for line in _statement_lines(statement))


# ---- comments and blank lines ---------------------------------------------------------------------------------


def _version_end(source: str) -> int:
    """The offset just after the version number."""
    position = source.find("ptheory") + len("ptheory")
    while position < len(source) and not source[position].isdigit():
        position += 1
    while position < len(source) and source[position].isdigit():
        position += 1
    return position


def _stood_apart(source: str, span: Span) -> bool:
    """Whether the statement, with the comment lines right above it, had a blank line before it."""
    if span.source is None or not source:
        return False
    lines = source[: span.start].split("\n")[:-1]
    while lines and lines[-1].lstrip().startswith("#"):
        lines.pop()
    return bool(lines) and not lines[-1].strip()


def _separate_blocks(lines: list[_Line]) -> None:
    """A blank line around every statement of several lines."""
    for above, line in pairwise(lines):
        if (line.block_edge and line.text.endswith("{")) or (above.block_edge and above.text == "}"):
            line.blank_before = True


def _woven(lines: list[_Line], file: st.File) -> Iterator[str]:
    """The lines with the comments in their places."""
    above = _attach_comments(lines, file)
    for position, line in enumerate(lines):
        own = above.get(position, [])
        if line.blank_before or (own and own[0][1]):
            yield ""
        indent = line.text[: len(line.text) - len(line.text.lstrip())]
        if line.text == "}":
            indent = _INDENT
        for number, (text, apart) in enumerate(own):
            if apart and number:
                yield ""
            yield indent + text
        yield line.text + (_COMMENT_GAP + line.comment if line.comment else "")
    for text, apart in above.get(len(lines), []):
        if apart:
            yield ""
        yield text


def _attach_comments(lines: list[_Line], file: st.File) -> dict[int, list[tuple[str, bool]]]:
    """Comments standing alone, by the line they go above, with whether a blank line stood before them."""
    above: dict[int, list[tuple[str, bool]]] = {}
    source = file.source.text
    for comment in file.comments:
        before = [i for i, line in enumerate(lines) if line.begins >= 0 and line.begins < comment.start]
        last = before[-1] if before else None
        if not comment.own_line and last is not None and not lines[last].comment:
            lines[last].comment = comment.text
            continue
        place = _next_line(lines, last, comment.start)
        apart = source[: source.rfind("\n", 0, comment.start) + 1].endswith("\n\n")
        above.setdefault(place, []).append((comment.text, apart and place != 0 and not _opens(lines, place)))
    return above


def _next_line(lines: list[_Line], last: int | None, start: int) -> int:
    """The first line after everything that began before the comment; inside a statement, the statement's own line."""
    if last is None:
        return 0
    return last if lines[last].ends > start and not lines[last].block_edge else last + 1


def _opens(lines: list[_Line], place: int) -> bool:
    return 0 < place <= len(lines) and lines[place - 1].text.endswith("{")


# ---- statements -----------------------------------------------------------------------------------------------


def _statement_lines(statement: st.Statement) -> list[_Line]:
    layout = _Layout()
    match statement:
        case st.ArchitectureStatement():
            _block(layout, f"architecture {statement.name}", statement, [_item_line(item) for item in statement.items])
        case st.WithStatement():
            target = "" if statement.architecture is None else f" for {statement.architecture.name}"
            head = f"with {_bindings(statement.bindings)}{target}"
            _block(layout, head, statement, [(_setting(s), s.span) for s in statement.settings])
        case st.FlowStatement():
            bound = f" with {_bindings(statement.bindings)}" if statement.bindings else ""
            head = f"flow {statement.architecture.name}{bound}"
            _block(layout, head, statement, [(_setting(s), s.span) for s in statement.settings])
        case st.ClaimStatement():
            equation = f"{format_expression(statement.left)} = {format_expression(statement.right)}"
            layout.add(f'claim "{statement.label}":', statement.span)
            layout.add(f"{_INDENT}{equation}{_scope(statement.scope)}", statement.left.span)
        case _:
            layout.add(_plain_statement(statement), statement.span)
    return layout.lines


def _block(layout: _Layout, head: str, statement: st.Statement, inner: list[tuple[str, Span]]) -> None:
    span = statement.span
    layout.add(head + " {", span, block_edge=True)
    for text, place in inner:
        layout.add(_INDENT + text, place)
    end = Span(max(span.end - 1, 0), span.end, span.line, span.column, span.source)
    layout.add("}", end, block_edge=True)


def _item_line(item: st.ParameterDeclaration | st.EquationDeclaration) -> tuple[str, Span]:
    keyword = f"{item.kind:<7} "
    if isinstance(item, st.EquationDeclaration):
        return f"{keyword}{format_expression(item.target)} = {format_expression(item.right)}", item.span
    indices = ",".join(index.name for index in item.indices)
    law = f"Normal({format_expression(item.mean)}, {format_expression(item.variance)})"
    rate = "" if item.rate is None else f" rate {format_expression(item.rate)}"
    return f"{keyword}{item.name}[{indices}] ~ {law}{rate}", item.span


def _plain_statement(statement: st.Statement) -> str:
    match statement:
        case st.ActivationStatement():
            return f"activation {statement.name}({statement.variable}) = {format_expression(statement.formula)}"
        case st.ObservableStatement():
            slots = ",".join(map(str, statement.slots))
            return f"observable {statement.name}[{slots}] = {format_expression(statement.right)}"
        case st.DefineStatement():
            return _define(statement)
        case st.LetStatement():
            return f"let {statement.name} = {format_expression(statement.right)}"
        case st.IncludeStatement():
            return f'include "{statement.name}"' if statement.is_path else f"include {statement.name}"
        case st.AlmostEverywhere():
            return "derivatives almost everywhere"
        case st.DeriveStatement():
            order = "" if statement.order is None else f" to order {_order(statement.order)}"
            target = f" for {_names(statement.architectures)}" if statement.architectures else ""
            return f"derive {_names(statement.names)}{order}{target}"
        case st.LatexClaimStatement():
            return f'claim latex "{statement.label}": {statement.body}{_scope(statement.scope)}'
    return _setting(statement)


def _define(statement: st.DefineStatement) -> str:
    left = statement.left.factors if isinstance(statement.left, Multiply) else (statement.left,)
    plain = all(isinstance(factor, (Name, Indexed)) for factor in left)
    factors = " ".join(map(format_expression, left)) if plain else format_expression(statement.left)
    connected = "_c" if statement.connected else ""
    right = format_expression(statement.right, side_by_side=True)
    return f"define {_names(statement.names)} by E[{factors}]{connected} = {right}"


def _setting(setting: st.Statement) -> str:
    match setting:
        case st.Inputs():
            return _inputs(setting)
        case st.SetValues():
            return "set " + ", ".join(_assignment(assignment) for assignment in setting.assignments)
        case st.Critical():
            return "critical"
        case st.Exponents():
            return f"exponents {_names(setting.names)}"
        case st.Show():
            return f"show {_names(setting.names)}"
        case st.CheckBy():
            options = "".join(f" {name} {' '.join(map(str, values))}" for name, values in setting.options)
            return f"check by {setting.method}{options}"
        case st.Depth():
            return f"depth {setting.layers}"
        case st.Digits():
            return f"digits {setting.count}"
        case st.Layers():
            return "layers " + " ".join(map(str, setting.numbers))
        case st.Widths():
            return "widths " + ", ".join(format_expression(value) for value in setting.values)
        case st.Order():
            return f"order {_order(setting)}"
        case st.AlmostEverywhere():
            return "derivatives almost everywhere"
    raise TypeError(f"no layout for {type(setting).__name__}")


def _inputs(inputs: st.Inputs) -> str:
    if inputs.vectors:
        vectors = (", ".join(format_expression(component) for component in vector) for vector in inputs.vectors)
        return "inputs " + " ".join(f"[{vector}]" for vector in vectors)
    if inputs.names:
        return "inputs " + " ".join(inputs.names)
    return "inputs one" if inputs.count == 1 else f"inputs {inputs.count}"


def _assignment(assignment: st.Assignment) -> str:
    layer = "" if assignment.layer is None else f"[{assignment.layer}]"
    return f"{assignment.name}{layer} = {format_expression(assignment.value)}"


def _order(order: st.Order) -> str:
    if order.power is None:
        return "exact"
    return {0: "leading", 1: "1/n"}.get(order.power, f"1/n^{order.power}")


def _scope(scope: st.Scope) -> str:
    parts = [scope.architecture.name] if scope.architecture is not None else []
    if scope.inputs is not None:
        parts.append(_inputs(scope.inputs))
    if scope.bindings:
        parts.append("with " + _bindings(scope.bindings))
    return " for " + ", ".join(parts) if parts else ""


def _bindings(bindings: tuple[st.Binding, ...]) -> str:
    return ", ".join(f"{binding.name} = {format_expression(binding.value)}" for binding in bindings)


def _names(names: tuple[Name, ...]) -> str:
    return ", ".join(name.name for name in names)
