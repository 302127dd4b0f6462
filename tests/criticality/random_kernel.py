"""The random kernel of a fully connected network at one input, as a Markov chain: its moments layer by layer, in 1/n.

Given the layer below, Ĝ' = C_b + (C_W/n) sum_j sigma(sqrt(Ĝ) u_j)^2 with u_j independent standard Gaussians: its m-th
cumulant is C_W^m kappa_m(g)/n^(m-1) at Ĝ = g, kappa_m that of sigma^2. With d = Ĝ - K the moments E[d^k], k <= 6, close
to order n^-3 among themselves. No cumulant recursion is used and no code of ptheory.
"""

from collections import Counter
from itertools import product
from math import comb, factorial, prod

import numpy as np
import sympy as sp

G = sp.Symbol("g", positive=True)
DEGREE, ORDERS = 6, 3  # powers of d, and of 1/n; d counts as n^(-1/2)
MONOMIALS = [(p, j) for p in range(ORDERS + 1) for j in range(DEGREE + 1 - 2 * p)]  # n^-p d^j
PLACE = {monomial: k for k, monomial in enumerate(MONOMIALS)}
PRODUCTS = np.zeros((len(MONOMIALS),) * 3)
for (p, j), (q, k) in product(MONOMIALS, MONOMIALS):
    if (p + q, j + k) in PLACE:
        PRODUCTS[PLACE[p, j], PLACE[q, k], PLACE[p + q, j + k]] = 1.0


def even_moments_of_polynomial(coefficients):
    """<sigma^(2m)>, m = 1, ..., 6, as polynomials in g."""
    z = sp.Symbol("z")
    square = sp.Poly(sum(sp.nsimplify(c) * z**k for k, c in enumerate(coefficients)), z) ** 2
    found = []
    for m in range(1, DEGREE + 1):
        terms = (square**m).terms()
        found.append(sum(c * sp.factorial2(p - 1) * G ** (p // 2) for (p,), c in terms if p % 2 == 0))
    return found


def even_moments_of_sin():
    """sin^(2m) as a sum of cosines, each averaged exactly."""
    found = []
    for m in range(1, DEGREE + 1):
        total = sp.binomial(2 * m, m) / sp.Integer(4) ** m
        for k in range(1, m + 1):
            total += 2 * (-1) ** k * sp.binomial(2 * m, m - k) / sp.Integer(4) ** m * sp.exp(-2 * k**2 * G)
        found.append(total)
    return found


def even_moments_of_relu():
    """<z^(2m)>/2."""
    return [sp.factorial2(2 * m - 1) * G**m / 2 for m in range(1, DEGREE + 1)]


def partitions(k, most=None):
    most = k if most is None else most
    if k == 0:
        yield ()
    for first in range(min(k, most), 0, -1):
        for rest in partitions(k - first, first):
            yield (first, *rest)


def ways(sizes):
    same = prod(factorial(count) for count in Counter(sizes).values())
    return factorial(sum(sizes)) // (prod(map(factorial, sizes)) * same)


class RandomKernel:
    def __init__(self, even_moments, weight, bias):
        self.bias = float(bias)
        cumulants = []
        for m in range(1, DEGREE + 1):
            total = sp.Integer(0)
            for sizes in partitions(m):
                blocks = len(sizes)
                sign = (-1) ** (blocks - 1) * factorial(blocks - 1)
                total += sign * ways(sizes) * prod((even_moments[s - 1] for s in sizes), start=sp.Integer(1))
            cumulants.append(sp.expand(weight**m * total))
        derivatives = [[sp.diff(c, G, j) / sp.factorial(j) for j in range(DEGREE + 1)] for c in cumulants]
        self.taylor = sp.lambdify(G, derivatives, "math")

    def run(self, kernel, layers):
        """{layer: {K, G1, V, V1, V6, V8}}; layer 1 does not fluctuate."""
        moments = np.zeros((DEGREE + 1, ORDERS + 1))
        moments[0, 0] = 1.0
        found = {}
        for layer in range(1, max(layers) + 1):
            if layer in layers:
                found[layer] = self._read(kernel, moments)
            kernel, moments = self._next(kernel, moments)
        return found

    def _next(self, kernel, moments):
        series = self.taylor(kernel)
        cumulants = [np.array([row[j] if p == m else 0.0 for p, j in MONOMIALS]) for m, row in enumerate(series)]
        cumulants[0][PLACE[0, 0]] = 0.0
        conditional = [np.array([1.0 if at == (0, 0) else 0.0 for at in MONOMIALS])]
        for k in range(1, DEGREE + 1):  # the cumulant that the last factor is in, of any size
            parts = [comb(k - 1, m) * multiplied(cumulants[m], conditional[k - 1 - m]) for m in range(k)]
            conditional.append(sum(parts))
        new = np.zeros_like(moments)
        for k, polynomial in enumerate(conditional):
            for (p, j), value in zip(MONOMIALS, polynomial, strict=True):
                new[k, p:] += value * moments[j, : ORDERS + 1 - p]
        return self.bias + series[0][0], new

    @staticmethod
    def _read(kernel, m):
        def times(a, b):
            return np.array([sum(a[i] * b[p - i] for i in range(p + 1)) for p in range(ORDERS + 1)])

        k1, k11 = m[1], times(m[1], m[1])
        second = m[2] - k11
        third = m[3] - 3 * times(m[2], k1) + 2 * times(k11, k1)
        fourth = m[4] - 4 * times(m[3], k1) - 3 * times(m[2], m[2]) + 12 * times(m[2], k11) - 6 * times(k11, k11)
        return {"K": kernel, "G1": k1[1], "V": second[1], "V1": second[2], "V6": third[2], "V8": fourth[3]}


def multiplied(a, b):
    """Products of polynomials in d and 1/n, d counted as n^(-1/2), through n^-3."""
    return np.einsum("i,ijk,j->k", a, PRODUCTS, b)


class QuadratureKernel(RandomKernel):
    """The same for any function smooth away from zero: d^j<F>/dK^j = <F He_2j(u)>/(2 K)^j at z = sqrt(K) u."""

    def __init__(self, function, weight, bias, nodes, density):
        self.bias = float(bias)
        self.function, self.weight, self.nodes = function, weight, nodes
        hermite = [np.ones_like(nodes), nodes]
        for k in range(1, 2 * DEGREE):
            hermite.append(nodes * hermite[-1] - k * hermite[-2])
        self.rows = np.array([density * hermite[2 * j] / factorial(j) for j in range(DEGREE + 1)])

    def taylor(self, kernel):
        square = self.function(np.sqrt(kernel) * self.nodes) ** 2
        scale = (2 * kernel) ** -np.arange(DEGREE + 1.0)
        moments = [self.rows @ square**m * scale for m in range(1, DEGREE + 1)]
        found = []
        for m in range(1, DEGREE + 1):
            total = np.zeros(DEGREE + 1)
            for sizes in partitions(m):
                term = np.zeros(DEGREE + 1)
                term[0] = (-1) ** (len(sizes) - 1) * factorial(len(sizes) - 1) * ways(sizes)
                for size in sizes:
                    term = np.convolve(term, moments[size - 1])[: DEGREE + 1]
                total += term
            found.append(self.weight**m * total)
        return found
