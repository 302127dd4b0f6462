"""V of z' = c z + W sigma(z) at one input from the covariances of two layers together, in doubles: nothing of ptheory.

    V_l = sum_uv R_u R_v Cov(psi_u, psi_v) + 2 sum_u R_u c^(2(l-u)) Cov(psi_u, z_u^2),   psi = C_W sigma^2 at layer u,

R_u = the product of chi_par over the layers u+1, ..., l-1. Covariances are sums over Hermite coefficients of psi.
"""

import numpy as np

HALF_LINE, WEIGHTS = np.polynomial.legendre.leggauss(400)
REACH = 14.0
U = np.concatenate([-REACH / 2 * (HALF_LINE[::-1] + 1), REACH / 2 * (HALF_LINE + 1)])  # a kink at zero is an end
DENSITY = np.exp(-U * U / 2) / np.sqrt(2 * np.pi) * REACH / 2 * np.concatenate([WEIGHTS[::-1], WEIGHTS])


def hermite(most):
    """Normalised Hermite polynomials 0, ..., most at the nodes."""
    rows = [np.ones_like(U), U]
    for m in range(1, most):
        rows.append((U * rows[-1] - np.sqrt(m) * rows[-2]) / np.sqrt(m + 1))
    return np.array(rows[: most + 1])


def coefficients(function, kernels, most):
    """<psi He_m>/sqrt(m!) for every kernel: an array (kernels, most + 1)."""
    basis = hermite(most) * DENSITY
    return np.array([basis @ function(np.sqrt(k) * U) for k in np.atleast_1d(kernels)])


def kernels_and_responses(sigma, slope, c, weight, bias, start, depth):
    """K and chi_par in layers 1, ..., depth, dK'/dK = c^2 + C_W <sigma sigma' z>/K."""
    kernels, responses = [start], []
    for _ in range(depth):
        k = kernels[-1]
        z = np.sqrt(k) * U
        responses.append(c * c + weight * float(DENSITY @ (sigma(z) * slope(z) * z)) / k)
        kernels.append(c * c * k + bias + weight * float(DENSITY @ sigma(z) ** 2))
    return np.array(kernels[:-1]), np.array(responses)


def vertex(sigma, slope, c, weight, bias, start, depth, most=40):
    """(K, V) in layers 1, ..., depth."""
    kernels, responses = kernels_and_responses(sigma, slope, c, weight, bias, start, depth)
    psi = coefficients(lambda z: weight * sigma(z) ** 2, kernels, most)[:, 1:]
    orders = np.arange(1, most + 1)
    found = [0.0]
    # walk: X_u = sum over v <= u of R Cov(psi_v, psi_u), as one sum per Hermite order
    spread = 0.0
    carried = np.zeros(most)  # sum over v < l of (product of chi_par above v) c_m(v) sqrt(K_v)^m c^(m (l - v))
    itself = 0.0
    for layer in range(depth - 1):
        scale = np.sqrt(kernels[layer])
        mixed = float(np.sum(carried * psi[layer] / scale**orders))  # Cov(Ŝ of this layer, xi of the next)
        chi = responses[layer]
        # psi of this layer drives the next; what drove this one is in ``carried``
        spread = chi**2 * spread + 2 * chi * mixed + float(np.sum(psi[layer] ** 2))
        square = np.sqrt(2.0) * kernels[layer] * psi[layer][1]  # Cov(psi(z), z^2)
        itself = c * c * (chi * itself + square)
        found.append(spread + 2 * itself)
        carried = (chi * carried + psi[layer] * scale**orders) * c**orders
    return kernels, np.array(found)
