"""Numbers and words into a buffer of bytes, compiled: the rows of a readsb trace, three hundred MB a second.

Every writer takes (buffer, place, …) and returns the next place. ``put_fixed`` takes a number that is already
scaled to an integer, so that what is written is what was meant.
"""

from __future__ import annotations

import numpy as np

from waystation.terms.compiled import kernel


def literal(text: str) -> np.ndarray:
    """Return text as bytes that a kernel can hold as a constant."""
    return np.frombuffer(text.encode(), dtype=np.uint8).copy()


@kernel()
def put_bytes(buf, p, what):
    for i in range(what.size):
        buf[p + i] = what[i]
    return p + what.size


@kernel()
def put_int(buf, p, v):
    if v < 0:
        buf[p] = 45
        p += 1
        v = -v
    n = 1
    w = v
    while w >= 10:
        w //= 10
        n += 1
    q = p + n
    while q > p:
        q -= 1
        buf[q] = 48 + v % 10
        v //= 10
    return p + n


@kernel()
def put_fixed(buf, p, scaled, decimals):
    if scaled < 0:
        buf[p] = 45
        p += 1
        scaled = -scaled
    unit = 1
    for _ in range(decimals):
        unit *= 10
    p = put_int(buf, p, scaled // unit)
    buf[p] = 46
    part = scaled % unit
    q = p + decimals
    while q > p:
        buf[q] = 48 + part % 10
        part //= 10
        q -= 1
    return p + decimals + 1


@kernel()
def chance(state):
    """A number in [0, 1) by splitmix64: the same on every machine and every Numba."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return np.float64(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)
