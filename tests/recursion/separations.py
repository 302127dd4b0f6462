"""What is left of flows of two inputs beside series in their separation, as a power of the distance (docs/nearby.md).

    python -m tests.recursion.separations

Terms that follow where a kink ends a series are written here by hand, with the moments of a Gaussian.
"""

from fractions import Fraction

import mpmath
import sympy as sp

from tests.recursion.test_nearby import block, close_flow, kernel_component, remainders

SIGMA_2 = "piecewise((z >= 0): z + z^2/3, otherwise: z)"  # its second derivative jumps by 2/3
WEIGHT = mpmath.mpf(6) / 5


def cube_of_hard_tanh(here, mixed, along):
    """2 jumps of the slope by -1, at ±1: <δ(z - 1) |t|^3>/12 from each."""
    mean, spread = mixed / here, (here * along - mixed**2) / here
    third = mean * (mean**2 + 3 * spread) * mpmath.erf(mean / mpmath.sqrt(2 * spread))
    third += mpmath.sqrt(2 * spread / mpmath.pi) * (mean**2 + 2 * spread) * mpmath.exp(-(mean**2) / (2 * spread))
    return 2 * mpmath.exp(-1 / (2 * here)) / mpmath.sqrt(2 * mpmath.pi * here) * third / 12


FOLLOWING = {  # of K' at x + dx/2 and x - dx/2, over C_W
    "relu": lambda a, b, c: (a * c - b**2) ** 1.5 / (6 * mpmath.pi * a**2),
    "hard_tanh": cube_of_hard_tanh,
    SIGMA_2: lambda a, b, c: -mpmath.mpf(4) / 9 * (a * c - b**2) ** 2.5 / (30 * mpmath.pi * a**3),
}


def decimal(value):
    return mpmath.mpf(str(sp.N(value, 200 if value.is_Rational else 45)))


def power(far, near, sizes):
    """The power of the distance in what is left at two distances; None where nothing is."""
    noise = mpmath.mpf(10) ** (-38 if sizes[0] < 10**10 else -140)
    if max(abs(far), abs(near)) < noise:
        return None
    return round(float(mpmath.log(abs(far / near)) / mpmath.log(mpmath.mpf(sizes[1]) / sizes[0])), 4)


def told(sigma, shown, all_shown, order, sizes, more=""):
    """A line for every component: the power that is left, and that left when the term that follows is taken off."""
    found = block(sigma, shown, order=f" to order dx^{order}").equations
    flows = [close_flow("MLP", sigma, all_shown, Fraction(1, size), more) for size in sizes]
    left = [remainders(found, values) for values in flows]
    for number, equation in enumerate(found):
        errors = [decimal(row[number]) for row in left]
        line = f"{sigma}, through dx^{order}: {equation.left_side} {power(*errors, sizes)}"
        share = {"K'[x,x]": mpmath.mpf("0.5"), "K'[dx,dx]": mpmath.mpf(-2)}.get(equation.left_side)
        if sigma in FOLLOWING and share is not None:
            terms = [WEIGHT * share * FOLLOWING[sigma](*(kernel_component(v, k) for k in range(3))) for v in flows]
            errors = [error - term for error, term in zip(errors, terms, strict=True)]
            line += f", then {power(*errors, sizes)}"
        print(line, flush=True)


def main():
    with mpmath.workdps(200):
        far = (10**20, 10**21)
        told("z + z^2/4 + z^3/7", "G, Theta", "G, Theta", 4, far)
        told("z - z^2/3", "V, F", "G, Theta, V, D, F", 4, far)
        told("relu", "G", "G", 4, (10**4, 10**5), "; digits 40")
        told("hard_tanh", "G", "G", 4, (50, 500), "; digits 22")
        told(SIGMA_2, "G", "G", 6, (10**3, 10**4), "; digits 40")


if __name__ == "__main__":
    main()
