"""What a second file says of the track in the first, where a download comes in two.

    20170205_flights.csv                         207507520,8390454,VTANP,B788,AIC175,…
    20170205_positions/20170205_207507520.csv    positions without a word of whose they are

Flightradar24 hands out days in this form; ``aircraft_id`` is the 24-bit address as a decimal number. Where
the list is missing, or says no address, the flight's number names the track (``ingest.stand_in``).
"""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from waystation.terms.addresses import normal_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waystation.store.places import Place

__all__ = ["told_beside"]

_HEAD: Final = b"snapshot_id,"
_NAME: Final = re.compile(r"(?P<day>\d{8})_(?P<flight>\d+)\.csv\Z")
_SAYS: Final = {"callsign": "callsign", "registration": "reg", "type": "equip"}
_MAX_BYTES: Final = 64 << 20  # a day of the world has 100,000 flights: 8 MB


def told_beside(path: Place, data: bytes) -> Mapping[str, str] | None:
    """Return a mapping for such positions: address, callsign, registration, type; None for other files."""
    found = _NAME.match(path.name)
    if found is None or not data.startswith(_HEAD):
        return None
    row = None
    for folder in (path.parent, path.parent.parent):
        listed = folder / f"{found['day']}_flights.csv"
        if row is None and listed.is_file():
            stat = listed.stat()
            row = _flights(listed, stat.st_size).get(found["flight"])
    said = {ours: f"={row[theirs]}" for ours, theirs in _SAYS.items() if row and _known(row.get(theirs))}
    number = (row or {}).get("aircraft_id") or ""
    address = normal_address(f"{int(number):06x}") if number.isdigit() and number.isascii() else None
    return said | ({"icao24": f"={address}"} if address else {"track_name": f"={found['flight']}"})


@lru_cache(maxsize=4)
def _flights(path: Place, size: int) -> dict[str, dict[str, str]]:
    """Return flight number → row; nothing of a file that is too large to be such a list."""
    if size > _MAX_BYTES:
        return {}
    text = io.StringIO(path.read_bytes().decode("utf-8-sig", "replace"))
    return {str(r.get("flight_id")): r for r in csv.DictReader(text)}


def _known(value: object) -> bool:
    return isinstance(value, str) and value.strip() not in {"", "NA", "N/A", "-"}
