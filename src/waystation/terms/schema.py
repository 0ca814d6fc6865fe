"""The schema of every table. Stages meet here, not by import.

Times are UTC timestamps in milliseconds. Degrees are float64 in memory; the archive stores them as
DECIMAL(9, 6), that is whole micro-degrees, which is what receivers' software writes (store/archive.py).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

__all__ = ["TABLES", "TIME", "conform", "empty"]

TIME: Final = pa.timestamp("ms", tz="UTC")
S, I32, I64, F32, F64, B = pa.string(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.bool_()
I16, I8, DAY, LIST = pa.int16(), pa.int8(), pa.date32(), pa.list_(pa.string())


def _table(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


TABLES: Final[dict[str, pa.Schema]] = {
    "positions": _table(
        icao24=S,
        time_utc=TIME,
        lat=F64,
        lon=F64,
        altitude_ft=I32,
        geometric_altitude_ft=I32,
        on_ground=B,
        ground_speed_kt=F32,
        track_angle_deg=F32,
        vertical_rate_fpm=I32,
        callsign=S,
        squawk=S,
        nic=I8,
        nac_p=I8,
        heard_by=S,
        flags=I16,
        source_id=S,
        record=I32,
    ),
    "identities": _table(source_id=S, icao24=S, registration=S, type=S, operator=S, flags=I32),
    "masks": _table(icao24=S, time_utc=TIME, source_id=S, record=I32, mask=S, reason=S),
    "sources": _table(
        source_id=S,
        uri=S,
        sha256=S,
        bytes=I64,
        format=S,
        network=S,
        first_utc=TIME,
        last_utc=TIME,
        n_positions=I64,
        n_rejected=I64,
        ingested_utc=TIME,
    ),
    "rejected": _table(source_id=S, record=I32, reason=S, raw=S),
    "aircraft": _table(
        icao24=S,
        from_utc=TIME,
        to_utc=TIME,
        registration=S,
        type=S,
        operator=S,
        military=B,
        heard_as=S,
        doubt=S,
    ),
    "flights": _table(
        flight_id=S,
        icao24=S,
        registration=S,
        type=S,
        operator=S,
        callsigns=S,
        origin=S,
        origin_ending=S,
        origin_probability=F64,
        takeoff_utc=TIME,
        destination=S,
        destination_ending=S,
        destination_probability=F64,
        landing_utc=TIME,
        first_seen_utc=TIME,
        last_seen_utc=TIME,
        n_positions=I32,
        longest_gap_s=F64,
        distance_km=F64,
        interference=B,
    ),
    "ends": _table(
        flight_id=S,
        end=S,
        airfield=S,
        ending=S,
        probability=F64,
        earliest_utc=TIME,
        latest_utc=TIME,
        lat=F64,
        lon=F64,
        altitude_ft=I32,
        reason=S,
    ),
    "candidates": _table(
        flight_id=S,
        end=S,
        rank=I32,
        airfield=S,
        probability=F64,
        evidence_only_probability=F64,
        in_set_90=B,
        reasons=S,
    ),
    "gaps": _table(
        gap_id=S,
        icao24=S,
        flight_id=S,
        from_utc=TIME,
        to_utc=TIME,
        silence_s=F64,
        from_lat=F64,
        from_lon=F64,
        to_lat=F64,
        to_lon=F64,
        implied_speed_kt=F64,
        label=S,
        reason=S,
    ),
    "stays": _table(
        stay_id=S,
        icao24=S,
        airfield=S,
        from_utc=TIME,
        to_utc=TIME,
        from_flight=S,
        to_flight=S,
        probability=F64,
        confidence=I8,
    ),
    "itineraries": _table(
        itinerary_id=S,
        icao24=S,
        flight_ids=LIST,
        airfields=LIST,
        from_utc=TIME,
        to_utc=TIME,
        home=S,
        closed=B,
        probability=F64,
    ),
    "routes": _table(
        origin=S,
        destination=S,
        type=S,
        n_flights=I64,
        n_expected=F64,
        n_aircraft=I64,
        first_utc=TIME,
        last_utc=TIME,
    ),
    "rates": _table(
        subject=S,
        type=S,
        from_utc=TIME,
        to_utc=TIME,
        n_flights=I64,
        n_expected=F64,
        exposure_days=F64,
        per_day=F64,
        low=F64,
        high=F64,
        level=F64,
    ),
    "changes": _table(
        subject=S,
        kind=S,
        date_utc=TIME,
        low_utc=TIME,
        high_utc=TIME,
        before=F64,
        after=F64,
        log10_bayes_factor=F64,
        controls=S,
    ),
    "hubs": _table(airfield=S, period=S, measure=S, value=F64, low=F64, high=F64, rank=I32),
    "substitutions": _table(
        lost_hub=S,
        substitute=S,
        share=F64,
        low=F64,
        high=F64,
        residual=F64,
        placebo_rank=F64,
    ),
    "rotations": _table(itinerary_id=S, motif=S, fits=S, p_value=F64, power=F64, reasons=S),
    "stopovers": _table(
        origin=S,
        stopover=S,
        destination=S,
        type=S,
        payload_t=F64,
        payload_max_t=F64,
        feasible_probability=F64,
        range_margin_km=F64,
        detour=F64,
        runway=S,
        access=S,
        used_before=I64,
        score=F64,
    ),
    "observations": _table(
        observation_id=S,
        date=DAY,
        site=S,
        kind=S,
        source=S,
        says=S,
        grade=S,
        sha256=S,
        supports=S,
        contradicts=S,
    ),
    "claims": _table(
        claim_id=S,
        question=S,
        sentence=S,
        value=F64,
        low=F64,
        high=F64,
        unit=S,
        probability=F64,
        likelihood=S,
        confidence=S,
        row_ids=LIST,
        query=S,
        assumptions=S,
        would_change=S,
        simulated=B,
    ),
    "coverage": _table(
        cell=S,
        altitude_band=S,
        hour_utc=I32,
        looks=I64,
        seen=I64,
        low=F64,
        high=F64,
        bodies=I64,
        ends=I64,
    ),
}


def empty(name: str) -> pa.Table:
    """Return table ``name`` with no rows."""
    return TABLES[name].empty_table()


def conform(name: str, table: pa.Table) -> pa.Table:
    """Return ``table`` with exactly the columns of ``name``, in order and type; absent columns become null.

    Raises ``ValueError`` for a column that the table does not have: a typing slip must not lose evidence.
    """
    schema = TABLES[name]
    strange = set(table.column_names) - set(schema.names)
    if strange:
        raise ValueError(f"table {name} has no column {sorted(strange)}; its columns: {schema.names}")
    columns = [
        table.column(f.name).cast(f.type)
        if f.name in table.column_names
        else pa.nulls(table.num_rows, f.type)
        for f in schema
    ]
    return pa.table(columns, schema=schema)
