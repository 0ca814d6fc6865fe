"""KML and GPX, as flight sites and GPS loggers write them.

    KML  <gx:Track> <when>…</when>… <gx:coord>lon lat m</gx:coord>…      FlightAware, tar1090, loggers
         <Placemark> <TimeStamp><when>… <Point><coordinates>lon,lat,m     Flightradar24
    GPX  <trk> <name>… <trkseg> <trkpt lat="" lon=""> <ele>m <time>

The parser stops at any DOCTYPE: no entity, no file, no bomb. A line without times is no track.
Heights are metres. KML of flight sites holds the pressure height; GPX that of the GPS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

from waystation.ingest.named import read_named
from waystation.ingest.parsed import Note, Parsed
from waystation.terms.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["XmlRules", "is_gpx", "is_kml", "read_gpx", "read_kml"]

_ROOT: Final = re.compile(
    rb"\s*(?:<\?[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>]*>?\s*)*<(?:\w+:)?(\w+)", re.DOTALL
)
_CALLSIGN: Final = re.compile(r"[A-Z]{2,3}\d[A-Z0-9]{0,4}\Z")  # a track's name that can be nothing else


@dataclass(frozen=True)
class XmlRules:
    """Bounds of a document."""

    max_depth: int = 100  # real ones nest ten deep
    max_text: int = 1 << 20  # characters of one element: a placemark's description has a few thousand


@dataclass
class _Reading:
    """What the handlers gather. ``rows``: name, time, lat, lon, metres, speed, heading of each position."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    odd: list[Note] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    length: int = 0
    names: list[str | None] = field(default_factory=lambda: [None])
    whens: list[str] = field(default_factory=list)
    coords: list[str] = field(default_factory=list)
    point: dict[str, Any] = field(default_factory=dict)
    untimed: int = 0


def is_kml(data: bytes) -> bool:
    """Whether the root is ``kml``."""
    return _root(data) == b"kml"


def is_gpx(data: bytes) -> bool:
    """Whether the root is ``gpx``."""
    return _root(data) == b"gpx"


def _root(data: bytes) -> bytes:
    found = _ROOT.match(data[:65_536].removeprefix(b"\xef\xbb\xbf"))
    return found[1].lower() if found else b""


def read_kml(
    data: bytes,
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of a KML; ``record`` counts its coordinates in the order of the file."""
    return _read(data, "kml", _kml_end, "altitude_m", source_id, now_ms, mapping, notes)


def read_gpx(
    data: bytes,
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of a GPX; ``record`` counts its points in the order of the file."""
    return _read(data, "gpx", _gpx_end, "geometric_altitude_m", source_id, now_ms, mapping, notes)


def _read(
    data: bytes,
    format_: str,
    ended: Any,  # noqa: ANN401 - one of the two below
    height: str,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    reading = _Reading()
    fault = _parse(data, reading, ended)
    if reading.untimed:
        reading.odd.insert(
            0, Note("no-time", f"{reading.untimed} lines without times; only their shape is told")
        )
    if fault and not reading.rows and not reading.odd:
        raise FormatError(f"broken {format_.upper()}: {fault}")
    if fault:
        notes = [*notes, Note("truncated", f"{format_.upper()} breaks off: {fault}")]
    rows = reading.rows
    keys = ("time", "lat", "lon", "callsign", "speed", "track")
    columns = {k: [r.get(k) for r in rows] for k in keys} | {height: [r.get("ele") for r in rows]}
    columns["trackname"] = columns["callsign"]
    columns["callsign"] = [c if _CALLSIGN.match(str(c)) else None for c in columns["trackname"]]
    return read_named(
        format_,
        columns,
        source_id=source_id,
        now_ms=now_ms,
        mapping={height.removesuffix("_m"): height, "altitude_unit": "m", **(mapping or {})},
        raw=lambda i: str({k: v for k, v in rows[i].items() if v is not None}),
        notes=notes + reading.odd,
    )


def _parse(data: bytes, r: _Reading, ended: Any, rules: XmlRules = XmlRules()) -> str | None:  # noqa: ANN401
    """Feed the document; return what broke it off, or None."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    opening, closing, words = _handlers(r, ended, rules)
    parser.StartElementHandler, parser.EndElementHandler = opening, closing
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = words, _doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, FormatError, ValueError, LookupError) as e:
        return str(e)
    return None


def _doctype(*_: object) -> None:
    raise FormatError("it has a DOCTYPE, which tracks do not need and bombs do")


def _handlers(r: _Reading, ended: Any, rules: XmlRules) -> Any:  # noqa: ANN401 - three functions for expat
    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(r.path) >= rules.max_depth:
            raise FormatError(f"nested deeper than {rules.max_depth}")
        name = tag.rpartition(":")[2]
        r.path.append(name)
        r.text.clear()
        r.length = 0
        if name in {"Placemark", "trk", "rte"}:
            r.names.append(None)
            r.whens, r.coords = [], []
        if name in {"trkpt", "rtept"}:
            r.point = {"lat": attributes.get("lat"), "lon": attributes.get("lon")}

    def end(_: str) -> None:
        name = r.path.pop()
        ended(r, name, "".join(r.text).strip())
        r.text.clear()
        r.length = 0
        if name in {"Placemark", "trk", "rte"} and len(r.names) > 1:
            r.names.pop()

    def words(text: str) -> None:
        r.length += len(text)
        if r.length <= rules.max_text or (r.path and r.path[-1] == "coordinates"):
            r.text.append(text)

    return start, end, words


def _gpx_end(r: _Reading, name: str, text: str) -> None:
    if name == "name" and r.path[-1:] in (["trk"], ["rte"]):
        r.names[-1] = text
    elif name in {"ele", "time", "speed", "course"} and r.path[-1:] in (["trkpt"], ["rtept"]):
        r.point[{"course": "track", "speed": "speed_ms"}.get(name, name)] = text
    elif name in {"trkpt", "rtept"}:
        r.rows.append({**r.point, "callsign": r.names[-1] or "track"})
        r.point = {}


def _kml_end(r: _Reading, name: str, text: str) -> None:
    if name == "name" and r.path[-1:] == ["Placemark"]:
        r.names[-1] = text
    elif name == "name" and len(r.names) == 1:
        r.names[0] = r.names[0] or text  # the document's or the folder's: it names points that carry a time
    elif name == "when":
        r.whens.append(text)
    elif name == "coord":
        r.coords.append(text)
    elif name == "coordinates" and r.path[-1:] == ["Point"]:
        r.coords.append(text.replace(",", " "))
    elif name == "coordinates" and r.path[-1:] == ["LineString"]:
        r.untimed += 1
    elif name in {"Track", "Placemark"} and r.coords:
        _kml_track(r, is_point=name == "Placemark")


def _kml_track(r: _Reading, *, is_point: bool) -> None:
    """Pair times and places. One more of the one than of the other: which belongs to which is not known."""
    whens, coords = r.whens, r.coords
    r.whens, r.coords = [], []
    if len(whens) != len(coords) and not (is_point and not whens):
        r.odd.append(Note("bad-record", f"{len(whens)} times and {len(coords)} places in one track"))
        return
    title = r.names[0] if is_point else r.names[-1] or r.names[0]
    for i, coord in enumerate(coords):
        parts = [*coord.split()[:3], None, None, None]
        row = {"time": whens[i] if whens else None, "lon": parts[0], "lat": parts[1], "ele": parts[2]}
        r.rows.append({**row, "callsign": title or "track"})
