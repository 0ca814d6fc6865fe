"""docs/formats.md, made from what ingest really reads out of one flight in every format.

python -m tests.ingest.formats_page        writes the page again
"""

from __future__ import annotations

import io
from pathlib import Path

from bench.fuzz.samples import MAPPINGS, SAMPLES

from waystation.ingest import build
from waystation.terms.schema import TABLES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
OURS = {"time_utc": "UTC, ms", "lat": "°", "lon": "°", "altitude_ft": "ft", "geometric_altitude_ft": "ft", "ground_speed_kt": "kt", "track_angle_deg": "°", "vertical_rate_fpm": "fpm"}  # fmt: skip
LEFT_OUT = {"source_id", "record", "flags"}
# What stands in the file, where it is not what we keep. That each is turned right is what the test of
# tests/ingest/test_every_format.py shows: one flight, seventeen formats, the same numbers.
SI = {"altitude_ft": "m", "geometric_altitude_ft": "m", "ground_speed_kt": "m/s", "vertical_rate_fpm": "m/s"}
UNITS = {
    "readsb": {"time_utc": "s after a start"},
    "fr24": {"time_utc": "s"},
    "aircraft": {"time_utc": "s or ms, less age"},
    "opensky": {"time_utc": "s", **SI},
    "geojson": {"time_utc": "ISO or number", "altitude_ft": "m"},
    "traffic": {"time_utc": "ms or ISO"},
    "jsonl": {"time_utc": "s … ns or ISO", **dict.fromkeys(SI, "by name")},
    "csv": {"time_utc": "s … ns or ISO", **dict.fromkeys(SI, "by name")},
    "parquet": {"time_utc": "timestamp or number", **dict.fromkeys(SI, "by name")},
    "avro": {"time_utc": "number", **dict.fromkeys(SI, "by name")},
    "kml": {"time_utc": "ISO", "altitude_ft": "m"},
    "gpx": {"time_utc": "ISO", "geometric_altitude_ft": "m"},
    "sbs": {"time_utc": "local or UTC"},
    "frames": {"time_utc": "s", "lat": "17 bits", "lon": "17 bits"},
    "avr": {"time_utc": "1/12 µs counter", "lat": "17 bits", "lon": "17 bits"},
    "beast": {"time_utc": "1/12 µs counter", "lat": "17 bits", "lon": "17 bits"},
    "heatmap": {
        "time_utc": "ms, of a slice",
        "lat": "µ°",
        "lon": "µ°",
        "altitude_ft": "25 ft",
        "ground_speed_kt": "0.1 kt",
    },
}
HEAD = """# Formats

Made by `python -m tests.ingest.formats_page` from what ingest reads; a test fails where this page is stale.
How each is recognised and what is refused: [rules/ingest.md](rules/ingest.md).

A cell says in which unit the file holds the field, `·` that it is kept as it stands, nothing that the format does not tell it.
*by name*: the column's name says the unit (`baroaltitude`, `velocity`, `vertrate`: metres, m/s; `altitude_m`: metres; else ft, kt, fpm), a mapping overrides it.

"""
TAIL = """
An address: `kml`, `gpx` and tables without an address column get one that begins with `~` for each name (`stand-in-address`); a mapping `icao24 = "=4b1814"` gives the real one.
Gzip, tar (in parts too) and zip are unpacked on the way, KMZ with them; of a Flightradar24 day the positions are read with the list of flights beside them.
Frames: place to 2.6 m of latitude in the air; what other frames say of speed, callsign and squawk stands with the next position.

## Units of the positions table

"""


def page() -> str:
    """Return the page."""
    fields = [f for f in TABLES["positions"].names if f not in LEFT_OUT]
    lines = ["| Format | " + " | ".join(f"`{f}`" for f in fields) + " |", "|---" * (len(fields) + 1) + "|"]
    for name, data in SAMPLES.items():
        read = build(io.BytesIO(data), source_id="0" * 16, uri="x", mapping=MAPPINGS.get(name)).positions
        told = {f for f in fields if read[f].null_count < read.num_rows}
        assert set(UNITS[name]) <= told, f"{name}: the page gives units of what is not read"
        cells = [UNITS[name].get(f, "·") if f in told else "" for f in fields]
        if read["icao24"][0].as_py().startswith("~"):
            cells[0] = "a name"
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    units = [f"- `{f}`: {u}" for f, u in OURS.items()]
    return HEAD + "\n".join(lines) + "\n" + TAIL + "\n".join(units) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
