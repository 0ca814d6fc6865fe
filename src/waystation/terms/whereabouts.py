"""Where each end of a flight may have been, as probabilities: one reading for every stage that counts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from waystation.terms.endings import ENDS, SETTLED_ENDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

__all__ = ["OTHER", "whereabouts"]

OTHER: Final = "OTHER"  # a candidate that stands for every place not listed: it belongs to no route
Places = dict[str, float]


def whereabouts(flights: pa.Table, candidates: pa.Table) -> dict[tuple[str, str], Places]:
    """Return (flight_id, ``origin`` or ``destination``) → airfield → probability, for every end.

    An end that is seen, on approach, listed or decided by an analyst (probability null) stands for one
    airfield, with its own probability (1 where null). Any other end stands for all its candidates, ``OTHER``
    left out, so that the sum may be below 1; without candidates for the airfield it names, if any.
    """
    ranked: dict[tuple[str, str], Places] = defaultdict(dict)
    columns = (candidates.column(c).to_pylist() for c in ("flight_id", "end", "airfield", "probability"))
    for flight_id, end, airfield, probability in zip(*columns, strict=True):
        if airfield not in {None, OTHER} and probability is not None:
            ranked[flight_id, end][airfield] = probability
    names = ["flight_id", *(f"{end}{what}" for end in ENDS for what in ("", "_ending", "_probability"))]
    rows = flights.select(names).to_pylist()
    return {
        (f["flight_id"], end): _of(f, end, ranked.get((f["flight_id"], end))) for f in rows for end in ENDS
    }


def _of(flight: Mapping[str, Any], end: str, ranked: Places | None) -> Places:
    airfield, p = flight[end], flight[f"{end}_probability"]
    named = {} if airfield is None else {airfield: 1.0 if p is None else p}
    settled = airfield is not None and (flight[f"{end}_ending"] in SETTLED_ENDINGS or p is None)
    return named if settled or not ranked else ranked
