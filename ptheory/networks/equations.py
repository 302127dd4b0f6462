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
from ptheory.networks.architecture import (
    Bias,
    Biases,
    Direct,
    FirstEquation,
    FirstTerm,
    LayerEquation,
    LayerTerm,
    Parameter,
    ReadsInput,
    SiteFunction,
    WeightedSum,
    Weights,
    site_of,
)
from ptheory.networks.fields import Field
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
    """coefficient * parameters * product of site factors; ``summed`` is the index a sum has used up."""

    coefficient: Polynomial
    site: tuple[Expression, ...]
    parameters: tuple[Indexed, ...] = ()  # as written, one at most
    summed: str | None = None


def read_first_equation(declaration: EquationDeclaration, parameters: Mapping[str, Parameter]) -> FirstEquation:
    """The terms of an equation of layer 1 whose names and indices have been checked (``names_in_equations``).

    Raises LanguageError where it is not a sum of biases and weighted sums over the input.
    """
    reader = _EquationReader(declaration, parameters)
    return FirstEquation(Field(declaration.target.field), tuple(reader.first_term(term) for term in reader.terms()))


def read_layer_equation(declaration: EquationDeclaration, parameters: Mapping[str, Parameter]) -> LayerEquation:
    """The terms of an equation of the layers above, or of an output, names and indices checked likewise.

    Raises LanguageError where it is not a sum of biases, weighted sums and direct terms.
    """
    reader = _EquationReader(declaration, parameters)
    terms = tuple(part for term in reader.terms() for part in reader.layer_terms(term))
    return LayerEquation(Field(declaration.target.field), terms)


class _EquationReader:
    def __init__(self, declaration: EquationDeclaration, parameters: Mapping[str, Parameter]) -> None:
        self.declaration = declaration
        self.parameters = parameters
        self.neuron = declaration.target.neuron

    # ---- expansion --------------------------------------------------------------------------------------------

    def terms(self) -> list[_Term]:
        """The right side multiplied out, without what cancels."""
        terms = [term for term in self.expand(self.declaration.right) if term.coefficient]
        if not terms:
            raise LanguageError("this equation has no terms", self.declaration.span)
        return terms

    def expand(self, expression: Expression) -> list[_Term]:
        if not self._has_parameters_or_sums(expression):
            return [_Term(coefficient, site) for coefficient, site in split_site(expression)]
        match expression:
            case Indexed():
                return [_Term(Polynomial.constant(1), (), (expression,))]
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
            _Term(term.coefficient * coefficient, term.site + site, term.parameters, term.summed)
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
        if not any(isinstance(self.parameters[written.name], Weights) for written in term.parameters):
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
        return _Term(term.coefficient, term.site, term.parameters, index)

    # ---- terms ------------------------------------------------------------------------------------------------

    def first_term(self, term: _Term) -> FirstTerm:
        """The checked term of a first equation."""
        if not term.parameters:
            self._check_reads_a_field(term)
            raise LanguageError(
                "the input enters without weights",
                term.site[0].span,
                help="write first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])",
            )
        (written,) = term.parameters
        match self.parameters[written.name]:
            case Biases() as biases:
                return self._bias(term, written, biases)
            case Weights() as weights:
                self._check_weighted_sum(term, written)
                self._check_linear_in_the_input(term, written)
                return ReadsInput(term.coefficient, (weights,))

    def layer_terms(self, term: _Term) -> list[LayerTerm]:
        """The checked term of a layer equation, as several where it is a direct one with a sum of fields."""
        found: list[LayerTerm] = [*self._direct(term)] if not term.parameters else [self._random(term)]
        for layer_term in found:
            site = site_of(layer_term)
            deepest = 0 if site is None else site.deepest
            for layer in range(2, deepest + 2):  # refuses what divides by zero where prev(...) is absent
                term_at_layer(layer_term, layer)
        return found

    def _random(self, term: _Term) -> Bias | WeightedSum:
        (written,) = term.parameters
        match self.parameters[written.name]:
            case Biases() as biases:
                return self._bias(term, written, biases)
            case Weights() as weights:
                self._check_weighted_sum(term, written)
                return WeightedSum(term.coefficient, (weights,), self._weighted_site(term))

    def _bias(self, term: _Term, written: Indexed, biases: Biases) -> Bias:
        self._check_outer(written)
        if term.site and not self._fields(term):
            raise LanguageError(
                f"the coefficient of {biases.name} is not a polynomial in hyperparameters",
                term.site[0].span,
                help="give it a name of its own, or put it into the variance",
            )
        if term.site:
            raise LanguageError(
                f"the bias {biases.name} multiplies a field",
                written.span,
                help="a bias stands alone; a product with a field needs weights",
            )
        return Bias(term.coefficient, (biases,))

    def _check_weighted_sum(self, term: _Term, written: Indexed) -> None:
        """The weight is summed over its second index, and every field stands at that neuron."""
        self._check_outer(written)
        first, second = _indices(written)
        if term.summed != second:
            raise LanguageError(
                f"the index {second} of {written.name} is not summed",
                written.span,
                help=f"write sum({second}, {written.name}[{first},{second}]*...)"
                if second != self.neuron
                else f"write sum(j, {written.name}[{self.neuron},j]*...)",
            )
        for node in self._fields(term):
            if node.neuron != term.summed:
                raise LanguageError(
                    f"the field {node.field} stands at neuron {node.neuron} inside the sum over {term.summed}",
                    node.span,
                    help=f"inside this sum fields stand at {term.summed}: {node.field}[{term.summed};{node.sample}]",
                )

    def _check_outer(self, parameter: Indexed) -> None:
        index, *_ = _indices(parameter)
        if index != self.neuron:
            raise LanguageError(
                f"the first index of {parameter.name} is {index}, not {self.neuron}",
                parameter.span,
                help=f"the first index is the neuron on the left, {self.neuron}",
            )

    def _fields(self, term: _Term) -> list[FieldAt]:
        return [node for factor in term.site for node in walk(factor) if isinstance(node, FieldAt)]

    def _weighted_site(self, term: _Term) -> SiteFunction:
        return site_function(term.site) if term.site else SiteFunction(Number(Polynomial.constant(1).constant_term), ())

    def _check_linear_in_the_input(self, term: _Term, written: Indexed) -> None:
        if len(term.site) != 1 or not isinstance(term.site[0], FieldAt):
            raise LanguageError(
                "a first equation is linear in the input x",
                term.site[0].span if term.site else written.span,
                help="write first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a]); functions of the input belong into the input",
            )

    def _check_reads_a_field(self, term: _Term) -> None:
        if not self._fields(term):
            raise LanguageError(
                "this term has neither a parameter nor a field",
                self.declaration.right.span,
                help="a constant would shift the mean of the layer; use a bias",
            )

    def _direct(self, term: _Term) -> list[Direct]:
        self._check_reads_a_field(term)
        for node in self._fields(term):
            if node.neuron != self.neuron:
                raise LanguageError(
                    f"the neuron {node.neuron} is not on the left", node.span, help=f"a skip reads neuron {self.neuron}"
                )
        parts = linear_parts(term.site)
        if parts is None:
            return [Direct(term.coefficient, site_function(term.site))]
        return [Direct(term.coefficient * scale, site_function(field)) for scale, field in parts]


def _indices(written: Indexed) -> list[str]:
    return [index.name for index in written.arguments if isinstance(index, Name)]
