"""Cumulants of a layer's fields from averages in which the layer's own parameters are integrated out exactly.

Given the layers below, neuron i has mean d_i (its direct terms) and covariance Ghat, independently of the others, so
with q_i = d_i d_i + Ghat

    E[z_i;a z_i;b]              = E[q_i;ab]
    E[z_i;a z_i;b z_j;c z_j;d]  = E[q_i;ab q_j;cd],    i != j, averaged over all pairs of neurons.

Without direct terms the connected part is Cov(Ghat_ab, Ghat_cd), and the six-point one the third cumulant of Ghat; a
neuron whose weights are not Gaussian has a fourth cumulant of its own given the layers below, "row4".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ptheory.simulation.array_functions import Array
from ptheory.simulation.networks_in_numbers import ReadLayer

MOST_LEGS_OF_SIX_POINT = 4


def conditional_moments(read: ReadLayer) -> dict[str, Array]:
    """Mean over the networks at hand of moments given the layers below; "same": one neuron, "cross": distinct ones."""
    return _without_direct_terms(read) if read.direct is None else _with_direct_terms(read, read.direct)


def _without_direct_terms(read: ReadLayer) -> dict[str, Array]:
    covariance = read.covariance()
    legs = covariance.shape[-1]
    g = np.ascontiguousarray(covariance.reshape(read.networks, legs**2).T)
    pair = _sum_of_products(g, g).reshape((legs,) * 4) / read.networks
    moments = {
        "same2": covariance.mean(axis=0),
        "cross4": pair,
        "same4": pair + pair.transpose(0, 2, 1, 3) + pair.transpose(0, 2, 3, 1),
    }
    fourth = read.fourth_cumulant()
    if fourth is not None:
        moments["row4"] = fourth.mean(axis=0)
        moments["same4"] = moments["same4"] + moments["row4"]
    if legs <= MOST_LEGS_OF_SIX_POINT:
        squares = (g[:, None] * g[None]).reshape(legs**4, read.networks)
        moments["cross6"] = _sum_of_products(squares, g).reshape((legs,) * 6) / read.networks
    return moments


def _with_direct_terms(read: ReadLayer, direct: Array) -> dict[str, Array]:
    networks, legs, n = direct.shape
    d = np.ascontiguousarray(np.swapaxes(direct, 0, 1)).reshape(legs, networks * n)
    dd = (d[:, None] * d[None]).reshape(legs**2, networks * n)
    g = np.ascontiguousarray(read.covariance().reshape(networks, legs**2).T)
    q = dd + np.repeat(g, n, axis=1)
    sum_d, sum_q = d.reshape(legs, networks, n).sum(axis=-1), q.reshape(legs**2, networks, n).sum(axis=-1)
    # sums over networks and single neurons, then over networks and all pairs of neurons, equal ones included
    d2, d3, d4 = (_sum_of_products(x, y) for x, y in ((d, d), (dd, d), (dd, dd)))
    qd, qq = _sum_of_products(q, d).reshape((legs,) * 3), _sum_of_products(q, q).reshape((legs,) * 4)
    d3, d4 = d3.reshape((legs,) * 3), d4.reshape((legs,) * 4)
    pair2, pair3, pair4 = (_sum_of_products(x, y) for x, y in ((sum_d, sum_d), (sum_q, sum_d), (sum_q, sum_q)))
    singles, pairs = n * networks, n * (n - 1) * networks or np.nan
    return {
        "same1": sum_d.sum(axis=1) / singles,
        "same2": sum_q.sum(axis=1).reshape(legs, legs) / singles,
        "same3": (qd + qd.transpose(0, 2, 1) + qd.transpose(2, 0, 1) - 2 * d3) / singles,
        "same4": (qq + qq.transpose(0, 2, 1, 3) + qq.transpose(0, 2, 3, 1) - 2 * d4) / singles,
        "cross2": (pair2 - d2) / pairs,
        "cross3": (pair3.reshape((legs,) * 3) - qd) / pairs,
        "cross4": (pair4.reshape((legs,) * 4) - qq) / pairs,
    }


def _sum_of_products(left: Array, right: Array) -> Array:
    """sum_x left[p,x] right[q,x]; not a matrix product: its threads cost more than they save on so few rows."""
    found: Array = np.einsum("px,qx->pq", left, right)
    return found


def second_cumulant(moments: Mapping[str, Array]) -> Array:
    """E[z_a z_b] - E[z_a] E[z_b] at one neuron, shape (legs, legs).

    Without "same1" the mean of a field is zero by its law, and the moment is the cumulant.
    """
    if "same1" not in moments:
        return moments["same2"]
    found: Array = moments["same2"] - np.einsum("a,b->ab", moments["same1"], moments["same1"])
    return found


def fourth_cumulant_cross(moments: Mapping[str, Array]) -> Array:
    """kappa(z_i;a, z_i;b, z_j;c, z_j;d), i != j."""
    m2, m4 = moments["same2"], moments["cross4"]
    if "same1" not in moments:
        found: Array = m4 - np.einsum("ab,cd->abcd", m2, m2)
        return found
    m1, x2, x3 = moments["same1"], moments["cross2"], moments["cross3"]
    triples = (
        np.einsum("abc,d->abcd", x3, m1)
        + np.einsum("abd,c->abcd", x3, m1)
        + np.einsum("cda,b->abcd", x3, m1)
        + np.einsum("cdb,a->abcd", x3, m1)
    )
    with_means: Array = m4 - triples + _lower_terms(m2, m2, x2, x2, x2, x2, m1)
    return with_means


def fourth_cumulant_same(moments: Mapping[str, Array]) -> Array:
    """kappa(z_i;a, z_i;b, z_i;c, z_i;d)."""
    m2, m4 = moments["same2"], moments["same4"]
    if "same1" not in moments:
        m1, m3 = np.zeros(len(m2)), np.zeros((len(m2),) * 3)
    else:
        m1, m3 = moments["same1"], moments["same3"]
    triples = sum(
        (
            np.einsum(f"{three},{one}->abcd", m3, m1)
            for three, one in (("abc", "d"), ("abd", "c"), ("acd", "b"), ("bcd", "a"))
        ),
        np.zeros(()),
    )
    return m4 - triples + _lower_terms(m2, m2, m2, m2, m2, m2, m1)


def _lower_terms(ab: Array, cd: Array, ac: Array, bd: Array, ad: Array, bc: Array, mean: Array) -> Array:
    """Fourth cumulant from moments: - sum m2 m2 + 2 sum m2 m1 m1 - 6 m1^4, each second moment by its pair of legs."""
    pairs = np.einsum("ab,cd->abcd", ab, cd) + np.einsum("ac,bd->abcd", ac, bd) + np.einsum("ad,bc->abcd", ad, bc)
    mixed = (
        np.einsum("ab,c,d->abcd", ab, mean, mean)
        + np.einsum("cd,a,b->abcd", cd, mean, mean)
        + np.einsum("ac,b,d->abcd", ac, mean, mean)
        + np.einsum("bd,a,c->abcd", bd, mean, mean)
        + np.einsum("ad,b,c->abcd", ad, mean, mean)
        + np.einsum("bc,a,d->abcd", bc, mean, mean)
    )
    found: Array = -pairs + 2 * mixed - 6 * np.einsum("a,b,c,d->abcd", mean, mean, mean, mean)
    return found


def fourth_cumulant_of_a_row(moments: Mapping[str, Array]) -> Array:
    """E[kappa(z_i;a, z_i;b, z_i;c, z_i;d | layers below)]: zero for Gaussian weights."""
    return moments["row4"]


def third_cumulant_of_covariances(moments: Mapping[str, Array]) -> Array:
    """Third cumulant of Ghat_ab, Ghat_cd, Ghat_ef."""
    g, gg, ggg = moments["same2"], moments["cross4"], moments["cross6"]
    pairs = (
        np.einsum("abcd,ef->abcdef", gg, g) + np.einsum("abef,cd->abcdef", gg, g) + np.einsum("cdef,ab->abcdef", gg, g)
    )
    found: Array = ggg - pairs + 2 * np.einsum("ab,cd,ef->abcdef", g, g, g)
    return found
