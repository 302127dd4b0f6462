"""Reads the right side of a layer equation into its terms; says precisely why where it is not one.

The terms are linear in the parameters, at most one parameter each, sums carried out over the second index of a weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Call,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
    SumOver,
    walk,
)
from ptheory.language.statements import EquationDeclaration
from ptheory.networks.absent_fields import term_at_layer
from ptheory.networks.architecture import LayerEquation, LayerTerm, Parameter, SiteFunction
from ptheory.networks.scalars import inverse
from ptheory.networks.site_functions import (
    SitePart,
    has_fields,
    is_rational,
    linear_parts,
    multiply_parts,
    site_function,
    split_site,
)


@dataclass(frozen=True)
class _Term:
    """coefficient * parameter * product of site factors; ``summed`` is the index a sum has used up."""

    coefficient: Polynomial
    site: tuple[Expression, ...]
    parameter: Indexed | None = None
    summed: str | None = None


def read_equation(declaration: EquationDeclaration, parameters: Mapping[str, Parameter]) -> LayerEquation:
    """The terms of an equation whose names and indices have been checked (``names_in_equations``)."""
    reader = _EquationReader(declaration, parameters)
    terms = tuple(
        part for term in reader.expand(declaration.right) if term.coefficient for part in reader.layer_terms(term)
    )
    if not terms:
        raise LanguageError("this equation has no terms", declaration.span)
    return LayerEquation(declaration.target.field, terms)


class _EquationReader:
    def __init__(self, declaration: EquationDeclaration, parameters: Mapping[str, Parameter]) -> None:
        self.declaration = declaration
        self.parameters = parameters
        self.neuron = declaration.target.neuron

    # ---- expansion --------------------------------------------------------------------------------------------

    def expand(self, expression: Expression) -> list[_Term]:
        if not self._has_parameters_or_sums(expression):
            return [_Term(coefficient, site) for coefficient, site in split_site(expression)]
        match expression:
            case Indexed():
                return [_Term(Polynomial.constant(1), (), expression)]
            case Add():
                return [part for term in expression.terms for part in self.expand(term)]
            case Negate():
                return self._scaled(self.expand(expression.operand), [(Polynomial.constant(-1), ())])
            case Multiply():
                return self._product(expression)
            case Divide():
                return self._quotient(expression)
            case SumOver():
                return [self._summed(term, expression) for term in self.expand(expression.body)]
            case _:
                raise self._nonlinear(expression)

    def _has_parameters_or_sums(self, expression: Expression) -> bool:
        return any(
            isinstance(node, SumOver) or (isinstance(node, Indexed) and node.name in self.parameters)
            for node in walk(expression)
        )

    def _scaled(self, terms: list[_Term], parts: list[SitePart]) -> list[_Term]:
        return [
            _Term(term.coefficient * coefficient, term.site + site, term.parameter, term.summed)
            for term in terms
            for coefficient, site in parts
        ]

    def _product(self, expression: Multiply) -> list[_Term]:
        random = [factor for factor in expression.factors if self._has_parameters_or_sums(factor)]
        if len(random) > 1:
            raise self._nonlinear(random[1])
        others = [factor for factor in expression.factors if factor is not random[0]]
        return self._scaled(
            self.expand(random[0]), multiply_parts([split_site(factor) for factor in others], expression)
        )

    def _quotient(self, expression: Divide) -> list[_Term]:
        if self._has_parameters_or_sums(expression.denominator):
            raise self._nonlinear(expression.denominator)
        terms = self.expand(expression.numerator)
        if not has_fields(expression.denominator) and is_rational(expression.denominator):
            return self._scaled(terms, [(inverse(expression.denominator), ())])
        one = Number(Polynomial.constant(1).constant_term)
        below = Divide(one, expression.denominator, span=expression.denominator.span)
        return self._scaled(terms, [(Polynomial.constant(1), (below,))])

    def _nonlinear(self, expression: Expression) -> LanguageError:
        inner = next((node for node in walk(expression) if isinstance(node, SumOver)), None)
        if isinstance(expression, (Call, Power)) and inner is not None:
            return LanguageError(
                "a sum over neurons stands inside a function",
                inner.span,
                help="a function acts on one neuron here: make the sum a field with an equation of its own",
            )
        return LanguageError(
            "a layer equation is linear in its parameters",
            expression.span,
            help="each term has at most one weight or bias, to the first power and outside every function",
        )

    def _summed(self, term: _Term, expression: SumOver) -> _Term:
        index = expression.indices[0]
        if len(expression.indices) > 1:
            raise LanguageError(
                "a layer sums over one neuron index at a time",
                expression.span,
                help=f"write sum({index}, W[{self.neuron},{index}]*...)",
            )
        if term.parameter is None or self.parameters[term.parameter.name].kind != "weights":
            raise LanguageError(
                f"this sum over {index} has no weight",
                expression.span,
                help=f"write sum({index}, W[{self.neuron},{index}]*...); a bare sum over neurons has no large-n limit",
            )
        if term.summed is not None:
            raise LanguageError(
                f"nothing is left to sum over {index}",
                expression.span,
                help="the sum inside has used the weight's index",
            )
        return _Term(term.coefficient, term.site, term.parameter, index)

    # ---- terms ------------------------------------------------------------------------------------------------

    def layer_terms(self, term: _Term) -> list[LayerTerm]:
        """The checked term, as several where it is a direct one with a sum of fields."""
        found = self._direct(term) if term.parameter is None else [self._random(term, term.parameter)]
        for layer_term in found:
            deepest = max((depth for _, depth in layer_term.site.fields), default=0) if layer_term.site else 0
            for layer in range(2, deepest + 2):  # refuses what divides by zero where prev(...) is absent
                term_at_layer(layer_term, layer)
        return found

    def _random(self, term: _Term, written: Indexed) -> LayerTerm:
        parameter = self.parameters[written.name]
        first, *others = [index.name for index in written.arguments if isinstance(index, Name)]
        if parameter.kind == "biases":
            self._check_outer(first, written)
            if term.site and not self._fields(term):
                raise LanguageError(
                    f"the coefficient of {parameter.name} is not a polynomial in hyperparameters",
                    term.site[0].span,
                    help="give it a name of its own, or put it into the variance",
                )
            if term.site:
                raise LanguageError(
                    f"the bias {parameter.name} multiplies a field",
                    written.span,
                    help="a bias stands alone; a product with a field needs weights",
                )
            return LayerTerm(term.coefficient, parameter, None)
        self._check_outer(first, written)
        if term.summed is None or others != [term.summed]:
            raise LanguageError(
                f"the index {others[0]} of {parameter.name} is not summed",
                written.span,
                help=f"write sum({others[0]}, {parameter.name}[{first},{others[0]}]*...)"
                if others[0] != self.neuron
                else f"write sum(j, {parameter.name}[{self.neuron},j]*...)",
            )
        for node in self._fields(term):
            if node.neuron != term.summed:
                raise LanguageError(
                    f"the field {node.field} stands at neuron {node.neuron} inside the sum over {term.summed}",
                    node.span,
                    help=f"inside this sum fields stand at {term.summed}: {node.field}[{term.summed};{node.sample}]",
                )
        return LayerTerm(term.coefficient, parameter, self._weighted_site(term))

    def _check_outer(self, index: str, parameter: Indexed) -> None:
        if index != self.neuron:
            raise LanguageError(
                f"the first index of {parameter.name} is {index}, not {self.neuron}",
                parameter.span,
                help=f"the first index is the neuron on the left, {self.neuron}",
            )

    def _fields(self, term: _Term) -> list[FieldAt]:
        return [node for factor in term.site for node in walk(factor) if isinstance(node, FieldAt)]

    def _weighted_site(self, term: _Term) -> SiteFunction | None:
        if self.declaration.kind == "layer":
            return (
                site_function(term.site)
                if term.site
                else SiteFunction(Number(Polynomial.constant(1).constant_term), ())
            )
        if len(term.site) != 1 or not isinstance(term.site[0], FieldAt):
            assert term.parameter is not None
            place = term.site[0].span if term.site else term.parameter.span
            raise LanguageError(
                "a first equation is linear in the input x",
                place,
                help="write first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a]); functions of the input belong into the input",
            )
        return None

    def _direct(self, term: _Term) -> list[LayerTerm]:
        if not self._fields(term):
            raise LanguageError(
                "this term has neither a parameter nor a field",
                self.declaration.right.span,
                help="a constant would shift the mean of the layer; use a bias",
            )
        if self.declaration.kind == "first":
            raise LanguageError(
                "the input enters without weights",
                term.site[0].span,
                help="write first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])",
            )
        for node in self._fields(term):
            if node.neuron != self.neuron:
                raise LanguageError(
                    f"the neuron {node.neuron} is not on the left", node.span, help=f"a skip reads neuron {self.neuron}"
                )
        parts = linear_parts(term.site)
        if parts is None:
            return [LayerTerm(term.coefficient, None, site_function(term.site))]
        return [LayerTerm(term.coefficient * scale, None, site_function(field)) for scale, field in parts]
