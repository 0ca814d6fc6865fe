"""Registers of aircraft as others publish them, each recognised by its first line.

    tar1090-db      004002;Z-WPA;B732;00;…            no header; flags: the first digit says military
                    icao24,registration,typecode,flags,description    the same with one
    plane-alert-db  $ICAO,$Registration,$Operator,…   marks before the names; #CMPG says Mil, Civ, Pol or Gov
    OpenSky         'icao24','timestamp','acars',…    or "icao24","registration","manufacturericao",…
    anybody's       icao24,registration,type,…        ``aircraft_csv.read_aircraft_csv``

Dates of registration in OpenSky's table are not used: its ``reguntil`` is the end of a certificate, which is
renewed, more often than the day an aircraft changed hands.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pa_csv

from waystation.terms.errors import FormatError
from waystation.world.aircraft_csv import finish, read_aircraft_csv, read_tar1090_csv, unpacked

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["read_register", "register_form"]

# our column: theirs, the best first. OpenSky's icaoaircrafttype (L2J) is a class, its model a text.
_OPENSKY: Final[dict[str, tuple[str, ...]]] = {
    "type": ("typecode",),
    "operator": ("operator", "owner", "operatorcallsign"),
}
_PLANE_ALERT: Final[dict[str, tuple[str, ...]]] = {"type": ("icaotype",), "operator": ("operator",)}
_UNKNOWN: Final = r"^[\s?.-]*$"  # what people write who do not know either: ????


def register_form(data: bytes) -> str:
    """Return ``tar1090-db``, ``plane-alert-db``, ``opensky`` or ``own``, by the first unpacked line."""
    names = [_plain(n) for n in _names(data)]
    headless = len(names) == 1 and data[:200].split(b"\n", 1)[0].count(b";") > 1
    if headless or names[:5] == ["icao24", "registration", "typecode", "flags", "description"]:
        return "tar1090-db"
    if "icaotype" in names and "cmpg" in names:
        return "plane-alert-db"
    if "icao24" in names and {"manufacturericao", "typecode"} <= set(names):
        return "opensky"
    return "own"


def read_register(data: bytes) -> pa.Table:
    """Return a register, plain or gzip'd, as ``aircraft_csv.COLUMNS``.

    Rows that break the form of a published table are left out and counted under ``rows_refused`` in the
    schema's metadata; in a table of one's own they raise. Raises ``FormatError`` where it is no register.
    """
    text = unpacked(data)
    form = register_form(text)
    if form == "tar1090-db":
        return read_tar1090_csv(text)
    if form == "own":
        return read_aircraft_csv(text)
    return _published(text, _PLANE_ALERT if form == "plane-alert-db" else _OPENSKY)


def _names(text: bytes) -> list[str]:
    first = text[: text.find(b"\n")].decode("utf-8-sig", "replace").strip()
    return next(csv.reader([first], quotechar=_quote(text)), [])


def _quote(text: bytes) -> str:
    return "'" if text.lstrip(b"\xef\xbb\xbf").startswith(b"'") else '"'


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _published(text: bytes, theirs: dict[str, tuple[str, ...]]) -> pa.Table:
    refused: list[str] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        refused.append(row.text)
        return "skip"

    header = _names(text)
    try:
        table = pa_csv.read_csv(
            io.BytesIO(text),
            pa_csv.ReadOptions(column_names=header, skip_rows=1),
            pa_csv.ParseOptions(quote_char=_quote(text), invalid_row_handler=refuse),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise FormatError(f"the register of aircraft cannot be read: {error}") from error
    table = table.rename_columns([_plain(n) for n in header])
    address = table.column("icao24" if "icao24" in table.column_names else "icao")
    columns = {"icao24": address, "registration": _known(table, ("registration",))}
    columns |= {ours: _known(table, names) for ours, names in theirs.items()}
    columns["type"] = pc.utf8_upper(columns["type"])
    military = pa.nulls(len(table), pa.bool_())
    if "cmpg" in table.column_names:
        military = pc.equal(pc.utf8_lower(table.column("cmpg")), "mil")
    return finish(pa.table(columns), military, len(refused))


def _known(table: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    """Return the first of the columns that says something, row by row."""
    out = pa.chunked_array([pa.nulls(len(table), pa.string())])
    for name in names:
        if name in table.column_names:
            column = table.column(name)
            nothing = pc.match_substring_regex(column, _UNKNOWN)
            out = pc.coalesce(out, pc.if_else(nothing, None, column))
    return out
