"""Under whose closures a fleet flies: told by its registrations where they tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["operator_class_of"]

_MOST: Final = 0.5  # of the fleet: more than half must be of one kind to speak for it
_STATE: Final = r"(?i)air ?force|navy|ministry|mchs|emergenc|government|state|федерац|ввс|вкс|мчс"


def operator_class_of(aircraft: pa.Table) -> tuple[str, str]:
    """Return (operator class, reason) of the fleet in an ``aircraft`` table; ``other`` where nothing tells.

    Russian: more than half of the aircraft have a Russian registration or address (0x14…, 0x15…). State: more
    than half of these are marked military, carry an RF- registration, or name a state operator.
    """
    frame = pl.DataFrame(aircraft.select(["icao24", "registration", "operator", "military"]))
    if not frame.height:
        return "other", "no aircraft of the fleet is known"
    mark = pl.col("registration").fill_null("")
    russian = frame.filter(
        mark.str.contains(r"^(RA|RF)-")
        | ((mark == "") & pl.col("icao24").str.contains(r"^1[45][0-9a-f]{4}$"))
    )
    share = russian.height / frame.height
    if share <= _MOST:
        return "other", f"{russian.height} of {frame.height} aircraft have a Russian registration"
    state = russian.filter(
        pl.col("military").fill_null(value=False)
        | mark.str.starts_with("RF-")
        | pl.col("operator").fill_null("").str.contains(_STATE)
    )
    kind = "russian-state" if state.height / russian.height > _MOST else "russian-civil"
    told = f"{russian.height} of {frame.height} aircraft have a Russian registration or address"
    return kind, f"{told}, {state.height} of these are state aircraft"
