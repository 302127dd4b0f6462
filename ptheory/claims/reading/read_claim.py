"""From a claim's formula to an exact quotient in hyperparameters, tensors, means and derived expectations.

Every name is given its meaning here, and nothing is simplified beyond merging like terms: a bracket stays the mean of
what was written, a primed tensor becomes the derived right-hand side of its recursion. Putting the result into normal
form (``claim_normal_form``) and putting numbers in (``assignment``) are two independent routes from here.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from ptheory.algebra.order import LEADING, Order
from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.reading.at_zero import value_at_zero
from ptheory.claims.reading.claim_layers import is_next, require_layer_made, require_one_mark, require_this_layer
from ptheory.claims.reading.earlier_means import kernel_at_earlier_layer, means_at_earlier_layer
from ptheory.claims.reading.exchanged_inputs import symmetrised
from ptheory.claims.reading.fewer_preactivations import in_fewer_preactivations
from ptheory.claims.reading.field_derivatives import field_derivative, is_input, leg_of_derivative
from ptheory.claims.reading.input_sums import inverse_kernel, sum_over_inputs, with_sums_done
from ptheory.claims.reading.next_kernel import at_next_layer, means_moved_up
from ptheory.claims.reading.opaque import MixesPreactivations, opaque_jet, reads_one_preactivation
from ptheory.claims.reading.preactivations import OUTSIDE, Place, Preactivations
from ptheory.claims.reading.vocabulary import TensorReference, Vocabulary, at_slots, check_number_of_slots
from ptheory.claims.terms.claim_atoms import OTHER_SPELLINGS, SCALAR_FUNCTIONS
from ptheory.claims.terms.kernel_derivative import NoKernelDerivative, by_the_kernel
from ptheory.claims.terms.layer_power import LAYER_SYMBOL, linear_in_layer, power_of_layer
from ptheory.claims.terms.open_sums import FIRST
from ptheory.claims.terms.ratio import Ratio, TooLarge
from ptheory.claims.terms.scalar_functions import fractional_power, scalar_function, with_values
from ptheory.language.claim_names import (
    CHI_PAR,
    CHI_PERP,
    INVERSE_KERNEL,
    KERNEL_DERIVATIVE,
    LAYER,
    SUSCEPTIBILITIES,
)
from ptheory.language.constants import constant_value, layer_offset
from ptheory.language.errors import LanguageError, did_you_mean, suggestion
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Piecewise,
    Power,
    Span,
    SumOver,
    Symmetrised,
)
from ptheory.language.functions import BUILTIN_FUNCTIONS, CONSTANTS, NAMED_ACTIVATIONS
from ptheory.networks.roles import positive_hyperparameters
from ptheory.networks.scalars import layered_symbol
from ptheory.recursion.closure import OpenHierarchy, reads_earlier_layers
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.mean import mean_of
from ptheory.recursion.nearby import near_right_side
from ptheory.recursion.normal_form import sum_out_dummies
from ptheory.recursion.susceptibilities import SeveralFields, chi_par, chi_perp, h
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Leg, Tensor, Width
from ptheory.recursion.variables import leading_kernel

LARGEST_ROOT = 200


ZERO = Ratio(Polynomial())


class ClaimReader:
    """``series_order``: how far the series G is written out; ``samples``: the inputs of Kinv and sums.

    ``named``: the numbers of the inputs that were read; ``has_open_sums``: whether a sum was over any inputs, and
    ``summed``: how many inputs were summed over so.
    """

    def __init__(self, vocabulary: Vocabulary, samples: tuple[int, ...] = (), series_order: Order = LEADING) -> None:
        self.vocabulary = vocabulary
        self.system = vocabulary.system
        self.samples = samples
        self.series_order = series_order
        self.named: set[int] = set()
        self.has_open_sums = False
        self.summed = 0
        self._called: set[int] = set()  # numbers written for the one input
        self.preactivations = Preactivations(vocabulary, self._sample)

    def read(self, node: Expression, place: Place = OUTSIDE) -> Ratio:
        """The value of a formula, hyperparameters that are given put in.

        Raises LanguageError at the smallest part that has no meaning.
        """
        try:
            value = self.part(node, place)
            value = value if place.inside else with_sums_done(self, value, node)
            if self.vocabulary.at_layer == 1:
                value = value.map_atoms(lambda atom: ZERO if isinstance(atom, Tensor) and atom.power else None)
            return with_values(value, self.given) if self.given else value
        except DivisionByZero:
            raise LanguageError("a denominator is zero at what is given", node.span) from None
        except TooLarge as error:
            raise LanguageError(
                f"multiplying this out gives about {error.terms} terms",
                node.span,
                help="state the claim in smaller parts",
            ) from None

    @cached_property
    def given(self) -> dict[str, Ratio]:
        """The values of the hyperparameters that the claim assumes; one may hold others, but not in a circle."""
        return {**self._written_values, **self.vocabulary.determined}

    @cached_property
    def _written_values(self) -> dict[str, Ratio]:
        assumed = self.vocabulary.given
        found = {name: self.part(value, OUTSIDE) for name, value in assumed.items()}
        for _ in assumed:
            found = {name: with_values(value, found) for name, value in found.items()}
        positive = positive_hyperparameters(self.vocabulary.system.model.architecture)
        for name, value in found.items():
            if (
                name in positive
                and not value.factors
                and value.numerator.is_constant
                and value.numerator.constant_term < 0
            ):
                raise LanguageError("variances and learning rates are not negative", assumed[name].span)
            if any(isinstance(atom, Symbol) and atom.name in assumed for atom in value.atoms()):
                raise LanguageError(f"the value of {name} holds a name whose value holds it", assumed[name].span)
        return found

    def part(self, node: Expression, place: Place) -> Ratio:
        """The value of a part of a formula, what is given not put in."""
        match node:
            case Number(value):
                return Ratio.constant(value)
            case Negate(operand):
                return -self.part(operand, place)
            case Add(terms):
                return Ratio.sum(self.part(term, place) for term in terms)
            case Multiply(factors):
                total = Ratio.constant(1)
                for factor in factors:
                    total = total * self.part(factor, place)
                return total
            case Divide(numerator, denominator):
                return self._divide(node, numerator, denominator, place)
            case Power(base, exponent):
                return self._power(node, base, exponent, place)
        return self._read_atom(node, place)

    def _read_atom(self, node: Expression, place: Place) -> Ratio:
        """What is no arithmetic: names, averages, functions, sums over inputs."""
        match node:
            case Name(name):
                return self._named(name, 0, None, node.span, place)
            case Indexed():
                return self._indexed(node, place)
            case Bracket():
                return self._average(node, place)
            case Call():
                return self._call(node, place)
            case SumOver():
                return sum_over_inputs(self, node, place)
            case Symmetrised():
                return symmetrised(self, node, place)
            case Piecewise() if place.inside:
                return opaque_jet(self.vocabulary, node, lambda name, span: self.preactivations.leg(name, span, place))
        raise LanguageError("this has no meaning in a claim", node.span, help="use + - * / ^, tensors and <...>")

    def _average(self, node: Bracket, place: Place) -> Ratio:
        """A mean at layer l; ``_K[l+1]`` moves it to the next layer, ``_K[l-1]`` to an earlier one."""
        mean = self._mean(node.body, place)
        if self._is_earlier(node.layer):
            return means_at_earlier_layer(mean, -(node.layer or 0))
        return means_moved_up(mean, self.next_kernel) if is_next("this average", node.layer, node.span) else mean

    # ---- arithmetic -------------------------------------------------------------------------------------------

    def _divide(self, node: Expression, numerator: Expression, denominator: Expression, place: Place) -> Ratio:
        below = self.part(denominator, place)
        if place.inside and _is_random(below):
            return self._random_quotient(node, numerator, denominator, place)
        below = below if place.inside else with_sums_done(self, below, denominator)
        return self.part(numerator, place) * self._inverse(below, denominator)

    def _random_quotient(self, node: Expression, above: Expression, below: Expression, place: Place) -> Ratio:
        """One function of what it reads, or a product of the numerator with one: u1/(1 + (u1 + v1)^2)."""

        def leg_of(name: str, span: Span) -> Leg | None:
            return self.preactivations.leg(name, span, place)

        if reads_one_preactivation(node, leg_of):
            return opaque_jet(self.vocabulary, node, leg_of)
        reciprocal = Divide(Number(Fraction(1)), below, span=below.span)
        return self.part(above, place) * opaque_jet(self.vocabulary, reciprocal, leg_of)

    def _inverse(self, value: Ratio, node: Expression) -> Ratio:
        try:
            return value.inverse()
        except DivisionByZero:
            raise LanguageError("division by zero", node.span) from None

    def _power(self, node: Expression, base: Expression, exponent: Expression, place: Place) -> Ratio:
        number = constant_value(exponent)
        if number is None and self.vocabulary.in_every_layer and (power := linear_in_layer(exponent)) is not None:
            return power_of_layer(self.part(base, place), *power)
        if number is None:
            raise LanguageError("an exponent is a number", exponent.span, help="write exp(...) for an exponential")
        if (degree := number.denominator) > LARGEST_ROOT:
            size = str(degree) if degree < 10**9 else f"{degree.bit_length()} bits"
            raise LanguageError(
                f"an exponent with a denominator of {size}",
                exponent.span,
                help=f"roots of degree up to {LARGEST_ROOT} are within budget",
            )
        inner = self.part(base, place)
        inner = inner if place.inside or number == 1 else with_sums_done(self, inner, base)
        if place.inside and _is_random(inner) and (number.denominator != 1 or number < 0):
            return opaque_jet(self.vocabulary, node, lambda name, span: self.preactivations.leg(name, span, place))
        if number < 0:
            inner, number = self._inverse(inner, base), -number
        return inner ** int(number) if number.denominator == 1 else fractional_power(inner, number)

    # ---- names ------------------------------------------------------------------------------------------------

    def _named(self, name: str, primes: int, samples: tuple[int, ...] | None, span: Span, place: Place) -> Ratio:
        vocabulary = self.vocabulary
        if name in vocabulary.lets and not primes and samples is None:
            return self._let(name, span, place)
        if name in vocabulary.starred and not primes and samples is None:
            return vocabulary.starred[name]
        if place.inside:
            random = self.preactivations.random_variable(name, primes, samples, span, place)
            if random is not None:
                return random
        if name in SUSCEPTIBILITIES and not primes:
            return self._susceptibility(name, samples, span)
        if name == INVERSE_KERNEL and not primes:
            return inverse_kernel(self, samples, span)
        reference = vocabulary.tensor(name)
        if reference is not None:
            return self._tensor(name, reference, primes, self._behind(reference, samples, span, place), span)
        series = vocabulary.series(name)
        if series is not None:
            terms = (TensorReference(series, order) for order in self.series_order.powers)
            # of layer l the width below is n[l-1], of layer l+1 it is n[l]
            small = Ratio.atom(WIDTH).inverse() * (Ratio.constant(1) if primes else Ratio.atom(WIDTH_RATIO))
            weights = (small**k for k in range(99))
            return Ratio.sum(
                self._tensor(name, t, primes, samples, span) * w for t, w in zip(terms, weights, strict=False)
            )
        scalar = self._scalar(name, span) if samples is None and not primes else None
        if scalar is not None:
            return Ratio.atom(scalar)
        if primes and (name in vocabulary.hyperparameters or name in SUSCEPTIBILITIES):
            raise LanguageError(f"{name} has no prime", span, help="a prime marks the next layer of a tensor, as in V'")
        raise vocabulary.unknown(name, span, place.inside)

    def _scalar(self, name: str, span: Span) -> Symbol | Width | None:
        """pi and e, a hyperparameter, the width n, the number of the layer."""
        if name == LAYER and self.vocabulary.in_every_layer:
            return LAYER_SYMBOL
        if name in CONSTANTS:
            return Symbol(name)
        if name in self.vocabulary.hyperparameters:
            return self._hyperparameter(name, span)
        return WIDTH if name == "n" else None

    def _let(self, name: str, span: Span, place: Place) -> Ratio:
        if name in place.opened:
            raise LanguageError(f"the abbreviation {name} is defined by itself", span)
        inner = replace(place, indices=(), opened=(*place.opened, name))
        return self.part(self.vocabulary.lets[name], inner)

    def _indexed(self, node: Indexed, place: Place) -> Ratio:
        name, primes, layer, slots = node.name, node.primes, node.layer, node.arguments
        if layer is None and len(slots) == 1 and place.sample("l") is None and layer_offset(slots[0]) is not None:
            layer, slots = layer_offset(slots[0]), ()
        reference = self.vocabulary.tensor(name)
        if slots and reference is not None and not place.inside:
            check_number_of_slots(name, reference, len(slots), node.span)
        samples = tuple(self.slot(argument, place) for argument in slots) if slots else None
        if layer is None:
            return self._named(name, primes, samples, node.span, place)
        if name == "n" and not slots and not primes:
            return self._width(layer, node)
        if name in self.vocabulary.hyperparameters and not slots and not primes:
            return Ratio.atom(self._layered(node))
        if name in SUSCEPTIBILITIES and not primes and not (place.inside and self.vocabulary.is_activation(name)):
            return self._susceptibility(name, samples, node.span, is_next(name, layer, node.span))
        if name == INVERSE_KERNEL and not primes:
            return inverse_kernel(self, samples, node.span, is_next(name, layer, node.span))
        reference = self.vocabulary.tensor(name)
        if self._is_earlier(layer) and not primes and reference is not None and reference.is_kernel:
            kernel = reference.at(
                self._samples_of(name, reference, self._behind(reference, samples, node.span, place), node.span)
            )
            return Ratio.atom(kernel_at_earlier_layer(kernel, -layer))
        return self._named(name, self._primes_of(node, layer), samples, node.span, place)

    def _is_earlier(self, layer: int | None) -> bool:
        """Whether [l-1] is meant where layers read that far down."""
        return layer is not None and layer < 0 and reads_earlier_layers(self.system.model.architecture)

    def _primes_of(self, node: Indexed, layer: int) -> int:
        """The next layer is a prime of a tensor; an abbreviation stands at this layer only."""
        vocabulary = self.vocabulary
        if node.name in vocabulary.lets:
            require_this_layer(node.name, layer, node.span)
        elif vocabulary.tensor(node.name) is not None or vocabulary.series(node.name) is not None:
            require_one_mark(node, layer)
            return layer
        elif vocabulary.is_known(node.name):
            raise LanguageError(
                f"a layer does not stand at {node.name}", node.span, help="write it at the average: <s^2>_K[l]"
            )
        return node.primes

    def _layered(self, node: Indexed) -> Symbol:
        """C_W[l+1]; where C_W is the same in every layer, the one layer a recursion l -> l+1 has parameters of."""
        symbol = layered_symbol(node)
        if node.name in self.vocabulary.layered:
            return symbol
        require_layer_made(node.name, symbol.layer, node.span)
        return Symbol(node.name)

    def _hyperparameter(self, name: str, span: Span) -> Symbol:
        if name not in self.vocabulary.unlayered:
            raise LanguageError(
                f"{name} of which layer?",
                span,
                help=f"write {name}[l+1]: in the recursion from l to l+1 the parameters are those of layer l+1",
            )
        return Symbol(name)

    def _width(self, offset: int | None, node: Expression) -> Ratio:
        if offset == 0:
            return Ratio.atom(WIDTH)
        if offset == -1:
            return Ratio.atom(WIDTH) * Ratio.atom(WIDTH_RATIO).inverse()
        raise LanguageError("only n[l] and n[l-1] enter a recursion", node.span, help="write n[l]/n[l-1]")

    def slot(self, argument: Expression, place: Place) -> int:
        """The number of the input in a slot. LanguageError where it stands for none."""
        if isinstance(argument, Number) and argument.value.denominator == 1:
            return self._sample(place.meant(int(argument.value)), argument.span)
        if isinstance(argument, Name):
            summed, named = place.sample(argument.name), self.vocabulary.named_sample(argument.name)
            if summed is not None:
                return summed
            if named is not None:
                self.named.add(place.meant(named))
                return place.meant(named)
            known = {name for name, _ in place.indices}
            known |= set(self.vocabulary.inputs.names) if self.vocabulary.inputs is not None else set()
            raise LanguageError(
                f"no input is called {argument.name}", argument.span, help=suggestion(argument.name, known, "input")
            )
        raise LanguageError("a slot is a number or the name of an input", argument.span, help="write V[1,2,3,4]")

    def _sample(self, number: int, span: Span) -> int:
        """The input of a number; one input is called 0 or 1, the same all through the claim."""
        if number >= FIRST:
            return number
        self.named.add(number)
        if self.vocabulary.one_input and number in (0, 1):
            self._called.add(number)
            if len(self._called) > 1:
                raise LanguageError(
                    "the one input of this claim is called 0 and 1",
                    span,
                    help="give it one number, or leave out `inputs one` if these are two inputs",
                )
            return 1
        return self.vocabulary.sample(number, span)

    # ---- tensors and what is derived from the kernel ----------------------------------------------------------

    def _tensor(
        self, name: str, reference: TensorReference, primes: int, samples: tuple[int, ...] | None, span: Span
    ) -> Ratio:
        target = reference.at(self._samples_of(name, reference, samples, span))
        if primes > 1:
            raise LanguageError(f"{name} has two primes", span, help="one prime: the next layer")
        if not primes:
            self.vocabulary.refuse_outputs_of_layer_one(target.legs, span)
            return Ratio.atom(target)
        try:
            return Ratio(self.derived(target))
        except OpenHierarchy as error:
            raise LanguageError(str(error), span, help=error.help) from error

    def derived(self, target: Tensor) -> Polynomial:
        """The next-layer value of a tensor component, as derived; dummies summed out, nothing else."""
        if self.vocabulary.near:
            return near_right_side(self.system, target, self.vocabulary.through)
        return sum_out_dummies(self.system.right_hand_side(target), self.system.model.sites)

    def _behind(
        self, reference: TensorReference, samples: tuple[int, ...] | None, span: Span, place: Place
    ) -> tuple[int, ...] | None:
        """The inputs in slots, or as digits behind the name, G12."""
        if samples is None and reference.samples is not None:
            return tuple(self._sample(place.meant(number), span) for number in reference.samples)
        return samples

    def _samples_of(
        self, name: str, reference: TensorReference, samples: tuple[int, ...] | None, span: Span
    ) -> tuple[int, ...]:
        if samples is None:
            if self.vocabulary.one_input:
                return (1,) * reference.arity
            raise LanguageError(
                f"{name} at which samples?",
                span,
                help=f"write {at_slots(name, reference)}, or add `inputs one` to the claim",
            )
        check_number_of_slots(name, reference, len(samples), span)
        return samples

    def _susceptibility(self, name: str, samples: tuple[int, ...] | None, span: Span, at_next: bool = False) -> Ratio:
        if samples is None:
            if not (self.vocabulary.one_input or self.vocabulary.near):
                raise LanguageError(
                    f"{name} at which input?", span, help=f"write {name}[1], or add `inputs one` to the claim"
                )
            samples = (1,)
        if len(samples) > (2 if name == CHI_PERP else 1):
            raise LanguageError(f"{name} takes one input", span, help=f"write {name}[1]")
        try:
            if name == CHI_PERP:
                value = chi_perp(self.system, samples[0], samples[-1])
            else:
                derive = chi_par if name == CHI_PAR else h
                value = derive(self.system, samples[0])
        except SeveralFields:
            raise LanguageError(
                f"{name} is one number only where there is one field, of one layer",
                span,
                help="write the derivative you mean with <...>",
            ) from None
        return Ratio(at_next_layer(value, self.next_kernel, self.system.model.sites) if at_next else value)

    def next_kernel(self, a: Leg, b: Leg) -> Polynomial:
        """K' at two legs, as derived."""
        return self.derived(leading_kernel(a, b))

    # ---- inside a bracket -------------------------------------------------------------------------------------

    def _mean(self, body: Expression, place: Place) -> Ratio:
        value = self.part(body, replace(place, inside=True))
        if any(isinstance(a, (Jet, FieldValue)) for factor, _ in value.factors for a in factor.atoms()):
            raise LanguageError(
                "this divides by a random quantity", body.span, help="only functions of one z may divide"
            )
        return Ratio(mean_of(value.numerator), value.factors)

    # ---- functions --------------------------------------------------------------------------------------------

    def _call(self, node: Call, place: Place) -> Ratio:
        if place.inside:
            return self._random_call(node, place)
        if node.function == KERNEL_DERIVATIVE and len(node.arguments) == 2 and not node.primes:
            return self._kernel_derivative(node, place)
        function = OTHER_SPELLINGS.get(node.function, node.function)
        if self.vocabulary.at_zero and self.vocabulary.is_activation(function):
            return value_at_zero(self.vocabulary, node)
        if function not in SCALAR_FUNCTIONS:
            if self.vocabulary.is_activation(function):
                raise self.vocabulary.unknown(function, node.span, False)
            if function in BUILTIN_FUNCTIONS:
                raise LanguageError(
                    f"{function} of a number has no meaning in a claim",
                    node.span,
                    help=f"of a preactivation it stands in an expectation, <{function}(z)>; of numbers there are "
                    + ", ".join(sorted(SCALAR_FUNCTIONS)),
                )
            help = did_you_mean(function, SCALAR_FUNCTIONS) or f"a product needs `*`: write {node.function}*(...)"
            raise LanguageError(f"unknown function {node.function}", node.span, help=help)
        if node.primes or len(node.arguments) != 1:
            raise LanguageError(f"{node.function} of a scalar takes one argument and no prime", node.span)
        argument = with_sums_done(self, self.part(node.arguments[0], place), node.arguments[0])
        return scalar_function(function, argument)

    def _kernel_derivative(self, node: Call, place: Place) -> Ratio:
        """d(X, K), d(X, K[1,2]): other entries and tensors held fixed."""
        value, by = node.arguments
        written = by.name if isinstance(by, (Name, Indexed)) else ""
        if not (isinstance(by, (Name, Indexed)) and self.vocabulary.is_kernel(written)):
            raise LanguageError("a derivative is by the kernel", by.span, help="write d(<s^2>, K)")
        if not self.vocabulary.one_input and not (isinstance(by, Indexed) and len(by.arguments) > 1):
            help = "add `inputs one` to the claim, or write K[1,2]"
            raise LanguageError("a derivative by K of which inputs?", by.span, help=help)
        read = self.part(by, place)
        atom = next(iter(read.atoms()), None)
        if not isinstance(atom, Tensor) or read != Ratio.atom(atom):
            raise LanguageError("a derivative is by the kernel of this layer", by.span, help="write d(<s^2>, K)")
        try:
            first, second = atom.legs
            return by_the_kernel(with_sums_done(self, self.part(value, place), value), (first, second))
        except NoKernelDerivative as error:
            raise LanguageError(error.message, value.span) from None

    def _refuse_a_product_written_as_a_call(self, node: Call, place: Place) -> None:
        """s1 (z1 - K), K (V + 1): a name before a parenthesis is a call, and these are no functions."""
        name, _ = self.preactivations.split(node.function, place)
        if self.vocabulary.is_known(name) or self.vocabulary.is_scalar(name):
            raise LanguageError(
                f"{node.function} is no function of what stands in parentheses: a name before a parenthesis is a call",
                node.span,
                help=f"a product needs `*`: write {node.function}*(...)",
            )

    def _leg_of_derivative(self, by: Expression, place: Place) -> Leg:
        vocabulary = self.vocabulary

        def named(name: Name) -> Leg | None:
            is_index = is_input(name.name, place, vocabulary.named_sample)
            return None if is_index else self.preactivations.leg(name.name, name.span, place)

        return leg_of_derivative(by, vocabulary.fields, named, lambda one: self.slot(one, place))

    def _random_call(self, node: Call, place: Place) -> Ratio:
        if node.function == KERNEL_DERIVATIVE and len(node.arguments) > 1 and not node.primes:
            return field_derivative(
                node, lambda one: self.part(one, place), lambda one: self._leg_of_derivative(one, place)
            )
        defined = node.function in BUILTIN_FUNCTIONS or node.function in NAMED_ACTIVATIONS
        if not (defined or self.vocabulary.is_activation(node.function)):
            self._refuse_a_product_written_as_a_call(node, place)
            raise self.vocabulary.unknown(node.function, node.span, True)
        if len(node.arguments) == 1:
            argument = node.arguments[0]
            leg = self.preactivations.leg(argument.name, argument.span, place) if isinstance(argument, Name) else None
            if isinstance(argument, FieldAt):
                raise LanguageError("samples are written z1 here", argument.span)
            if leg is not None:
                return Ratio(self.vocabulary.jets(node.function, node.primes, leg.field, leg.sample, node.span))
            value = self.part(argument, place)
            if not _is_random(value) and node.function in SCALAR_FUNCTIONS:
                return scalar_function(node.function, value)
        return self._function(node, place)

    def _function(self, node: Call, place: Place) -> Ratio:
        """A function of one preactivation or combination, or made of such: exp(z1^2 + z2^2), max(z1, z2)."""

        def leg_of(name: str, span: Span) -> Leg | None:
            return self.preactivations.leg(name, span, place)

        try:
            return opaque_jet(self.vocabulary, node, leg_of)
        except MixesPreactivations:
            parts = in_fewer_preactivations(
                node, lambda part: leg_of(part.name, part.span) if isinstance(part, Name) else None
            )
            if parts is None:
                raise
        return self.part(parts, place)


def _is_random(value: Ratio) -> bool:
    return any(isinstance(atom, (Jet, FieldValue)) for atom in value.atoms())
