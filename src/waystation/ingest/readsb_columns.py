"""Where what stands in the buffers of the fast reader of readsb traces."""

from __future__ import annotations

from typing import Final

from waystation.ingest.readsb import HEARD_BY

__all__ = [
    "ALTITUDE",
    "CALLSIGN",
    "FLAGS",
    "GEOMETRIC",
    "GROUND",
    "HEARD",
    "KINDS",
    "LAT",
    "LON",
    "MISSING",
    "NAC_P",
    "NIC",
    "NOTHING",
    "N_INTS",
    "N_REALS",
    "N_SMALLS",
    "RATE",
    "RECORD",
    "SPEED",
    "SQUAWK",
    "TRACK",
]

KINDS: Final = tuple(HEARD_BY)  # readsb's words for how it was heard, in the order of their codes
NOTHING: Final = -1  # null among codes and small numbers
MISSING: Final = -(1 << 31)  # null among whole numbers
LAT, LON, ALTITUDE, GEOMETRIC, RATE, CALLSIGN, SQUAWK, FLAGS, RECORD, N_INTS = range(10)
GROUND, NIC, NAC_P, HEARD, N_SMALLS = range(5)
SPEED, TRACK, N_REALS = range(3)
