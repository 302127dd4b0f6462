"""The canonical layout of a derivation file: parse(format_file(file)) == file, comments and blank lines kept.

Statements are laid out in the order they stand. Neighbouring definitions are aligned, and so are the declarations of an
architecture; a short `with` block stands on one line; a long formula is broken before its signs.
"""

from __future__ import annotations

from dataclasses import replace

from ptheory.language import statements as st
from ptheory.language.expression_printer import format_expression
from ptheory.language.expressions import Add, Divide, Indexed, Multiply, Name, Span
from ptheory.language.layout import INDENT, WIDTH, Layout, Line, broken, stood_apart, woven

__all__ = ["format_expression", "format_file", "format_statement"]

_SHORT_BLOCK = 68  # columns a `with` block may take to stand on one line
_SCOPE_GAP = "   "
_ALIGNED = (st.DefineStatement, st.ObservableStatement)


def format_file(file: st.File) -> str:
    """The whole file in canonical layout, ending in a newline."""
    source = file.source.text
    version_end = _version_end(source) if source else -1
    lines = [Line(f"ptheory {file.version}", 0 if source else -1, version_end)]
    for group in _groups(file, source):
        columns = _columns(group)
        for statement in group:
            first = len(lines)
            lines += _statement_lines(statement, columns, _has_comments(file, statement.span))
            lines[first].blank_before = stood_apart(source, statement.span)
    return "\n".join(woven(lines, file)) + "\n"


def format_statement(statement: st.Statement) -> str:
    """One statement in canonical layout, without comments."""
    return "\n".join(line.text for line in _statement_lines(statement, _columns([statement]), False))


def _version_end(source: str) -> int:
    """The offset just after the version number."""
    position = source.find("ptheory") + len("ptheory")
    while position < len(source) and not source[position].isdigit():
        position += 1
    while position < len(source) and source[position].isdigit():
        position += 1
    return position


def _has_comments(file: st.File, span: Span) -> bool:
    return any(span.start < comment.start < span.end for comment in file.comments)


# ---- alignment ------------------------------------------------------------------------------------------------


def _groups(file: st.File, source: str) -> list[list[st.Statement]]:
    """Neighbouring definitions (or observables) with no blank line between them; every other statement alone."""
    groups: list[list[st.Statement]] = []
    for statement in file.statements:
        joins = groups and isinstance(statement, _ALIGNED) and type(groups[-1][-1]) is type(statement)
        if joins and not stood_apart(source, statement.span):
            groups[-1].append(statement)
        else:
            groups.append([statement])
    return groups


def _columns(group: list[st.Statement]) -> list[int]:
    """The widths of what stands left of the last part of each statement of a group, part by part."""
    rows = [_parts(statement)[:-1] for statement in group]
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _parts(statement: st.Statement) -> list[str]:
    """What is aligned in a definition or an observable, left to right."""
    match statement:
        case st.DefineStatement():
            return [f"define {_names(statement.names)}", f"by {_correlator(statement)}", f"= {_tensors(statement)}"]
        case st.ObservableStatement():
            slots = ",".join(map(str, statement.slots))
            return [f"observable {statement.name}[{slots}]", f"= {format_expression(statement.right)}"]
    return [""]


# ---- statements -----------------------------------------------------------------------------------------------


def _statement_lines(statement: st.Statement, columns: list[int], commented: bool) -> list[Line]:
    """``columns``: what a group of statements is aligned to; ``commented``: whether comments stand inside."""
    layout = Layout()
    match statement:
        case st.ArchitectureStatement():
            _block(layout, f"architecture {statement.name}", statement, _items(statement))
        case st.WithStatement() | st.FlowStatement() | st.AtlasStatement():
            _task(layout, "", statement, commented)
        case st.PlotStatement():
            _plot(layout, statement, commented)
        case st.NotationStatement():
            entries = [(_notation_entry(entry), entry.span) for entry in statement.entries]
            _block(layout, "notation", statement, entries)
        case st.ClaimStatement():
            layout.add(f'claim "{statement.label}":', statement.span)
            layout.add(_claim(statement), statement.left.span)
        case st.LatexClaimStatement():
            scope = _scope(statement.scope)
            layout.add(f'claim latex "{statement.label}": {statement.body}{scope}', statement.span)
        case st.DefineStatement() | st.ObservableStatement():
            *left, right = _parts(statement)
            padded = [part.ljust(width) for part, width in zip(left, columns, strict=True)]
            layout.add(broken(" ".join([*padded, right]), 2 * INDENT), statement.span)
        case _:
            layout.add(broken(_plain_statement(statement), INDENT), statement.span)
    return layout.lines


def _plot(layout: Layout, plot: st.PlotStatement, commented: bool) -> None:
    """A figure: which, what it is called, and the statement it reads like."""
    called = f' "{plot.label}"' if plot.label else ""
    if isinstance(plot.of, st.WithStatement):
        _task(layout, f"plot {plot.kind.name}{called} ", replace(plot.of, span=plot.span), commented)
    else:
        _task(layout, "plot ", replace(plot.of, span=plot.span), commented, called)


def _task(
    layout: Layout,
    before: str,
    statement: st.WithStatement | st.FlowStatement | st.AtlasStatement,
    commented: bool,
    called: str = "",
) -> None:
    """with, flow and atlas, the words of a plot ``before`` them; ``called``: the label of a plot behind the keyword."""
    match statement:
        case st.WithStatement():
            head = f"{before}with {_bindings(statement.bindings)}{_target_of(statement.architecture)}"
            settings = [(_setting(s), s.span) for s in statement.settings]
            one_line = f"{head} {{ {'  '.join(text for text, _ in settings)} }}"
            if before and not settings and not commented:
                layout.add(head, statement.span)
            elif settings and not commented and len(one_line) <= _SHORT_BLOCK:
                layout.add(one_line, statement.span)
            else:
                _block(layout, head, statement, settings)
        case st.FlowStatement():
            bound = f" with {_bindings(statement.bindings)}" if statement.bindings else ""
            head = f"{before}flow{called} {statement.architecture.name}{bound}"
            _block(layout, head, statement, [(_setting(s), s.span) for s in statement.settings])
        case st.AtlasStatement():
            head = f"{before}atlas{called} {statement.generic.name}{_target_of(statement.architecture)}"
            if statement.classes:
                head += " where class = " + ", ".join(f'"{one.label}"' for one in statement.classes)
            if statement.ranked_by is not None:
                head += f" ranked by {statement.ranked_by.name}"
            _block(layout, head, statement, _entries(statement))


def _target_of(architecture: Name | None) -> str:
    return "" if architecture is None else f" for {architecture.name}"


def _block(layout: Layout, head: str, statement: st.Statement, inner: list[tuple[str, Span]]) -> None:
    span = statement.span
    layout.add(head + " {", span, block_edge=True)
    for text, place in inner:
        layout.add(broken(INDENT + text, 3 * INDENT), place)
    end = Span(max(span.end - 1, 0), span.end, span.line, span.column, span.source)
    layout.add("}", end, block_edge=True)


def _entries(statement: st.AtlasStatement) -> list[tuple[str, Span]]:
    """The activations of an atlas, rows as full as they get."""
    rows: list[tuple[str, Span]] = []
    for number, entry in enumerate(statement.entries):
        text = format_expression(entry) + ("," if number < len(statement.entries) - 1 else "")
        if rows and len(INDENT) + len(rows[-1][0]) + 1 + len(text) <= WIDTH:
            before, place = rows[-1]
            joined = Span(place.start, entry.span.end, place.line, place.column, place.source)
            rows[-1] = (f"{before} {text}", joined)
        else:
            rows.append((text, entry.span))
    return rows


def _items(statement: st.ArchitectureStatement) -> list[tuple[str, Span]]:
    """The declarations of an architecture: targets, laws and rates below each other."""
    targets = [_target(item) for item in statement.items]
    width = max(map(len, targets), default=0)
    laws = [_law(item) for item in statement.items]
    rated = [len(law) for law, item in zip(laws, statement.items, strict=True) if _rate(item)]
    texts = []
    for item, target, law in zip(statement.items, targets, laws, strict=True):
        rate = _rate(item)
        texts.append(f"{item.kind:<7} {target.ljust(width)} {law.ljust(max(rated)) + rate if rate else law}")
    return [(text, item.span) for text, item in zip(texts, statement.items, strict=True)]


def _target(item: st.ParameterDeclaration | st.EquationDeclaration) -> str:
    if isinstance(item, st.EquationDeclaration):
        return format_expression(item.target)
    return f"{item.name}[{','.join(index.name for index in item.indices)}]"


def _law(item: st.ParameterDeclaration | st.EquationDeclaration) -> str:
    if isinstance(item, st.EquationDeclaration):
        return f"= {format_expression(item.right)}"
    return f"~ {item.law.name}({format_expression(item.mean)}, {format_expression(item.variance)})"


def _rate(item: st.ParameterDeclaration | st.EquationDeclaration) -> str:
    if isinstance(item, st.EquationDeclaration) or item.rate is None:
        return ""
    return f"   rate {format_expression(item.rate)}"


def _claim(statement: st.ClaimStatement) -> str:
    """The equation and its scope, which goes on a row of its own where the last row has no room for it."""
    sign = statement.order_relation or ("~" if statement.asymptotic else "=")
    equation = f" {sign} ".join(map(format_expression, statement.sides))
    equation = INDENT + (f"({equation})" if statement.order_relation else equation)
    equation += "" if statement.digits is None else f" to {statement.digits} digits"
    rows = broken(equation, 2 * INDENT)
    scope = _scope(statement.scope)
    if not scope or len(rows.rpartition("\n")[2]) + len(scope) <= WIDTH:
        return rows + scope
    return f"{rows}\n{INDENT}{scope.strip()}"


def _plain_statement(statement: st.Statement) -> str:
    match statement:
        case st.ActivationStatement():
            return f"activation {statement.name}({statement.variable}) = {format_expression(statement.formula)}"
        case st.LetStatement():
            return f"let {statement.name} = {format_expression(statement.right)}"
        case st.IncludeStatement():
            return f'include "{statement.name}"' if statement.is_path else f"include {statement.name}"
        case st.DeriveStatement():
            order = "" if statement.order is None else f" to order {statement.order.order}"
            target = f" for {_names(statement.architectures)}" if statement.architectures else ""
            inputs = "" if statement.inputs is None else f" {_inputs(statement.inputs)}"
            return f"derive {_names(statement.names)}{order}{target}{inputs}"
    return _setting(statement)


def _correlator(statement: st.DefineStatement) -> str:
    left = statement.left.factors if isinstance(statement.left, Multiply) else (statement.left,)
    plain = all(isinstance(factor, (Name, Indexed)) for factor in left)
    factors = " ".join(map(format_expression, left)) if plain else format_expression(statement.left)
    return f"E[{factors}]{'_c' if statement.connected else ''}"


def _tensors(statement: st.DefineStatement) -> str:
    """The right-hand side; the power of n stands apart, as in (d12 d34 V[1,2,3,4] + ...) / n."""
    right = statement.right
    if isinstance(right, Divide) and isinstance(right.numerator, Add):
        bottom = format_expression(Divide(Name("n"), right.denominator)).removeprefix("n/")
        return f"({format_expression(right.numerator, side_by_side=True)}) / {bottom}"
    return format_expression(right, side_by_side=True)


def _notation_entry(entry: st.NotationEntry | st.StyleNotation) -> str:
    match entry:
        case st.StyleNotation(style):
            return f"{entry.name} = {style}"
        case st.NotationEntry(name, latex):
            return f'{name} = "{latex}"' if name else f'"{latex}"'


def _setting(setting: st.Statement) -> str:
    match setting:
        case st.Inputs():
            return _inputs(setting)
        case st.SetValues():
            return "set " + ", ".join(_assignment(assignment) for assignment in setting.assignments)
        case st.Critical():
            return "critical"
        case st.PhaseSetting(options):
            return f"phase{_options(options)}"
        case st.Exponents():
            return f"exponents {_names(setting.names)}"
        case st.Solve(names, None):
            return f"solve {_names(names)} in l"
        case st.Solve(names, ratio) if ratio is not None:
            return f"solve {_names(names)} at l/n = {format_expression(ratio)}"
        case st.Show():
            return f"show {_names(setting.names)}"
        case st.CheckBy(method, options):
            return f"check by {method}{_options(options)}"
        case st.AlmostEverywhere():
            return "derivatives almost everywhere"
        case st.Range():
            axes = (f"{i.name} = {format_expression(i.low)} to {format_expression(i.high)}" for i in setting.intervals)
            return "range " + ", ".join(axes)
    return _how_far(setting)


def _options(options: tuple[tuple[str, tuple[int, ...]], ...]) -> str:
    """Each with its numbers: widths 64 128 depth 6."""
    return "".join(f" {name} {' '.join(map(str, values))}" for name, values in options)


def _how_far(setting: st.Statement) -> str:
    """A setting made of numbers: depth, digits, layers, widths, order."""
    match setting:
        case st.Depth():
            return f"depth {setting.layers}"
        case st.Angle():
            starts = f" from {', '.join(map(format_expression, setting.starts))}" if setting.starts else ""
            return f"angle{starts}" + ("" if setting.depth is None else f" depth {setting.depth}")
        case st.Digits():
            return f"digits {setting.count}"
        case st.Layers():
            return "layers " + " ".join(map(str, setting.numbers))
        case st.Widths():
            return "widths " + ", ".join(format_expression(value) for value in setting.values)
        case st.Correlations():
            return "correlations " + ", ".join(map(format_expression, setting.values))
        case st.ConsequencesSetting(options):
            return f"consequences{_options(options)}"
        case st.OrderSetting():
            return f"order {setting.order}"
    raise TypeError(f"no layout for {type(setting).__name__}")


def _inputs(inputs: st.Inputs) -> str:
    if inputs.vectors:
        vectors = (", ".join(format_expression(component) for component in vector) for vector in inputs.vectors)
        return "inputs " + " ".join(f"[{vector}]" for vector in vectors)
    if inputs.near:
        return f"inputs {inputs.nearness}"
    if inputs.names:
        return "inputs " + " ".join(inputs.names)
    return "inputs one" if inputs.count == 1 else f"inputs {inputs.count}"


def _assignment(assignment: st.Assignment) -> str:
    layer = "" if assignment.layer is None else f"[{assignment.layer}]"
    return f"{assignment.name}{layer} = {format_expression(assignment.value)}"


def _scope(scope: st.Scope) -> str:
    parts = [scope.architecture.name] if scope.architecture is not None else []
    if scope.inputs is not None:
        parts.append(_inputs(scope.inputs))
    if scope.bindings:
        parts.append("with " + _bindings(scope.bindings))
    parts += [f"{parity.name} {'odd' if parity.sign < 0 else 'even'}" for parity in scope.parities]
    parts += [f"at {_bindings((value,))}" for value in scope.values]
    parts += [item.regime.value for item in scope.regimes]
    return f"{_SCOPE_GAP}for {', '.join(parts)}" if parts else ""


def _bindings(bindings: tuple[st.Binding, ...]) -> str:
    return ", ".join(f"{binding.name} = {format_expression(binding.value)}" for binding in bindings)


def _names(names: tuple[Name, ...]) -> str:
    return ", ".join(name.name for name in names)
