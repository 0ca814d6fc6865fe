"""Tracks on their way to the map: a stream of Arrow record batches, drawn as they arrive.

Columns: ``flight`` (its id), ``after`` (flown since the case's event), ``lonlat`` (list
of float32: longitude, latitude, longitude … in degrees). The schema's metadata says what was selected.
"""

from __future__ import annotations

import io
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
_SPREAD: Final = 2_654_435_761  # Knuth's multiplier: the golden ratio of 2^32, so that neighbours part
_TURN: Final = 1 << 32
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

    Lines come in an order that has nothing to do with time, always the same: what is drawn later lies on top,
    and neither colour may hide the other. So the first batch is already a picture of the whole, only thinner.
    """
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, _SCHEMA.with_metadata(dict(picked.said))) as writer:
        yield _taken(sink)
        for batch in _batches(picked):
            writer.write_batch(batch)
            yield _taken(sink)
    yield _taken(sink)


def _taken(sink: io.BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data


def _batches(picked: Picked) -> Iterator[pa.RecordBatch]:
    tracks, found = picked.tracks, picked.found
    starts = np.flatnonzero(picked.starts)
    path = tracks.path[found[starts]].astype(np.int64)
    order = np.argsort((path * _SPREAD) % _TURN, kind="stable")
    lengths = np.diff(np.append(starts, len(found)))[order]
    ends = np.cumsum(lengths)
    rows = found[np.repeat(starts[order] - (ends - lengths), lengths) + np.arange(len(found))]
    path = path[order]
    event = tracks.first_ms.max(initial=0) + 1 if picked.event_ms is None else picked.event_ms
    at = 0
    while at < len(order):
        begin = int(ends[at] - lengths[at])
        upto = max(at + 1, int(np.searchsorted(ends, begin + _BATCH, side="right")))
        mine = rows[begin : ends[upto - 1]]
        lonlat = np.stack([tracks.lon[mine], tracks.lat[mine]], axis=1).ravel()
        offsets = 2 * np.append(0, ends[at:upto] - begin).astype(np.int32)
        columns = [
            pa.array([tracks.flight[p] for p in path[at:upto]], pa.string()),
            pa.array(tracks.first_ms[path[at:upto]] >= event),
            pa.ListArray.from_arrays(pa.array(offsets), pa.array(lonlat)),
        ]
        yield pa.record_batch(columns, schema=_SCHEMA)
        at = upto
