"""Pages that work from a file: the style and the font of the formulas are part of them, and they ask for nothing."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from importlib import resources

from markupsafe import Markup

FONT = "fonts/formulas.woff2"


def page(template: str, **values: object) -> str:
    """A template of this folder filled in; everything that is no Markup is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    rendered = environment.get_template(template)
    return rendered.render(style=Markup(_template("page.css")), font=font(), **values)


@cache
def font() -> str:
    """The font of the formulas in base64."""
    return b64encode(resources.files("ptheory.rendering").joinpath(FONT).read_bytes()).decode("ascii")


def _template(name: str) -> str:
    return resources.files("ptheory.rendering").joinpath(f"templates/{name}").read_text("utf-8")
