"""Chance with names: every draw has a generator of its own, so one layer's draws never move another's."""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["dice"]


def dice(seed: int, *names: object) -> np.random.Generator:
    """Return the generator of these names: the same names and seed give the same draws everywhere."""
    text = "\x1f".join(str(n) for n in (seed, *names))
    return np.random.Generator(
        np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))
    )
