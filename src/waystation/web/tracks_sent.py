"""Tracks on their way to the map: a stream of Arrow record batches, drawn as they arrive.

Columns: ``flight`` (its id), ``after`` (flown since the case's event; one value in a batch), ``lonlat`` (list
of float32: longitude, latitude, longitude … in degrees). The schema's metadata says what was selected.
"""

from __future__ import annotations

import io
import itertools
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from waystation.terms.errors import UsageError
from waystation.web.tracks import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waystation.web.result import Result
    from waystation.web.tracks import Picked

__all__ = ["ARROW", "streamed", "view_of"]

ARROW: Final = "application/vnd.apache.arrow.stream"

_BATCH: Final = 40_000  # positions: 320 kB, a tenth of a second to draw
_TURNS: Final = 8  # batches of a colour at least, so that the two mix …
_LEAST: Final = 2_000  # … unless that leaves fewer positions than a layer is worth
_SCHEMA: Final = pa.schema(
    [("flight", pa.string()), ("after", pa.bool_()), ("lonlat", pa.list_(pa.float32()))]
)


def view_of(asked: Mapping[str, str], result: Result) -> View:
    """Read ``bbox`` (west,south,east,north in degrees) and ``zoom`` out of an address; none: the world."""
    try:
        west, south, east, north = (float(v) for v in asked.get("bbox", "-180,-90,180,90").split(","))
        zoom = float(asked.get("zoom", "2"))
    except ValueError as error:
        raise UsageError(f"{error}; write bbox=west,south,east,north and zoom as numbers") from error
    if not all(math.isfinite(v) for v in (west, south, east, north, zoom)) or west >= east or south >= north:
        raise UsageError(f"bbox={asked.get('bbox')} is no map; west < east and south < north, in degrees")
    events = result.case.view.events if result.case else ()
    day = events[0].date if events else None
    event = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000) if day else None
    return View(west, south, east, north, zoom, event)


def streamed(picked: Picked) -> Iterator[bytes]:
    """Yield an Arrow IPC stream, batch by batch.

    Batches before and since the event take turns: what is drawn later lies on top, and neither colour may
    hide the other.
    """
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, _SCHEMA.with_metadata(dict(picked.said))) as writer:
        yield _taken(sink)
        sides = (_batches(picked, after=after) for after in (False, True))
        for batch in filter(None, itertools.chain.from_iterable(itertools.zip_longest(*sides))):
            writer.write_batch(batch)
            yield _taken(sink)
    yield _taken(sink)


def _taken(sink: io.BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data


def _batches(picked: Picked, *, after: bool) -> Iterator[pa.RecordBatch]:
    tracks, found = picked.tracks, picked.found
    late = tracks.first_ms >= picked.event_ms if picked.event_ms is not None else tracks.first_ms < 0
    kept = late[tracks.path[found]] == after
    mine = found[kept]
    if not len(mine):
        return
    starts = np.flatnonzero(picked.starts[kept])
    ends = np.append(starts[1:], len(mine))
    size = min(_BATCH, max(_LEAST, len(mine) // _TURNS))
    at = 0
    while at < len(starts):
        upto = max(at + 1, int(np.searchsorted(ends, starts[at] + size, side="right")))
        rows = mine[starts[at] : ends[upto - 1]]
        lonlat = np.stack([tracks.lon[rows], tracks.lat[rows]], axis=1).ravel()
        offsets = 2 * (np.append(starts[at:upto], ends[upto - 1]) - starts[at]).astype(np.int32)
        ids = [tracks.flight[p] for p in tracks.path[mine[starts[at:upto]]]]
        yield pa.record_batch(
            [
                pa.array(ids, pa.string()),
                pa.array(np.full(len(ids), after)),
                pa.ListArray.from_arrays(pa.array(offsets), pa.array(lonlat)),
            ],
            schema=_SCHEMA,
        )
        at = upto
