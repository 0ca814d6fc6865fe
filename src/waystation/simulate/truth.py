"""The truth of a simulated archive: what flew, what stood where, what changed. CSV and Parquet, as bytes."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waystation.simulate.scenario import Scenario

__all__ = ["TrueFlight", "truth_files"]

_TIME: Final = pa.timestamp("ms", tz="UTC")


@dataclass(frozen=True)
class TrueFlight:
    """One flight as flown, and what the network heard of it. Times in ms since 1970, UTC.

    ``role``: itinerary, line, or stranger (another aircraft that shows this address). ``*_lowest_ft``: height
    above the field of the lowest position heard within 40 km of it. ``*_dark_km``: no transmission nearer.
    """

    flight: str
    icao24: str
    registration: str | None
    type: str
    operator: str | None
    military: bool
    callsign: str
    role: str
    regime: str
    rotation: str
    origin: str
    destination: str
    takeoff_utc: int
    landing_utc: int
    distance_km: float
    n_positions: int
    first_heard_utc: int | None
    last_heard_utc: int | None
    origin_lowest_ft: float | None
    destination_lowest_ft: float | None
    origin_dark_km: float
    destination_dark_km: float
    mlat_only: bool
    faults: str


_FLIGHTS: Final = pa.schema(
    [
        ("simulated", pa.string()),
        *((k, pa.string()) for k in ("flight", "icao24", "registration", "type", "operator")),
        ("military", pa.bool_()),
        *((k, pa.string()) for k in ("callsign", "role", "regime", "rotation", "origin", "destination")),
        ("takeoff_utc", _TIME),
        ("landing_utc", _TIME),
        ("distance_km", pa.float64()),
        ("n_positions", pa.int64()),
        ("first_heard_utc", _TIME),
        ("last_heard_utc", _TIME),
        *(
            (k, pa.float64())
            for k in ("origin_lowest_ft", "destination_lowest_ft", "origin_dark_km", "destination_dark_km")
        ),
        ("mlat_only", pa.bool_()),
        ("faults", pa.string()),
    ]
)
_STAYS: Final = pa.schema(
    [
        *(
            (k, pa.string())
            for k in ("simulated", "icao24", "registration", "airfield", "from_flight", "to_flight")
        ),
        ("from_utc", _TIME),
        ("to_utc", _TIME),
    ]
)
_CHANGES: Final = pa.schema(
    [
        *((k, pa.string()) for k in ("simulated", "regime", "change", "old", "new", "says")),
        ("from_date", pa.date32()),
        ("to_date", pa.date32()),
    ]
)


def truth_files(s: Scenario, flights: Sequence[TrueFlight]) -> Iterator[tuple[str, bytes]]:
    """Yield the tables and the notice. ``flights`` in any order."""
    ordered = sorted(flights, key=lambda f: (f.takeoff_utc, f.flight))
    rows = [{"simulated": s.mark, **asdict(f)} for f in ordered]
    tables = {
        "truth_flights": pa.Table.from_pylist(rows, schema=_FLIGHTS),
        "truth_stays": pa.Table.from_pylist(list(_stays(s, ordered)), schema=_STAYS),
        "truth_changes": pa.Table.from_pylist(_changes(s), schema=_CHANGES),
    }
    for name, table in tables.items():
        yield f"{name}.csv", _csv(table)
        yield f"{name}.parquet", _parquet(table)
    yield "SIMULATED.txt", _notice(s, ordered).encode()


def _stays(s: Scenario, ordered: list[TrueFlight]) -> Iterator[dict[str, Any]]:
    last: dict[str, TrueFlight] = {}
    for f in ordered:
        if f.role == "stranger":
            continue
        before = last.get(f.icao24)
        if before is not None and before.destination == f.origin:
            yield {
                "simulated": s.mark,
                "icao24": f.icao24,
                "registration": f.registration,
                "airfield": f.origin,
                "from_flight": before.flight,
                "to_flight": f.flight,
                "from_utc": before.landing_utc,
                "to_utc": f.takeoff_utc,
            }
        last[f.icao24] = f


def _changes(s: Scenario) -> list[dict[str, Any]]:
    return [
        {
            "simulated": s.mark,
            "regime": r.id,
            "change": r.change,
            "old": r.old,
            "new": r.new,
            "says": r.says,
            "from_date": r.start,
            "to_date": r.end,
        }
        for r in s.regime
    ]


def _csv(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pacsv.write_csv(table, out)
    return out.getvalue()


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def _notice(s: Scenario, flights: list[TrueFlight]) -> str:
    heard = sum(f.n_positions > 0 for f in flights)
    return (
        f"SIMULATED: {s.mark}\n\n"
        "Nothing in this folder was ever flown or heard. Aircraft, registrations and flights are invented;\n"
        "rates and dates were set by whoever wrote the scenario. It is evidence of nothing.\n\n"
        f"period   {s.period.start} to {s.period.end} (UTC)\n"
        f"flights  {len(flights)}, of which {heard} were heard at least once\n"
        "traces   YYYY/MM/DD/traces/xx/trace_full_<address>.json, gzip'd, as readsb's globe_history\n"
        "truth    truth_flights, truth_stays, truth_changes (CSV and Parquet)\n"
        "rules    docs/rules/simulation.md\n"
    )
