"""Which aircraft belong to a fleet: one that fits any key of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from waystation.terms.case_view import Fleet

__all__ = ["select_fleet"]


def select_fleet(aircraft: pa.Table, fleet: Fleet) -> pa.Table:
    """Return the rows of table ``aircraft`` that fit any of the fleet's keys; all rows for an empty fleet.

    Types are compared as written; registrations without hyphens and blanks; an operator fits when the
    fleet's text is a part of its name. Upper and lower case do not matter.
    """
    if fleet.everything:
        return aircraft
    types = {t.upper() for t in fleet.types}
    registrations = {_plain(r) for r in fleet.registrations}
    operators = [o.casefold() for o in fleet.operators]
    columns = ("icao24", "type", "registration", "operator", "military")
    fits = [
        address in fleet.icao24
        or (kind or "").upper() in types
        or _plain(registration or "") in registrations
        or any(o in (operator or "").casefold() for o in operators)
        or (fleet.military is not None and military is fleet.military)
        for address, kind, registration, operator, military in zip(
            *(aircraft.column(c).to_pylist() for c in columns), strict=True
        )
    ]
    return aircraft.filter(pa.array(fits, pa.bool_()))


def _plain(registration: str) -> str:
    return registration.replace("-", "").replace(" ", "").upper()
