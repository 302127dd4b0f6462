"""Cumulants of a layer's fields from averages in which the layer's own parameters are integrated out exactly.

Given the layers below, neuron i has mean d_i (its direct terms) and covariance Ghat, independently of the others, so
with q_i = d_i d_i + Ghat

    E[z_i;a z_i;b]              = E[q_i;ab]
    E[z_i;a z_i;b z_j;c z_j;d]  = E[q_i;ab q_j;cd],    i != j, averaged over all pairs of neurons.

Without direct terms the connected part is Cov(Ghat_ab, Ghat_cd), and the six-point one the third cumulant of Ghat.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ptheory.verification.array_functions import Array
from ptheory.verification.networks_in_numbers import ReadLayer

MOST_LEGS_OF_SIX_POINT = 4


def conditional_moments(read: ReadLayer) -> dict[str, Array]:
    """Mean over the networks at hand of moments given the layers below."""
    g = read.covariance()
    if read.direct is None:
        moments = {"same2": g.mean(axis=0)}
        pair = np.einsum("xab,xcd->abcd", g, g) / read.networks
        moments["cross4"] = pair
        moments["same4"] = pair + pair.transpose(0, 2, 1, 3) + pair.transpose(0, 2, 3, 1)
        if g.shape[-1] <= MOST_LEGS_OF_SIX_POINT:
            moments["cross6"] = np.einsum("xab,xcd,xef->abcdef", g, g, g, optimize=True) / read.networks
        return moments
    d = read.direct
    n = d.shape[-1]
    q = np.einsum("xai,xbi->xabi", d, d) + g[..., None]
    sum_d, sum_q = d.sum(axis=-1), q.sum(axis=-1)
    dd = np.einsum("xai,xbi->ab", d, d)
    qd = np.einsum("xabi,xci->abc", q, d)
    qq = np.einsum("xabi,xcdi->abcd", q, q)
    ddd = np.einsum("xai,xbi,xci->abc", d, d, d, optimize=True)
    dddd = np.einsum("xai,xbi,xci,xdi->abcd", d, d, d, d, optimize=True)
    singles, pairs = n * read.networks, n * (n - 1) * read.networks or np.nan
    return {
        "same1": sum_d.mean(axis=0) / n,
        "same2": sum_q.mean(axis=0) / n,
        "same3": (qd + qd.transpose(0, 2, 1) + qd.transpose(2, 0, 1) - 2 * ddd) / singles,
        "same4": (qq + qq.transpose(0, 2, 1, 3) + qq.transpose(0, 2, 3, 1) - 2 * dddd) / singles,
        "cross2": (np.einsum("xa,xb->ab", sum_d, sum_d) - dd) / pairs,
        "cross3": (np.einsum("xab,xc->abc", sum_q, sum_d) - qd) / pairs,
        "cross4": (np.einsum("xab,xcd->abcd", sum_q, sum_q) - qq) / pairs,
    }


def second_cumulant(moments: Mapping[str, Array]) -> Array:
    if "same1" not in moments:
        return moments["same2"]
    return moments["same2"] - np.einsum("a,b->ab", moments["same1"], moments["same1"])


def fourth_cumulant_cross(moments: Mapping[str, Array]) -> Array:
    """kappa(z_i;a, z_i;b, z_j;c, z_j;d), i != j."""
    m2, m4 = moments["same2"], moments["cross4"]
    if "same1" not in moments:
        return m4 - np.einsum("ab,cd->abcd", m2, m2)
    m1, x2, x3 = moments["same1"], moments["cross2"], moments["cross3"]
    triples = (
        np.einsum("abc,d->abcd", x3, m1)
        + np.einsum("abd,c->abcd", x3, m1)
        + np.einsum("cda,b->abcd", x3, m1)
        + np.einsum("cdb,a->abcd", x3, m1)
    )
    return m4 - triples + _lower_terms(m2, m2, x2, x2, x2, x2, m1)


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
    return -pairs + 2 * mixed - 6 * np.einsum("a,b,c,d->abcd", mean, mean, mean, mean)


def third_cumulant_of_covariances(moments: Mapping[str, Array]) -> Array:
    """Third cumulant of Ghat_ab, Ghat_cd, Ghat_ef."""
    g, gg, ggg = moments["same2"], moments["cross4"], moments["cross6"]
    pairs = (
        np.einsum("abcd,ef->abcdef", gg, g) + np.einsum("abef,cd->abcdef", gg, g) + np.einsum("cdef,ab->abcdef", gg, g)
    )
    return ggg - pairs + 2 * np.einsum("ab,cd,ef->abcdef", g, g, g)
