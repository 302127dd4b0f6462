"""Where a later stage refuses, the message points at the statement that asked for it.

The engine refuses by raising a Refusal; anything else, whoever raises it, is a defect and passes through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ptheory.algebra.refusal import Refusal
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.networks.architecture import Architecture, Direct
from ptheory.networks.formulas import FormulaError
from ptheory.recursion.jets import NotAFunctionOfOneField
from ptheory.recursion.layer_maps import NonlinearSkip


@contextmanager
def pointing_at(span: Span, what: str = "", architecture: Architecture | None = None) -> Iterator[None]:
    """Refusals of the stages inside become a LanguageError at ``span``; ``what`` begins the message.

    ``architecture``: where a skip connection that the expansion cannot take is looked up, to point at it instead.
    """
    begins = f"{what}: " if what else ""
    try:
        yield
    except LanguageError:
        raise  # it has its place
    except NonlinearSkip as error:
        raise _at_skip(error, begins, span, architecture) from error
    except NotAFunctionOfOneField as error:
        raise mixed_fields(error, span) from error
    except FormulaError as error:
        raise LanguageError(str(error), error.node.span if error.node.span.source else span) from error
    except Refusal as error:
        raise LanguageError(begins + error.message, span, help=error.help) from error


def mixed_fields(error: NotAFunctionOfOneField, span: Span) -> LanguageError:
    """Points at the function, or at ``span`` where the formula was not written in a file."""
    return LanguageError(
        str(error),
        error.formula.span if error.formula.span.source is not None else span,
        help="its average is an integral over several Gaussians; what is derived are polynomials in fields and in "
        "functions of one linear combination each, as in sigma(u + v/2)*v^2",
    )


def _at_skip(error: NonlinearSkip, begins: str, span: Span, architecture: Architecture | None) -> LanguageError:
    """Points at the term of the layer equation rather than at what asked for the recursion."""
    for equation in () if architecture is None else architecture.above_first:
        for term in equation.terms if equation.field.name == error.field else ():
            if isinstance(term, Direct) and term.carried_field is None and term.site.formula.span.source is not None:
                return LanguageError(
                    begins + "with this skip connection the leading law of a neuron is not Gaussian",
                    term.site.formula.span,
                    help="a skip connection is a multiple of a field, as in xi*z[i;a]; "
                    "a nonlinear function stands inside a weighted sum",
                )
    return LanguageError(begins + str(error), span)
