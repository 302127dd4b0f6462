"""A figure as an element of a page: the drawing inside, nothing to load."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from ptheory.rendering.drawn_figures import drawn
from ptheory.rendering.report import Figure

WIDTH = "width:27em;max-width:100%;height:auto"


def figure_html(figure: Figure, caption: Markup) -> Markup:
    """The drawing as SVG and its caption below."""
    opening = Markup('<figure id="fig:{}">').format(figure.file)
    return opening + Markup(svg_element(figure)) + Markup("<figcaption>") + caption + Markup("</figcaption></figure>")


def svg_element(figure: Figure) -> str:
    """The figure as wide as a column of text, without what a file of its own begins with. Its parts are called after
    it, since another figure on the page has parts of the same names."""
    text = drawn(figure, "svg").decode("utf-8")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    opening = rf'<svg role="img" aria-label="{escape(figure.name)}" style="{WIDTH}" '
    element = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{escape(figure.file)}-", text[text.index("<svg") :])
    return re.sub(r'<svg ([^>]*?)width="[^"]*" height="[^"]*"', rf"{opening}\1", element, count=1)
