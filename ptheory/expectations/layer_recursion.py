r"""The kernel recursion of a deep fully connected network, K'_ab = C_b + C_W ⟨σ(z_a) σ(z_b)⟩_K, for many layers.

For any architecture, at finite width and with exact coefficients, ``ptheory flow`` iterates the derived recursions;
here only the leading kernel of one activation is wanted, quickly: in float64, at any number of digits, or enclosed.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import ceil
from typing import Any

import mpmath
import numpy as np
import sympy
from flint import arb
from sympy import Expr

from ptheory.activations import Activation
from ptheory.activations.tape import Numbers
from ptheory.expectations.balls import bits, radius, rational, to_mpf
from ptheory.expectations.closed_forms import derive_closed_form
from ptheory.expectations.compiled_forms import CLAMPED_DOUBLES, DOUBLES, REAL_BALLS, Function, closure_of
from ptheory.expectations.covariance import Covariance, GivenCovariance, RealNumber, read_covariance, read_number
from ptheory.expectations.evaluation import Value, evaluate
from ptheory.expectations.expectation_errors import ExpectationError, PrecisionNotMet
from ptheory.expectations.moments import Moment, covariance_symbol, moment
from ptheory.expectations.sweeping import sweep
from ptheory.expectations.symbolic_arithmetic import NoClosedForm

GUARD_BITS = 40
HIGHEST_PRECISION = 1 << 20
LARGEST = 10**100
SMALLEST = 1e-150  # below it, and above its inverse, products of two variances leave float64
LOST = 1e6  # cancellation in float64 beyond which nine digits are in doubt
AGREEMENT = 1e-9
SYMBOLS = (covariance_symbol(0, 0), covariance_symbol(0, 1), covariance_symbol(1, 1))
OUTSIDE_DOUBLES = (ValueError, ZeroDivisionError, OverflowError)
"""What float64 answers to a root of -0.1, 0/0, 1e999."""
Plan = list[tuple[Function, int, int, int]]


def kernel_recursion(
    activation: Activation, kernel: GivenCovariance, C_b: RealNumber, C_W: RealNumber, depth: int
) -> np.ndarray:
    """Kernels of r inputs in float64, shape (depth + 1, r, r): the one given, and after each of ``depth`` layers.

    Closed forms where there are, otherwise quadrature as by ``sweep``. Raises PrecisionNotMet where float64 does not
    keep nine digits (terms that cancel) or overflows, NonIntegrable and NotPositiveSemidefinite as ``evaluate`` does.
    """
    matrix, bias, weight = _read(kernel, C_b, C_W, depth)
    size = len(matrix)
    state = [float(matrix[a][b]) for a, b in _pairs(size)]
    try:
        forms = _layer_forms(activation, bias, weight)
        plain, clamped = (_plan(forms, size, kind) for kind in (DOUBLES, CLAMPED_DOUBLES))
    except NoClosedForm:
        return _swept_recursion(activation, matrix, float(bias), float(weight), depth)
    try:
        table = _entry_by_entry(plain[0][0], plain[-1][0], state, size, depth)
    except OUTSIDE_DOUBLES:
        table = _layer_by_layer(activation, plain, clamped, state, (float(bias), float(weight)), depth)
    if not np.isfinite(table[-1]).all():
        raise PrecisionNotMet("the kernel leaves the range of float64: it grows without bound")
    if depth:
        _check_cancellation(activation, (bias, weight), table, size)
    return _matrices(table, size)


def _entry_by_entry(own: Function, cross: Function, state: list[float], size: int, depth: int) -> np.ndarray:
    """All layers of a variance, which no other entry drives, and then of the covariances. What is at a fixed point
    stays there: the layers that are left are copies."""
    moving = {kernel: _variances(own, kernel, depth) for kernel in set(state[:size])}
    variances = [moving[kernel] for kernel in state[:size]]
    columns = list(variances)
    for (a, b), kernel in zip(_pairs(size)[size:], state[size:], strict=True):
        columns.append(_covariances(cross, kernel, variances[a], variances[b], depth))
    return np.array([column + column[-1:] * (depth + 1 - len(column)) for column in columns]).T


def _variances(own: Function, kernel: float, depth: int) -> list[float]:
    """Of the first layers, up to a fixed point."""
    found = [kernel]
    for _ in range(depth):
        before, kernel = kernel, own(kernel, kernel, kernel)
        if kernel == before:
            break
        found.append(kernel)
    return found


def _covariances(cross: Function, kernel: float, left: list[float], right: list[float], depth: int) -> list[float]:
    """The same beside variances that are at their fixed points after the layers listed."""
    found = [kernel]
    steps = min(depth, max(len(left), len(right)) - 1)
    longer = (side + side[-1:] * (steps - len(side)) for side in (left, right))
    for x, z in zip(*(side[:steps] for side in longer), strict=True):
        kernel = cross(x, kernel, z)
        found.append(kernel)
    x, z = left[-1], right[-1]
    for _ in range(depth - steps):
        before, kernel = kernel, cross(x, kernel, z)
        if kernel == before:
            break
        found.append(kernel)
    return found


def _layer_by_layer(
    activation: Activation, plain: Plan, clamped: Plan, state: list[float], variances: tuple[float, float], depth: int
) -> np.ndarray:
    """The same for kernels that lead float64 out of its range in some layer, which is then evaluated with care."""
    size = sum(j == k for _, _, j, k in plain)
    layers = [state]
    for layer in range(depth):
        try:
            state = [f(state[i], state[j], state[k]) for f, i, j, k in plain]
        except OUTSIDE_DOUBLES:
            state = _with_care(activation, clamped, state, size, variances)
            if not np.isfinite(state).all():
                raise PrecisionNotMet(f"layer {layer + 1} leaves the range of float64") from None
        layers.append(state)
    return np.array(layers)


def _with_care(
    activation: Activation, clamped: Plan, state: list[float], size: int, variances: tuple[float, float]
) -> list[float]:
    """One layer next to c = ±1; or at zero variance, where the formula reads 0/0 and its limit is meant; nan outside
    the range of float64."""
    try:
        return [f(state[i], state[j], state[k]) for f, i, j, k in clamped]
    except OUTSIDE_DOUBLES:
        sizes = [abs(x) for x in state if x != 0]
        if sizes and not SMALLEST < min(sizes) <= max(sizes) < 1 / SMALLEST:
            return [float("nan")] * len(state)
        new = _swept_layer(_moments(activation), _matrices(np.array([state]), size)[0], *variances)
        return [float(new[a, b]) for a, b in _pairs(size)]


def estimated_kernel_recursion(
    activation: Activation, kernel: GivenCovariance, C_b: RealNumber, C_W: RealNumber, depth: int, digits: int
) -> list[list[list[mpmath.mpf]]]:
    """The same at ``digits`` digits, as an estimate: rounding is not followed from layer to layer.

    ``result[l][a][b]`` after l layers. Without a closed form, or where its terms cancel (small kernels), a layer is
    evaluated to ``digits`` digits. Raises PrecisionNotMet where the kernel grows beyond all bounds.
    """
    matrix, bias, weight = _read(kernel, C_b, C_W, depth)
    size, moments = len(matrix), _moments(activation)
    precision = ceil(digits * 3.33) + GUARD_BITS
    with mpmath.workprec(precision):
        state = [mpmath.mpf(matrix[a][b].numerator) / matrix[a][b].denominator for a, b in _pairs(size)]
    layers = [state]
    try:
        forms = _layer_forms(activation, bias, weight)
        with bits(precision):
            plan = _plan(forms, size, REAL_BALLS)
            balls = [arb(rational(matrix[a][b])) for a, b in _pairs(size)]
            for _ in range(depth):
                new = [f(balls[i], balls[j], balls[k]) for f, i, j, k in plan]
                if _all_narrow(new, _pairs(size), digits):
                    balls = [x.mid() for x in new]
                elif max(abs(x) for x in balls) < LARGEST:  # terms that cancel, or 0/0 at zero variance
                    exact = _evaluated_layer(moments, layers[-1], size, bias, weight, digits)
                    balls = [arb(rational(read_number(x))) for x in exact]
                else:
                    raise PrecisionNotMet(f"the kernel grows beyond all bounds in layer {len(layers)}")
                layers.append([to_mpf(x) for x in balls])
    except NoClosedForm:
        for _ in range(depth):
            layers.append(_evaluated_layer(moments, layers[-1], size, bias, weight, digits))
    return [_square(layer, size) for layer in layers]


def certified_kernel_recursion(
    activation: Activation, kernel: GivenCovariance, C_b: RealNumber, C_W: RealNumber, depth: int, digits: int
) -> list[list[list[Value]]]:
    """Enclosures: every entry of every layer lies within its ``radius``, at most 10^(−digits) |value| (of a covariance
    whose correlation is below 10^(−digits): at most 10^(−2 digits) √(K_aa K_bb)).

    Balls widen from layer to layer, so the precision doubles until they are narrow enough. Raises PrecisionNotMet
    without a closed form.
    """
    matrix, bias, weight = _read(kernel, C_b, C_W, depth)
    try:
        forms = _layer_forms(activation, bias, weight)
        closure_of(forms[1], SYMBOLS, REAL_BALLS)
    except NoClosedForm as reason:
        raise PrecisionNotMet(f"a recursion is enclosed only where a closed form is known: {reason}") from None
    precision = ceil(digits * 3.33) + GUARD_BITS + depth // 8
    while precision <= HIGHEST_PRECISION:
        layers = _ball_layers(forms, matrix, depth, precision, digits)
        if layers is not None:
            return [_square([_enclosed(x) for x in layer], len(matrix)) for layer in layers]
        precision *= 2
    raise PrecisionNotMet(f"{digits} digits after {depth} layers need more than {HIGHEST_PRECISION} bits")


def _ball_layers(
    forms: tuple[Expr, Expr], matrix: Covariance, depth: int, precision: int, digits: int
) -> list[list[arb]] | None:
    with bits(precision):
        plan = _plan(forms, len(matrix), REAL_BALLS)
        state = [arb(rational(matrix[a][b])) for a, b in _pairs(len(matrix))]
        layers = [state]
        for _ in range(depth):
            before, state = state, [f(state[i], state[j], state[k]) for f, i, j, k in plan]
            if not all(x.is_finite() for x in state) and max(abs(x) for x in before) > LARGEST:
                raise PrecisionNotMet(f"the kernel grows beyond all bounds in layer {len(layers)}")
            if len(layers) == 1 and not all(x.is_finite() for x in state):
                raise PrecisionNotMet("the closed form reads 0/0 at the kernel given: a variance is zero")
            if not _all_narrow(state, _pairs(len(matrix)), digits):
                return None
            layers.append(state)
        return layers


def _all_narrow(state: list[arb], pairs: list[tuple[int, int]], digits: int) -> bool:
    variances = {a: abs(x) for x, (a, b) in zip(state, pairs, strict=True) if a == b}
    return all(
        _narrow(x, digits, arb(10) ** -digits * (variances[a] * variances[b]).sqrt() if a != b else arb(0))
        for x, (a, b) in zip(state, pairs, strict=True)
    )


def _narrow(x: arb, digits: int, least: arb) -> bool:
    """Whether the radius is below 10^(−digits) of the value, or of ``least`` where that is larger."""
    return bool(x.is_finite() and x.rad() <= arb(10) ** -digits * arb(abs(x).abs_lower()).max(least))


def _enclosed(x: arb) -> Value:
    return Value(to_mpf(x), radius(x), "bound", "closed form in Arb balls, layer by layer")


def _read(
    kernel: GivenCovariance, C_b: RealNumber, C_W: RealNumber, depth: int
) -> tuple[Covariance, sympy.Rational, sympy.Rational]:
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 0:
        raise ExpectationError(f"depth must be a whole number of layers, not {depth!r}")
    rows = kernel.tolist() if hasattr(kernel, "tolist") else kernel
    matrix = read_covariance(rows, len(rows) if isinstance(rows, (list, tuple)) else 1)
    bias, weight = (read_number(x) for x in (C_b, C_W))
    if bias < 0 or weight < 0:
        raise ExpectationError("C_b and C_W are variances: they cannot be negative")
    return matrix, *(sympy.Rational(x.numerator, x.denominator) for x in (bias, weight))


def _moments(activation: Activation) -> tuple[Moment, Moment]:
    return moment((activation, 0, 0), (activation, 0, 0)), moment((activation, 0, 0), (activation, 0, 1))


@lru_cache(maxsize=64)
def _layer_forms(activation: Activation, bias: Expr, weight: Expr) -> tuple[Expr, Expr]:
    """K'_00 of K_00, and K'_01 of K_00, K_01, K_11."""
    own, cross = (bias + weight * derive_closed_form(m).expression for m in _moments(activation))
    return own, cross


def _pairs(size: int) -> list[tuple[int, int]]:
    """The diagonal first, then a < b."""
    return [(a, a) for a in range(size)] + [(a, b) for a in range(size) for b in range(a + 1, size)]


def _function(form: Expr, numbers: Numbers) -> Function:
    """Constants of balls are those of the precision in force, so only float64 functions are kept."""
    return closure_of(form, SYMBOLS, numbers) if numbers is REAL_BALLS else _function_in_doubles(form, numbers)


@lru_cache(maxsize=512)
def _function_in_doubles(form: Expr, numbers: Numbers) -> Function:
    return closure_of(form, SYMBOLS, numbers)


def _plan(forms: tuple[Expr, Expr], size: int, numbers: Numbers) -> Plan:
    """Per pair a ≤ b its function and the places of K_aa, K_ab, K_bb in the state."""
    place = {pair: k for k, pair in enumerate(_pairs(size))}
    own, cross = (_function(form, numbers) for form in forms)
    return [(own if a == b else cross, place[a, a], place[a, b], place[b, b]) for a, b in place]


def _check_cancellation(activation: Activation, variances: tuple[Expr, Expr], layers: np.ndarray, size: int) -> None:
    """In some layers, the smallest and largest kernels among them: where the terms of a closed form are far larger than
    their sum, the sum is compared with the enclosure of the expectation."""
    chosen = {0, *np.argsort(np.abs(layers[:-1, 0]))[[0, -1]], *range(0, len(layers) - 1, 1 + len(layers) // 8)}
    place = {pair: k for k, pair in enumerate(_pairs(size))}
    bias, weight = variances
    for form, target in zip(_layer_forms(activation, bias, weight), _moments(activation), strict=True):
        terms = _terms(form)
        for (a, b), layer in product(place, sorted(chosen)):
            if (a == b) != (target.size == 1):
                continue
            x, y, z = (layers[layer].tolist()[place[pair]] for pair in ((a, a), (a, b), (b, b)))
            try:
                values = [term(x, y, z) for term in terms]
            except OUTSIDE_DOUBLES:
                continue  # a layer that was evaluated by itself
            if max(map(abs, values)) <= LOST * abs(sum(values)):
                continue
            expected = bias + weight * float(
                sweep(target, np.array([[[x, y], [y, z]]])[:, : target.size, : target.size])[0]
            )
            if not abs(sum(values) - expected) <= AGREEMENT * abs(expected):
                raise PrecisionNotMet(
                    f"float64 loses too many digits to cancellation in layer {layer + 1}: "
                    "use estimated_kernel_recursion"
                )


@lru_cache(maxsize=64)
def _terms(form: Expr) -> list[Function]:
    return [closure_of(term, SYMBOLS, CLAMPED_DOUBLES) for term in sympy.Add.make_args(form.expand())]


def _swept_layer(moments: tuple[Moment, Moment], last: np.ndarray, bias: float, weight: float) -> np.ndarray:
    own, cross = moments
    new = np.diag(sweep(own, np.diagonal(last).copy()))
    pairs = [(a, b) for a, b in _pairs(len(last)) if a != b]
    if pairs:
        values = sweep(cross, np.array([last[np.ix_(pair, pair)] for pair in pairs]))
        for (a, b), value in zip(pairs, values, strict=True):
            new[a, b] = new[b, a] = value
    return np.asarray(bias + weight * new)


def _swept_recursion(activation: Activation, matrix: Covariance, bias: float, weight: float, depth: int) -> np.ndarray:
    layers = [np.array([[float(x) for x in row] for row in matrix])]
    for _ in range(depth):
        layers.append(_swept_layer(_moments(activation), layers[-1], bias, weight))
    return np.array(layers)


def _evaluated_layer(
    moments: tuple[Moment, Moment], last: list[mpmath.mpf], size: int, bias: Expr, weight: Expr, digits: int
) -> list[mpmath.mpf]:
    place = {pair: k for k, pair in enumerate(_pairs(size))}
    new = []
    with mpmath.workdps(digits + 10):
        offset, scale = (mpmath.mpmathify(sympy.N(x, digits + 10)) for x in (bias, weight))
        for a, b in place:
            k00, k01, k11 = last[place[a, a]], last[place[a, b]], last[place[b, b]]
            own, cross = moments
            value = evaluate(own, k00, digits) if a == b else evaluate(cross, [[k00, k01], [k01, k11]], digits)
            new.append(offset + scale * value.as_mpf())
    return new


def _square(entries: list[Any], size: int) -> list[list[Any]]:
    place = {pair: k for k, pair in enumerate(_pairs(size))}
    return [[entries[place[min(a, b), max(a, b)]] for b in range(size)] for a in range(size)]


def _matrices(table: np.ndarray, size: int) -> np.ndarray:
    order = [k for row in _square(list(range(table.shape[1])), size) for k in row]
    return table[:, order].reshape(len(table), size, size)
