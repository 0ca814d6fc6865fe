"""Callsigns: which one a position flies under, and which a flight used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.flights.coded import coded
from waystation.terms.compiled import kernel
from waystation.terms.runs import spread

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from waystation.flights.bodies import Bodies

    Ints = NDArray[np.int64]

__all__ = ["Callsigns", "callsigns_of", "callsigns_used", "held_callsign"]


@dataclass(frozen=True)
class Callsigns:
    """What was heard: ``code`` per position of ``Bodies``, an index into ``words``, -1 where none was."""

    code: Ints
    words: tuple[str, ...]
    hold_s: float  # so long a callsign holds after it was heard


def callsigns_of(positions: pa.Table, bodies: Bodies, hold_s: float) -> Callsigns:
    """Return the callsigns of the used positions."""
    code, words = coded(positions.column("callsign").combine_chunks())
    return Callsigns(code[bodies.row], tuple(words.to_pylist()), hold_s)


def held_callsign(callsigns: Callsigns, bodies: Bodies, at: Ints) -> Ints:
    """Return the code that holds at each position of ``at``: the last one heard, else the next, else -1."""
    body = np.searchsorted(bodies.start, at, side="right") - 1
    limits = bodies.start[body], bodies.start[body + 1]
    out: Ints = _held(callsigns.code, bodies.t_s, at, *limits, float(callsigns.hold_s))
    return out


@kernel()
def _held(
    code: Ints, t: NDArray[np.float64], at: Ints, start: Ints, stop: Ints, hold_s: float
) -> NDArray[np.int64]:
    out = np.full(len(at), -1, dtype=np.int64)
    for n in range(len(at)):
        i = k = at[n]
        while i >= start[n] and code[i] < 0 and t[k] - t[i] <= hold_s:
            i -= 1
        if i < start[n] or t[k] - t[i] > hold_s:
            i = k
            while i < stop[n] and code[i] < 0 and t[i] - t[k] <= hold_s:
                i += 1
            if i >= stop[n] or t[i] - t[k] > hold_s:
                continue
        out[n] = code[i]
    return out


def callsigns_used(callsigns: Callsigns, first: Ints, last: Ints) -> list[str | None]:
    """Return the distinct callsigns of positions ``first`` to ``last`` of each flight, by first use.

    Joined by a comma; None where none was heard.
    """
    heard = np.flatnonzero(callsigns.code >= 0)
    code = callsigns.code[heard]
    begin, end = np.searchsorted(heard, first), np.searchsorted(heard, last, side="right")
    changes = np.flatnonzero(np.r_[False, code[1:] != code[:-1]][: len(code)])
    flight, k = spread(np.searchsorted(changes, begin, side="right"), np.searchsorted(changes, end))
    words = callsigns.words
    opening = np.append(code, 0)[begin]
    used: list[dict[str, None]] = [
        {words[c].strip(): None} if some else {}
        for c, some in zip(opening.tolist(), (begin < end).tolist(), strict=True)
    ]
    for f, c in zip(flight.tolist(), code[changes[k]].tolist(), strict=True):
        used[f][words[c].strip()] = None
    return [",".join(w for w in of if w) or None for of in used]
