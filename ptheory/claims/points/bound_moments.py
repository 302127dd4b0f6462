"""Means of a claim with its activations bound: decomposed into moments of the expectation engine, with closed forms."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ptheory.activations import Activation, ActivationError, is_known, lookup
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.claims.points.assignment import differentiated, polynomial_at
from ptheory.claims.terms.claim_atoms import Root, ScalarCall
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.scalar_functions import collected, fractional_power, scalar_function
from ptheory.claims.terms.sympy_ratio import NotRepresentable, ratio_of
from ptheory.expectations import Moment, almost_everywhere, closed_form, covariance_symbol
from ptheory.expectations.expectation_errors import ExpectationError
from ptheory.flows.moment_values import substitute_scalars
from ptheory.language.expressions import Call, Compare, Expression, walk
from ptheory.language.functions import BUILTIN_FUNCTIONS
from ptheory.networks.formulas import activation_from_formula
from ptheory.networks.scalars import with_named_scalars
from ptheory.recursion.jets import VARIABLE, FieldValue, Jet
from ptheory.recursion.means.layer_functions import expand_expectation, expand_factors
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Expectation, Leg
from ptheory.recursion.variables import chain_rule, in_order, kernel_between

Part = tuple[Polynomial, Moment, tuple[Leg, ...]]  # coefficient, moment, its variables in order


class Unbound(Refusal):
    """A mean of an activation that stays generic."""


def resolve(name: str, binding: Mapping[str, Activation]) -> Activation | None:
    """What an activation's name is bound to, or stands for by itself (tanh, sin); None where it is generic."""
    if name in binding:
        return binding[name]
    return lookup(name) if is_known(name) or name in BUILTIN_FUNCTIONS else None


class BoundMoments:
    """Means as sums of moments; ``binding`` may set generic activations to anything for a numerical point.

    ``almost_everywhere``: delta functions in derivatives of activations are dropped. Stein's identity does not hold
    for such derivatives, so no normal form is taken then. ``scalars``: values of the hyperparameters that stand inside
    functions, as slope in piecewise((z >= 0): z, otherwise: slope*z); without one they stay symbols.
    """

    def __init__(
        self,
        normal: ClaimNormalForm,
        binding: Mapping[str, Activation],
        almost_everywhere: bool = False,
        scalars: Mapping[Atom, Fraction] | None = None,
    ) -> None:
        self.normal = normal
        self.scalars = scalars or {}
        self.almost_everywhere = almost_everywhere
        self.binding = dict(binding)
        self._formulas: dict[Expression, Activation] = {}
        self._hyperparameters: dict[str, Ratio] = {}  # those inside functions, by their names in closed forms
        self._closed: dict[Moment, Any] = {}

    def parts(self, atom: Mean | Expectation) -> list[Part]:
        """The mean as a sum of moments, outer derivatives kept. Unbound where an activation is generic."""
        if isinstance(atom, Mean):
            return [self._part(((f, p) for f, p in atom.factors), Polynomial.constant(1), ())]
        found = []
        for monomial, rational in expand_factors(self.normal.system.model.sites, atom.factors):
            random = tuple((f, p) for f, p in monomial if isinstance(f, (Jet, FieldValue)))
            scalars = tuple((f, p) for f, p in monomial if not isinstance(f, (Jet, FieldValue)))
            variables = in_order(f.leg for f, _ in random)
            for slope, derivatives in chain_rule(atom.derivatives, variables):
                found.append(self._part(random, slope * Polynomial({scalars: rational}), derivatives))
        return found

    def _part(self, random: Any, coefficient: Polynomial, derivatives: tuple[int, ...]) -> Part:
        """``derivatives``: numbers of the variables, which are those of ``random`` in order."""
        random = list(random)
        legs = in_order(factor.leg for factor, _ in random)
        number = {leg: k for k, leg in enumerate(legs)}
        factors: list[tuple[Activation, int, int]] = []
        powers = [0] * len(legs)
        for factor, exponent in random:
            if isinstance(factor, Jet):
                factors += [(self.activation(factor.function), factor.order, number[factor.leg])] * exponent
            else:
                powers[number[factor.leg]] = exponent
        moment = Moment(tuple(factors), tuple(powers), derivatives)
        return coefficient, almost_everywhere(moment) if self.almost_everywhere else moment, legs

    def activation(self, function: str | Expression) -> Activation:
        """What a function of a mean is bound to: a named activation, or a formula of the language in one preactivation.

        Raises Unbound for a function nobody bound, NoClosedForm where the kinks of a formula move with a hyperparameter
        that has no value.
        """
        if isinstance(function, str):
            found = resolve(function, self.binding)
            if found is None:
                raise Unbound(function)
            return found
        if function not in self._formulas:
            for node in walk(function):
                if isinstance(node, Call) and resolve(node.function, self.binding) is None:
                    raise Unbound(node.function)
            formula, symbols = with_named_scalars(function)
            if any(symbol not in self.scalars for symbol in self._at_kinks(function)):
                raise NoClosedForm("where this function has its kinks depends on the sign of a hyperparameter")
            values = {name: self._inside(symbol) for name, symbol in symbols.items() if name != VARIABLE.name}
            self._hyperparameters.update({n: Ratio.atom(s) for n, s in symbols.items() if n != VARIABLE.name})
            self._formulas[function] = activation_from_formula("phi", formula, VARIABLE.name, values, self.binding)
        return self._formulas[function]

    def _at_kinks(self, function: Expression) -> set[Symbol]:
        """The hyperparameters in conditions and in arguments of functions with kinks."""
        found: set[Symbol] = set()
        for node in walk(function):
            known = (
                resolve(node.function, self.binding) if isinstance(node, Call) and len(node.arguments) == 1 else None
            )
            if isinstance(node, (Call, Compare)) and (known is None or known.kinks):
                _, inside = with_named_scalars(node)
                found |= {symbol for name, symbol in inside.items() if name != VARIABLE.name}
        return found

    def _inside(self, symbol: Symbol) -> Any:
        """A hyperparameter inside a function as a SymPy number, or symbol where it has no value."""
        import sympy

        value = self.scalars.get(symbol)
        if value is None:
            return sympy.Symbol(str(symbol), real=True)
        return sympy.Rational(value.numerator, value.denominator)

    # ---- exact forms ------------------------------------------------------------------------------------------

    def of(self, side: Ratio) -> Ratio:
        """The side with closed forms put in where there are any, and the generic normal form elsewhere."""
        return collected(side.map_atoms(self._atom))

    def _atom(self, atom: Atom) -> Ratio | None:
        if isinstance(atom, (Mean, Expectation)):
            try:
                return Ratio.sum(self._closed_part(*part) for part in self.parts(atom))
            except (Unbound, NotRepresentable, NoClosedForm, ExpectationError, ActivationError):
                if self.almost_everywhere:
                    raise NoClosedForm from None
                return self.normal.mean(self._polynomials_put_in(atom))
        if isinstance(atom, ScalarCall):
            return scalar_function(atom.function, self.of(atom.argument))
        if isinstance(atom, Root):
            return fractional_power(self.of(atom.base), Fraction(1, atom.degree))
        return self.normal.of(Ratio.atom(atom))

    def _polynomials_put_in(self, atom: Mean | Expectation) -> Polynomial:
        """The integrand with every jet of a polynomial activation written out in its preactivation."""
        if isinstance(atom, Mean):
            integrand = atom.integrand
        else:
            integrand = expand_expectation(self.normal.system.model.sites, atom)
        return integrand.map_atoms(self._as_polynomial)

    def _as_polynomial(self, atom: Atom) -> Polynomial | None:
        if not isinstance(atom, Jet):
            return None
        try:
            coefficients = self.activation(atom.function).polynomial_coefficients()
        except (Unbound, ActivationError, NoClosedForm):
            return None
        if coefficients is None or not all(c.is_Rational for c in coefficients):
            return None
        exact = tuple(Fraction(int(c.p), int(c.q)) for c in coefficients)
        return polynomial_at(atom.leg, differentiated(exact, atom.order))

    def _closed_part(self, coefficient: Polynomial, moment: Moment, legs: tuple[Leg, ...]) -> Ratio:
        scale = self.normal.of(Ratio(coefficient))
        if not legs or odd(moment):
            return scale if not legs else Ratio(Polynomial())
        if moment not in self._closed:
            self._closed[moment] = closed_form(moment)
        found = self._closed[moment]
        if found is None:
            raise NoClosedForm
        kernels = {
            covariance_symbol(i, j).name: self.normal.of(Ratio(kernel_between(a, b)))
            for i, a in enumerate(legs)
            for j, b in enumerate(legs)
        }
        return scale * ratio_of(found.expression, {**self._hyperparameters, **kernels})


class NoClosedForm(Refusal):
    """The engine knows no closed form of a moment."""


def odd(moment: Moment) -> bool:
    """Whether the integrand changes sign with all variables together, so that its mean is zero."""
    sign = 1
    for activation, order, _ in moment.factors:
        if activation.parity not in (1, -1):
            return False
        sign *= activation.parity * (-1) ** order
    sign *= (-1) ** (sum(moment.powers) + len(moment.derivatives))
    return bool(sign == -1)


def kernel_matrix(legs: tuple[Leg, ...], scalars: Mapping[Atom, Fraction]) -> tuple[tuple[Fraction, ...], ...]:
    """K[a, b] for every pair of ``legs``, combinations of fields by bilinearity; exact, (legs, legs)."""

    def value(a: Leg, b: Leg) -> Fraction:
        return Fraction(substitute_scalars(kernel_between(a, b), lambda atom: scalars[atom]))

    return tuple(tuple(value(a, b) for b in legs) for a in legs)
