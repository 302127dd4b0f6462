"""The tangent kernel's tower of z' = c z + b + W sigma(z) at one input, to leading order in 1/n: nothing of ptheory.

Fields of a neuron: z, D0 z, D1 z (derivatives along directions in parameter space, variances Theta) and y = D0 D1 z.
X_ab is the covariance of two of them given the layers below, psi_ab what a neuron adds to it:

    zz   C_W sigma^2                            00, 11   lambda_W sigma^2 + C_W sigma'^2 D^2
    z0   C_W sigma sigma' D0                    01       C_W sigma'^2 D0 D1
    yz   C_W (sigma sigma'' D0 D1 + ...)        y1       C_W sigma' sigma'' D0 D1^2 + lambda_W sigma sigma' D0 + ...

and with a third direction, y in turn with others of its kind,

    yy   (C_W sigma''^2 D0^2 + lambda_W sigma'^2) D1 D2 + ...               (fields D0 D1 z and D0 D2 z)
    r    (C_W sigma' sigma''' D0^2 + lambda_W sigma sigma'') D1 D2 + ...    (D0 D1 D2 z and D0 z)
    u    C_W sigma' sigma'' D0 D1 D2 + ...                                  (D0 D1 z and D2 z)

    X' = M X + xi,   xi = (1/n) sum_j psi(neuron j) - mean.

Functions of a neuron are expanded in Hermite polynomials He_m(z) times 1, D0, D0 D1, He_2(D0), He_2(D1): modes, which
a layer hands on with the factor c^(m + p), p the number of D. ``made`` is what X has of the modes of its layer.
"""

import numpy as np

from tests.residual.two_layers import DENSITY, U, hermite

COMPONENTS = "zz", "00", "11", "z0", "01", "yz", "y1", "yy", "r", "u"
STRUCTURES = {"": 0, "D0": 1, "D0D1": 2, "D0D0": 2, "D1D1": 2, "D0D1D2": 3}
TENSORS = {
    "V": ("zz", "zz"),
    "D": ("00", "zz"),
    "F": ("z0", "z0"),
    "A": ("00", "11"),
    "B": ("01", "01"),
    "P": ("yz", "01"),
    "Q": ("y1", "z0"),
    "R": ("r", "01"),
    "S": ("yy", "01"),
    "T": ("y1", "y1"),
    "U": ("u", "u"),
}
MEANS = "G1", "Theta1"
FIELDS = {"zz": "", "00": "D0D0", "11": "D1D1", "z0": "D0", "01": "D0D1"}


def tower(functions, c, weight, bias, rates, start, depth, most=30, theta=None):
    """Rows (K, Theta, TENSORS, MEANS) of layers 1, ..., depth. ``functions``: sigma and its first three derivatives;
    ``rates``: of biases and weights; ``start``: K of layer 1, of whose inputs Theta is start's share, or ``theta``."""
    sigma, slope, bend, third = functions
    rate_b, rate_w = rates
    basis = hermite(most)
    orders, wider = np.arange(most + 1), hermite(most + 2)
    index = {name: k for k, name in enumerate(COMPONENTS)}
    kernel = start
    tangent = theta if theta is not None else rate_b + rate_w * (start - bias) / weight
    spread = np.zeros((10, 10))
    made = {s: np.zeros((10, most + 1)) for s in STRUCTURES}
    shift, drift = 0.0, 0.0  # of the means of zz and of 00, to order 1/n
    rows = []
    for _ in range(depth):
        z = np.sqrt(kernel) * U
        f, g, h, i = sigma(z), slope(z), bend(z), third(z)

        def mean(values):
            return float(DENSITY @ values)

        rows.append([kernel, tangent, *_tensors(spread, made, index, kernel, tangent, most), shift, drift])
        he2 = U * U - 1
        psi = {s: np.zeros((10, len(U))) for s in STRUCTURES}
        psi[""][index["zz"]] = weight * f * f
        for k, s in (("00", "D0D0"), ("11", "D1D1")):
            psi[""][index[k]] = rate_w * f * f + weight * tangent * g * g
            psi[s][index[k]] = weight * tangent * np.sqrt(2) * g * g
        psi["D0"][index["z0"]] = weight * np.sqrt(tangent) * f * g
        psi["D0D1"][index["01"]] = weight * tangent * g * g
        psi["D0D1"][index["yz"]] = weight * tangent * f * h
        psi["D0"][index["y1"]] = np.sqrt(tangent) * (weight * tangent * g * h + rate_w * f * g)
        psi["D0D1"][index["yy"]] = tangent * (weight * tangent * h * h + rate_w * g * g)
        psi["D0D1"][index["r"]] = tangent * (weight * tangent * g * i + rate_w * f * h)
        psi["D0D1D2"][index["u"]] = weight * tangent**1.5 * g * h
        psi[""] -= (psi[""] @ DENSITY)[:, None]
        noise = {s: (values * DENSITY) @ basis.T for s, values in psi.items()}
        square, slopes = mean(he2 * f * f) / kernel / 2, mean(he2 * g * g) / kernel / 2
        both, bends = mean(U * f * g) / np.sqrt(kernel), mean(U * g * h) / np.sqrt(kernel)
        parallel, perpendicular = c * c + weight * square, c * c + weight * mean(g * g)
        response = np.diag([parallel, *[perpendicular] * 2, c * c + weight * both, perpendicular])
        response = np.pad(response, (0, 5))
        response[1, 0] = response[2, 0] = rate_w * square + weight * tangent * slopes
        response[5, 5], response[5, 4] = c * c + weight * both, weight * mean(f * h)
        response[6, 6], response[6, 3] = perpendicular, weight * tangent * bends + rate_w * both
        response[7, 7] = response[8, 8] = response[9, 9] = perpendicular
        response[7, 4] = weight * tangent * mean(h * h) + rate_w * mean(g * g)
        response[8, 4] = weight * tangent * mean(g * i) + rate_w * mean(f * h)
        response[8, 5] = weight * tangent * bends + rate_w * both
        plain = {s: (psi[s] * DENSITY) @ wider.T for s in ("", "D0D0")}
        squares, both_d = plain[""][0], plain[""][1]
        slopes_squared = (weight * g * g * DENSITY) @ wider.T
        twice = np.sqrt((orders + 1) * (orders + 2)) / kernel  # modes of a second derivative, from those two higher
        once = np.sqrt(orders + 1) / np.sqrt(kernel)
        curved = np.sqrt(24) / kernel**2  # a fourth derivative from the mode of order 4
        bent = np.sqrt(2) / kernel * slopes_squared[2]
        own = 0.5 * (twice * squares[2:]) @ made[""][0]
        new_shift = parallel * shift + curved * squares[4] * spread[0, 0] / 8 + own
        own = 0.5 * (twice * both_d[2:]) @ made[""][0] + slopes_squared[:-2] @ made[""][1]
        own += 2 * np.sqrt(tangent) * (once * slopes_squared[1:-1]) @ made["D0"][3]
        drift = perpendicular * drift + response[1, 0] * shift + own
        drift += curved * both_d[4] * spread[0, 0] / 8 + bent * (spread[1, 0] / 2 + spread[3, 3])
        shift = new_shift
        mixed = sum(response @ made[s] @ noise[s].T for s in STRUCTURES)
        spread = response @ spread @ response.T + mixed + mixed.T + sum((v * DENSITY) @ v.T for v in psi.values())
        new = c * c * kernel + bias + weight * mean(f * f)
        above = c * c * tangent + rate_b + rate_w * mean(f * f) + weight * mean(g * g) * tangent
        for s, p in STRUCTURES.items():
            handed = c ** (orders + p) * (kernel / new) ** (orders / 2) * (tangent / above) ** (p / 2)
            made[s] = (response @ made[s] + noise[s]) * handed
        kernel, tangent = new, above
    return np.array(rows)


def _tensors(spread, made, index, kernel, tangent, most):
    """Covariances, and what the neurons of the correlator have themselves put into X."""
    of_fields = {
        "zz": (2, np.sqrt(2) * kernel),
        "00": (0, np.sqrt(2) * tangent),
        "11": (0, np.sqrt(2) * tangent),
        "z0": (1, np.sqrt(kernel * tangent)),
        "01": (0, tangent),
    }
    for a, b in TENSORS.values():
        found = spread[index[a], index[b]]
        for left, right in ((a, b), (b, a)):
            if right in of_fields:
                order, size = of_fields[right]
                found += made[FIELDS[right]][index[left], order] * size
        yield found
