"""The figures of a run as panels: which curve stands for what, what is marked, what the caption says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ptheory.algebra.real import Real
from ptheory.criticality.atlas import PER_ASPECT, atlas_row
from ptheory.criticality.consequences import Consequences
from ptheory.language.claim_names import CHI_PERP, LAYER, WIDTH
from ptheory.rendering.figure_labels import (
    about_words,
    activation_label,
    at_layer,
    at_layer_latex,
    coefficient_label,
    joined_words,
    law_label,
    layer_axis,
    number_label,
    ratio_label,
    symbol,
)
from ptheory.rendering.figure_parts import Area, Axis, Coordinate, Curve, Label, Note, Panel, Points
from ptheory.rendering.quantities import quantity_latex
from ptheory.rendering.report import Figure, Formula, Words
from ptheory.rendering.spelling import OURS, Spelling, Symbol
from ptheory.results.atlas_result import Atlas
from ptheory.results.figures import (
    AngleFigure,
    AtlasFigure,
    ExponentsFigure,
    FlowFigure,
    MapFigure,
    PhaseFigure,
    VertexFigure,
)
from ptheory.results.figures import Figure as Drawn

if TYPE_CHECKING:
    from ptheory.criticality.phase_diagram import Named

STEEP = 1000  # a quotient of the largest and the least value from which on an axis is logarithmic
ORDERED, CHAOTIC, EDGE, EXPLOSION, COLLAPSE = "ordered", "chaotic", "edge", "explosion", "collapse"
CORRELATION = "c"  # of two inputs
NU = r"\nu"


def figure_of(drawn: Drawn, stem: str, spelling: Spelling = OURS) -> Figure:
    """The figure of a task; its file is called after the derivation file, ``stem``, and after what it shows;
    ``spelling``: of names in LaTeX."""
    makers: Mapping[type[Any], tuple[str, Callable[[Any, Spelling], tuple[tuple[Panel, ...], Words]]]] = {
        FlowFigure: ("flow", _flow),
        MapFigure: ("map", _map),
        PhaseFigure: ("phase", _phase),
        AngleFigure: ("angle", _angle),
        VertexFigure: ("vertex", _vertex),
        ExponentsFigure: ("exponents", _exponents),
        AtlasFigure: ("atlas", _atlas),
    }
    kind, make = makers[type(drawn)]
    panels, caption = make(drawn, spelling)
    digits = drawn.table.digits if isinstance(drawn, FlowFigure) else 15
    return Figure(kind, drawn.name, f"{stem}-{drawn.name}" if stem else drawn.name, panels, caption, digits)


# ---- flow -------------------------------------------------------------------------------------------------------


def _flow(figure: FlowFigure, spelling: Spelling) -> tuple[tuple[Panel, ...], Words]:
    table = figure.table
    panels = []
    for name, groups in table.equal.items():
        layers = tuple(layer for layer, tensors in table.numbers.items() if name in tensors)  # outputs begin in layer 2
        keys = [group[0] for group in groups]
        orders = max(len(table.numbers[layer][name][key]) for layer in layers for key in keys)
        for order in range(orders):
            curves = []
            for group, key in enumerate(keys):
                values = [table.numbers[layer][name][key] for layer in layers]
                known = tuple(_digits(v[order].value, table.digits) if order < len(v) else 0 for v in values)
                label = Label(f"[{key}]", f"[{key}]") if len(keys) > 1 and order == 0 else None
                curves.append(Curve(label, layers, known, group=group))
            marks = _fixed_lines(figure, name, layers, spelling) if order == 0 else ()
            heights = [float(y) for curve in curves for y in curve.y]
            axis = Axis(
                coefficient_label(name, order, figure.kernels.get(name, name), spelling), None, _is_steep(heights)
            )
            panels.append(Panel(Axis(layer_axis(spelling)), axis, (*curves, *marks)))
    several = any(len(groups) > 1 for groups in table.equal.values())
    says = ["; dashed: the kernel that attracts" if figure.fixed else ""]
    says.append("; components by their inputs, counted from 0" if several else "")
    return tuple(panels), joined_words("Flow of ", about_words(figure.about), *says, ".")


def _digits(value: Real, digits: int) -> Coordinate:
    """A number with the digits the flow has of it: those beyond are whatever the computation left there."""
    import mpmath

    return mpmath.mpf(mpmath.nstr(value, digits)) if isinstance(value, mpmath.mpf) else value


def _fixed_lines(figure: FlowFigure, name: str, layers: Sequence[int], spelling: Spelling) -> Iterator[Curve]:
    if name not in figure.kernels:
        return
    kernel = figure.kernels[name]
    for number, fixed in enumerate(figure.fixed):
        label = None if number else Label(f"{kernel}*", f"${spelling.starred(kernel)}$")
        yield Curve(label, (layers[0], layers[-1]), (fixed, fixed), "guide")


def _is_steep(heights: Sequence[float]) -> bool:
    return min(heights) > 0 and max(heights) > STEEP * min(heights)


# ---- kernel map -------------------------------------------------------------------------------------------------


def _map(figure: MapFigure, spelling: Spelling) -> tuple[tuple[Panel, ...], Words]:
    kernel = figure.kernel
    ends = (figure.kernels[0] if figure.kernels[0] > figure.kernels[1] - figure.kernels[0] else 0, figure.kernels[-1])
    points = []
    for stability in ("stable", "half-stable", "unstable"):
        at = tuple(point.kernel for point in figure.fixed if point.stability == stability)
        if at:
            label = Label(f"{kernel}* {stability}", f"${spelling.starred(kernel)}$ {stability}")
            points.append(Points(label, at, at, (), stability))
    panel = Panel(
        Axis(at_layer(kernel, 0, spelling), ends),
        Axis(at_layer(kernel, 1, spelling)),
        (Curve(None, ends, ends, "guide"), Curve(None, figure.kernels, figure.images)),
        tuple(points),
    )
    says = "; every kernel is fixed" if figure.every_kernel else "; dashed: no change; circles: fixed points"
    return (panel,), joined_words("Kernel map of ", about_words(figure.about), says, ".")


# ---- phases -----------------------------------------------------------------------------------------------------


def _phase(figure: PhaseFigure, spelling: Spelling) -> tuple[tuple[Panel, ...], Words]:
    diagram, window = figure.diagram, figure.diagram.window
    areas = tuple(
        Area(
            phase_label(region.name, figure.kernel, spelling),
            tuple(weight for weight, _ in region.outline),
            tuple(bias for _, bias in region.outline),
            (ORDERED, CHAOTIC).index(region.name),
        )
        for region in diagram.regions
    )
    curves = [
        Curve(
            None if k else phase_label(EDGE, figure.kernel, spelling),
            tuple(p.weight for p in piece),
            tuple(p.bias for p in piece),
            "border",
        )
        for k, piece in enumerate(piece for piece in diagram.edge if len(piece) > 1)
    ]
    ends = Label(f"{figure.kernel} ceases to attract", f"${spelling.starred(figure.kernel)}$ ends")
    curves += [
        Curve(None if k else ends, tuple(w for _, _, w in piece), tuple(b for _, b, _ in piece), "end")
        for k, piece in enumerate(diagram.ends)
    ]
    edges = list(_edges_at_width(figure, spelling))
    curves += [curve for curve, _ in edges]
    areas += tuple(area for _, area in edges)
    critical = tuple((weight, bias) for bias, weight, _, _ in figure.critical)
    marks = []
    if critical:
        x, y = zip(*(_numbers(place) for place in critical), strict=True)
        marks.append(Points(Label.words("critical"), x, y, (), "critical"))
    notes = tuple(
        Note(phase_label(named.phase.name, figure.kernel, spelling), named.weight, named.bias)
        for named in diagram.named
    )
    weight, bias = (
        Axis(symbol(figure.weight, spelling), window.weights),
        Axis(symbol(figure.bias, spelling), window.biases),
    )
    panel = Panel(weight, bias, tuple(curves), tuple(marks), areas, notes)
    return (panel,), joined_words(
        "Phases of ", about_words(figure.about), ".", *_what_phases_mean(diagram.named, figure.kernel),
        *_what_bands_mean(figure, bool(edges)),
    )  # fmt: skip


def _edges_at_width(figure: PhaseFigure, spelling: Spelling) -> Iterator[tuple[Curve, Area]]:
    """The typical edge of networks of every width, and over what they scatter: where the width is large enough."""
    depth, widths = figure.shape or (0, ())
    n = spelling.symbol(WIDTH).latex()
    for group, width in enumerate(widths):
        label = Label(f"n = {width}", f"${n} = {width}$")
        pieces = [list(zip(*piece, strict=True)) for piece in zip(figure.diagram.edge, figure.shifts, strict=True)]
        found = ([(shift.interval(p.weight, width, depth), p.bias) for p, shift in piece] for piece in pieces)
        known = [[(*interval, bias) for interval, bias in piece if interval is not None] for piece in found]
        for number, piece in enumerate(piece for piece in known if len(piece) > 1):
            middle, low, high, bias = zip(*piece, strict=True)
            band = Area(label, (*low, *high[::-1]), (*bias, *bias[::-1]), group, "band")
            yield Curve(None if number else label, middle, bias, group=group), band


def _what_bands_mean(figure: PhaseFigure, drawn: bool) -> Iterator[str]:
    if figure.shape is None:
        return
    if not drawn:
        yield " These widths are too small for an expansion in 1/n next to this edge."
        return
    yield (
        f" By width: the typical edge of networks of {figure.shape[0]} layers, and over what they scatter, one "
        "standard deviation to either side."
    )


def phase_label(phase: str, kernel: str, spelling: Spelling) -> Label:
    """A phase by its name, or by what the kernel does there."""
    match phase:
        case "explosion":
            return Label(f"{kernel} diverges", f"${spelling.name(kernel)}$ diverges")
        case "collapse":
            return Label(f"{kernel} -> 0", rf"${spelling.name(kernel)} \to 0$")
    return Label.words("edge of chaos" if phase == EDGE else phase)


def _what_phases_mean(named: Sequence[Named], kernel: str) -> Iterator[str]:
    meaning = {
        ORDERED: "nearby inputs merge",
        CHAOTIC: "they separate",
        EXPLOSION: "kernels grow without end",
        COLLAPSE: "kernels go to zero exponentially",
    }
    phases = [one.phase.name for one in named if one.phase.name in meaning]
    found = [f"{phase_label(phase, kernel, OURS).text}: {meaning[phase]}" for phase in phases]
    if found:
        yield f" {found[0][0].upper()}{'; '.join(found)[1:]}."


def _numbers(values: Sequence[Any]) -> tuple[Coordinate, ...]:
    """SymPy numbers as fractions where they are, else as numbers of mpmath."""
    import mpmath

    return tuple(Fraction(int(v.p), int(v.q)) if v.is_Rational else mpmath.mpf(v.evalf(20)) for v in values)


# ---- angles -----------------------------------------------------------------------------------------------------


def _angle(figure: AngleFigure, spelling: Spelling) -> tuple[tuple[Panel, ...], Words]:
    flow = figure.flow
    decays = flow.phase.name == "ordered" or flow.law is not None
    curves = []
    lowest = min(map(min, flow.correlations.values()))
    first = at_layer_latex(spelling.symbol(CORRELATION), 0, replace(spelling, symbols={LAYER: Symbol("1")}))
    for group, (start, found) in enumerate(flow.correlations.items()):
        text, latex = number_label(start)
        label = Label(f"c[1] = {text}", f"${first} = {latex}$")
        values = tuple(1 - c for c in found) if decays else found
        curves.append(Curve(label, tuple(range(1, len(found) + 1)), values, group=group))
    law = _angle_law(figure, spelling)
    here = at_layer_latex(spelling.symbol(CORRELATION), 0, spelling)
    name = Label("1 - c[l]", f"$1 - {here}$") if decays else Label("c[l]", f"${here}$")
    heights = Axis(name, None if decays else (min(0.0, lowest) - 0.02, 1.02), decays)
    panel = Panel(Axis(layer_axis(spelling), None, flow.law is not None), heights, (*curves, *law))
    named = phase_label(flow.phase.name, figure.kernel, OURS).text
    fixed = flow.phase.K_star
    where: Words = "" if fixed is None else (", ", Formula(f"{figure.kernel}_star"), f" = {float(fixed):.6g}")
    words = joined_words("Correlation of two inputs in ", about_words(figure.about), f": {named}", where, ".")
    return (panel,), words


def _angle_law(figure: AngleFigure, spelling: Spelling) -> Iterator[Curve]:
    """On the edge the law with its amplitude; in the ordered phase the decay by chi_perp a layer; else c*."""
    import mpmath

    flow, depth = figure.flow, len(figure.flow.kernels)
    if flow.law is not None:
        amplitude, power = flow.law.amplitude, flow.law.power
        layers = tuple(range(1, depth + 1))
        heights = tuple(amplitude / mpmath.mpf(layer) ** power for layer in layers)
        seen = [k for k, height in enumerate(heights) if height <= 1]
        text, latex = number_label(amplitude)
        label = Label(f"{text}/l^{power}", f"${latex}\\,{spelling.layer(0)}^{{-{power}}}$")
        yield Curve(label, tuple(layers[k] for k in seen), tuple(heights[k] for k in seen), "law")
    elif flow.phase.name == "ordered":
        found = next(iter(flow.correlations.values()))
        last, height = len(found), 1 - found[-1]
        slope = float(flow.phase.perpendicular)
        layers = tuple(range(1, last + 1))
        label = Label("chi_perp^l", rf"$\propto {{{spelling.name(CHI_PERP)}}}^{{{spelling.layer(0)}}}$")
        yield Curve(label, layers, tuple(height * slope ** (layer - last) for layer in layers), "law")
    elif not mpmath.isnan(flow.phase.fixed_correlation):
        c = flow.phase.fixed_correlation
        yield Curve(Label("c*", "$c^*$"), (1, depth), (c, c), "guide")


# ---- vertex -----------------------------------------------------------------------------------------------------


def _vertex(figure: VertexFigure, spelling: Spelling) -> tuple[tuple[Panel, ...], Words]:
    depth, n = len(figure.growth), spelling.symbol(WIDTH).latex()
    curves, points = [], []
    for group, width in enumerate(figure.widths):
        label = Label(f"n = {width}", f"${n} = {width}$")
        aspect = tuple(Fraction(layer, width) for layer in range(1, depth + 1))
        own = [one for one in figure.simulated if one.width == width]
        curves.append(Curve(None if own else label, aspect, tuple(v / width for v in figure.growth), group=group))
        if own:
            x = tuple(Fraction(one.layer, width) for one in own)
            y, errors = tuple(one.value for one in own), tuple(one.error for one in own)
            points.append(Points(label, x, y, errors, group=group))
    if figure.law is not None and figure.law[1] == 1:
        furthest = max(Fraction(depth, width) for width in figure.widths)
        amplitude = figure.law[0]
        written = law_label(amplitude, figure.law[1], 0, spelling, per_width=True)
        curves.append(Curve(written, (Fraction(0), furthest), (0.0, float(amplitude) * float(furthest)), "law"))
    ratio = f"{figure.vertex}/(n{figure.kernel}^2)"
    panel = Panel(
        Axis(Label("l/n", f"${spelling.layer(0)}/{n}$")),
        Axis(Label(ratio, f"${quantity_latex(ratio, spelling)}$")),
        tuple(curves),
        tuple(points),
    )
    says = [": lines derived, to leading order"]
    says.append("; points: networks drawn at random, with standard errors" if points else "")
    says.append("; dashed: the law at large depth" if any(curve.role == "law" for curve in curves) else "")
    return (panel,), joined_words("Fluctuations between networks of ", about_words(figure.about), *says, ".")


# ---- exponents --------------------------------------------------------------------------------------------------


def _exponents(figure: ExponentsFigure, spelling: Spelling) -> tuple[tuple[Panel, ...], Words]:
    curves: list[Curve] = []
    quantities = []
    for group, law in enumerate(figure.laws):
        quantity = ratio_label(law, figure.kernel, figure.tangent, spelling)
        quantities.append(quantity)
        written = law_label(abs(law.amplitude), law.power, law.log_power, spelling)
        tends = Label(f"{quantity.text} -> {written.text}", rf"{quantity.latex} $\to$ {written.latex}")
        shown = [(layer, abs(value)) for layer, value in enumerate(law.values, start=1) if value]
        layers, values = zip(*shown, strict=True)
        curves.append(Curve(tends, layers, values, group=group))
        amplitude, power = abs(float(law.amplitude)), float(law.power)
        predicted = tuple(_law_at(amplitude, power, law.log_power, layer) for layer in layers if layer > 1)
        curves.append(Curve(None, tuple(k for k in layers if k > 1), predicted, "law", group))
    name = quantities[0] if len(quantities) == 1 else Label("", "")
    panel = Panel(Axis(layer_axis(spelling), None, True), Axis(name, None, True), tuple(curves))
    says: list[Words] = [(": recursions iterated from ", Formula(figure.kernel), " = ", Formula(figure.start))]
    says.append("; dashed: their laws")
    says.append(f"; {' = '.join(figure.rates)} = 1" if figure.rates else "")
    says += [f"; {name} has no law: {why}" for name, why in figure.without_law.items()]
    return (panel,), joined_words("Laws at large depth of ", about_words(figure.about), *says, ".")


def _law_at(amplitude: float, power: float, log_power: int, layer: int) -> float:
    from math import log

    return float(amplitude * layer**power * log(layer) ** log_power)


# ---- atlas ------------------------------------------------------------------------------------------------------


def _atlas(figure: AtlasFigure, spelling: Spelling) -> tuple[tuple[Panel, ...], Words]:
    atlas = figure.atlas
    rows = sorted(_growths(atlas.rows, spelling), key=lambda row: (row[1], row[0].text))
    classes = list(dict.fromkeys(row[2] for row in rows))
    points = []
    for group, label in enumerate(sorted(classes)):
        own = [(value, place) for place, (_, value, kind) in enumerate(rows) if kind == label]
        x, y = zip(*own, strict=True)
        points.append(Points(_class_label(label, atlas, spelling), x, y, (), group=group))
    ratio, depth = atlas.vertex_ratio, spelling.layer(0)
    written = rf"${NU}$ in ${quantity_latex(ratio, spelling)}\to{NU}\,{depth}/{spelling.symbol(WIDTH).latex()}$"
    furthest = 1.06 * max((row[1] for row in rows), default=1.0)
    panel = Panel(
        Axis(Label(f"nu in {ratio} -> nu l/n", written), (0, furthest)),
        Axis(Label("activation", ""), None, False, tuple(row[0] for row in rows)),
        (),
        tuple(points),
    )
    begins = (
        f"Growth of fluctuations with depth in {atlas.architecture}, by class: networks of one shape differ by order "
    )
    return (panel,), (begins, "one where depth over width is 1/", Formula("nu"), ".")


def _class_label(name: str, atlas: Atlas, spelling: Spelling) -> Label:
    star = spelling.starred(atlas.kernel_name)
    return Label(name, name.replace("K*=0", f"${star}=0$").replace("K*>0", f"${star}>0$"))


def _growths(found: Sequence[Consequences], spelling: Spelling) -> Iterator[tuple[Label, float, str]]:
    """(activation, nu, class) of those that have one."""
    for one in found:
        value = atlas_row(one)[PER_ASPECT]
        if not isinstance(value, str):
            of = one.classification
            yield activation_label(of.activation, spelling), float(value), of.label
