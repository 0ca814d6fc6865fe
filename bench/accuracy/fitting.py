"""The conditional logit behind the endings: terms as sparse rows, penalty, loss and its gradient."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numba import njit, prange
from scipy.optimize import minimize, minimize_scalar

from waystation.flights.candidates import context, matrix
from waystation.flights.features import GROUPS, N_PARAMETERS, N_TERMS, fill_terms, onward_deg
from waystation.flights.field_table import field_table
from waystation.flights.prune_blocks import blocks_of
from waystation.flights.prune_kernel import prune

RIDGE, SMOOTH = 0.3, 1.0  # pull to zero; pull neighbouring knots together
STRENGTH = 4.0  # of both, per end weighed 8; chosen on held-apart random masks among 1, 2, 4 and 15
THREADS = 8


@njit(cache=True, parallel=True)
def _build(  # noqa: PLR0917 - Numba takes no dataclasses
    s, is_origin, far, home, bases, rows, lat, lon, elevation, attributes, runway, country, index, value
):
    for e in prange(len(s)):
        i, v = np.empty(N_TERMS, np.int16), np.empty(N_TERMS, np.float32)
        onward = onward_deg(s[e])
        for c in range(rows.shape[1]):
            r = rows[e, c]
            if r < 0:
                continue
            base = False
            for k in range(bases.shape[1]):
                base |= bases[e, k] == r
            m = fill_terms(
                s[e],
                onward,
                is_origin[e],
                far[e],
                home[e],
                base,
                lat[r],
                lon[r],
                elevation[r],
                attributes[r],
                runway[r],
                country[r],
                i,
                v,
            )
            index[e, c, :m] = i[:m]
            value[e, c, :m] = v[:m]


def terms(states, airfields, reach_km=1600.0, keep=240, truth_rows=None, forced=None):
    """Return (rows, index, value). Where `forced`, a truth that pruning lost takes the last place: fitting needs it."""
    t = field_table(airfields)
    s = matrix(states)
    far, home, bases = context(states, airfields, t)
    must = np.full((len(s), 1), -1, dtype=np.int64)
    rows = prune(s, bases, must, blocks_of(t), reach_km, keep)
    if forced is not None:
        lost = np.flatnonzero(forced & (truth_rows >= 0) & ~(rows == truth_rows[:, None]).any(1))
        rows[lost, -1] = truth_rows[lost]
        print(f"pruning lost {len(lost)} truths of {int(forced.sum())}")
    n, k = rows.shape
    index, value = np.zeros((n, k, N_TERMS), np.int16), np.zeros((n, k, N_TERMS), np.float32)
    _build(
        s,
        states.is_origin,
        far,
        home,
        bases,
        rows,
        t.lat,
        t.lon,
        t.elevation_ft,
        t.attributes,
        t.runway_deg,
        t.country,
        index,
        value,
    )
    return rows, index, value


@njit(cache=True, parallel=True)
def forward(index, value, rows, beta):
    n, k, width = index.shape
    out = np.full((n, k), -np.inf)
    for e in prange(n):
        for c in range(k):
            if rows[e, c] >= 0:
                total = 0.0
                for z in range(width):
                    if value[e, c, z] == 0:
                        break
                    total += value[e, c, z] * beta[index[e, c, z]]
                out[e, c] = total
    return out


@njit(cache=True, parallel=True)
def _loss(index, value, rows, at, which, weight, beta):
    k, width = index.shape[1:]
    gradient, loss = np.zeros((THREADS, len(beta))), np.zeros(THREADS)
    for th in prange(THREADS):
        p = np.empty(k)
        for q in range(th, len(which), THREADS):
            e, top = which[q], -1e300
            for c in range(k):
                p[c] = -1e300
                if rows[e, c] >= 0:
                    p[c] = 0.0
                    for z in range(width):
                        if value[e, c, z] == 0:
                            break
                        p[c] += value[e, c, z] * beta[index[e, c, z]]
                    top = max(top, p[c])
            total = 0.0
            for c in range(k):
                p[c] = math.exp(p[c] - top) if p[c] > -1e299 else 0.0
                total += p[c]
            loss[th] -= weight[e] * math.log(max(p[at[e]] / total, 1e-300))
            for c in range(k):
                g = weight[e] * (p[c] / total - (1.0 if c == at[e] else 0.0))
                if abs(g) > 1e-7:
                    for z in range(width):
                        if value[e, c, z] == 0:
                            break
                        gradient[th, index[e, c, z]] += g * value[e, c, z]
    return loss.sum(), gradient.sum(0)


def penalty():
    """Quadratic form: small values, neighbours alike, origin like destination where the physics is the same."""
    q = np.zeros((N_PARAMETERS, N_PARAMETERS))

    def alike(i, j, w):
        q[i, i] += w
        q[j, j] += w
        q[i, j] -= w
        q[j, i] -= w

    for name, (at, shape) in GROUPS.items():
        size = int(np.prod(shape))
        place = at + np.arange(size).reshape(shape)
        q[np.arange(at, at + size), np.arange(at, at + size)] += RIDGE
        axes = (
            []
            if name in ("country", "operator")
            else [0, 1]
            if name in ("total", "runway")
            else list(range(1, len(shape)))
        )
        for axis in axes:
            for line in np.moveaxis(place, axis, -1).reshape(-1, shape[axis]):
                for i, j in pairwise(line):
                    alike(i, j, SMOOTH)
        if name.startswith("course"):
            for i, j in zip(place[0].ravel(), place[1].ravel(), strict=True):
                alike(i, j, SMOOTH / 2)
    return STRENGTH * q


def fit(index, value, rows, at, which, weight, start=None, iterations=120, gone=None):
    """Return the fitted parameters; those marked in ``gone`` stay as they start (zero)."""
    q, which = penalty(), np.asarray(which, dtype=np.int64)

    def f(b):
        loss, g = _loss(index, value, rows, at, which, weight, b)
        pull = q @ b
        slope = g + pull
        return loss + 0.5 * b @ pull, slope if gone is None else np.where(gone, 0.0, slope)

    r = minimize(
        f,
        np.zeros(N_PARAMETERS) if start is None else start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "maxcor": 20},
    )
    return r.x


def softmax(score, temperature):
    z = score / temperature
    w = np.exp(z - z.max(1, keepdims=True))
    return w / w.sum(1, keepdims=True)


def temperature_of(score, at, weight):
    def loss(log_t):
        p = softmax(score, math.exp(log_t))[np.arange(len(at)), at]
        return -(weight * np.log(np.maximum(p, 1e-9))).sum() / weight.sum()

    return math.exp(minimize_scalar(loss, bounds=(-0.7, 0.7), method="bounded", options={"xatol": 0.005}).x)
