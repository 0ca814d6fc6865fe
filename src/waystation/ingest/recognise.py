"""Which reader a source is for. The content decides; the order is from the surest mark to the vaguest.

bytes      PAR1, Obj·1, a slice mark, 1a 1a…          parquet avro heatmap beast
text       <kml <gpx   MSG,3,…   *8D…;   1457…,8D…    kml gpx sbs avr frames
JSON       the shape of the document                  readsb fr24 aircraft opensky geojson traffic
lines      an object a line, by the first             jsonl aircraft frames
table      a header with time and place               csv
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from waystation.ingest import frame_files
from waystation.ingest.aircraft_json import is_snapshot, read_snapshots
from waystation.ingest.avro_rows import is_avro, read_avro
from waystation.ingest.fr24 import is_playback, read_playback
from waystation.ingest.geojson import is_geojson, read_geojson
from waystation.ingest.heatmap import is_heatmap, read_heatmap
from waystation.ingest.opensky import is_opensky, read_opensky
from waystation.ingest.parquet_rows import is_parquet, read_parquet
from waystation.ingest.readsb import is_trace, read_readsb
from waystation.ingest.records import is_columns, is_records, read_columns, read_records
from waystation.ingest.sbs import is_sbs, read_sbs
from waystation.ingest.xml_tracks import is_gpx, is_kml, read_gpx, read_kml

if TYPE_CHECKING:
    from collections.abc import Callable

    from waystation.ingest.parsed import Parsed

__all__ = ["BYTES", "DOCUMENTS", "FORMATS"]

Reader = tuple["Callable[..., bool]", "Callable[..., Parsed]"]


def _no_names(read: Callable[..., Parsed]) -> Callable[..., Parsed]:
    """Take a reader of a fixed form: there is no column that a mapping could name."""

    def without(document: object, *, mapping: object, **common: Any) -> Parsed:  # noqa: ARG001, ANN401
        return read(document, **common)

    return without


def _one(document: Any, **common: Any) -> Parsed:  # noqa: ANN401
    return read_snapshots([document], **common)


def _records_or_columns(document: Any, **common: Any) -> Parsed:  # noqa: ANN401
    return (read_records if isinstance(document, list) else read_columns)(document, **common)


BYTES: Final[dict[str, Reader]] = {
    "parquet": (is_parquet, read_parquet),
    "avro": (is_avro, read_avro),
    "kml": (is_kml, read_kml),
    "gpx": (is_gpx, read_gpx),
    "sbs": (is_sbs, read_sbs),
    "avr": (frame_files.is_avr, frame_files.read_avr),
    "frames": (frame_files.is_frame_table, frame_files.read_frame_table),
    "heatmap": (is_heatmap, read_heatmap),
    "beast": (frame_files.is_beast, frame_files.read_beast),
}
DOCUMENTS: Final[dict[str, Reader]] = {
    "readsb": (is_trace, _no_names(read_readsb)),
    "fr24": (is_playback, _no_names(read_playback)),
    "aircraft": (is_snapshot, _one),
    "opensky": (is_opensky, read_opensky),
    "geojson": (is_geojson, read_geojson),
    "traffic": (lambda d: is_records(d) or is_columns(d), _records_or_columns),
}
FORMATS: Final = (*DOCUMENTS, "jsonl", "csv", *BYTES)
