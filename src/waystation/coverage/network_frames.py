"""What each network heard of a flight, counted with frames. Apart, because Polars takes long to load.

``coverage.networks`` says what it is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from waystation.terms.geodesy import distance_km
from waystation.terms.schema import TABLES, conform

if TYPE_CHECKING:
    import pyarrow as pa

    from waystation.coverage.networks import NetworkRules

__all__ = ["counted"]

_KEY: Final = ["flight_id", "network"]


def counted(
    positions: pa.Table, flights: pa.Table, sources: pa.Table, rules: NetworkRules
) -> dict[str, pa.Table] | None:
    """Return ``flight_networks`` and ``network_silences``; None where no named network heard a flight."""
    heard = _heard(positions, flights, sources)
    if not heard.height:
        return None
    return {
        "flight_networks": _conformed("flight_networks", _shares(heard, rules)),
        "network_silences": _conformed("network_silences", _silences(heard, rules)),
    }


def _conformed(name: str, frame: pl.DataFrame) -> pa.Table:
    return conform(name, frame.select([c for c in TABLES[name].names if c in frame.columns]).to_arrow())


def _heard(positions: pa.Table, flights: pa.Table, sources: pa.Table) -> pl.DataFrame:
    """Rows of named networks inside flights: flight, span of the flight, network, time, place."""
    named = pl.DataFrame(sources.select(["source_id", "network"])).drop_nulls().unique("source_id")
    spans = (
        pl.DataFrame(flights.select(["flight_id", "icao24", "first_seen_utc", "last_seen_utc"]))
        .drop_nulls()
        .sort("icao24", "first_seen_utc")
    )
    rows = pl.DataFrame(positions.select(["icao24", "time_utc", "source_id", "lat", "lon"]))
    found = (
        rows.join(named, on="source_id")
        .sort("icao24", "time_utc")
        .join_asof(
            spans,
            left_on="time_utc",
            right_on="first_seen_utc",
            by="icao24",
            strategy="backward",
            check_sortedness=False,
        )
        .filter(pl.col("time_utc") <= pl.col("last_seen_utc"))
    )
    several = found.group_by("flight_id").agg(n=pl.col("network").n_unique())
    return found.join(several, on="flight_id").sort("flight_id", "time_utc", "network")


def _shares(heard: pl.DataFrame, rules: NetworkRules) -> pl.DataFrame:
    minutes = heard.with_columns(minute=pl.col("time_utc").dt.truncate("1m"))
    by_minute = minutes.group_by("flight_id", "minute").agg(n_networks=pl.col("network").n_unique())
    any_one = by_minute.group_by("flight_id").agg(any_minutes=pl.len())
    mine = (
        minutes.select(*_KEY, "minute")
        .unique()
        .join(by_minute, on=["flight_id", "minute"])
        .group_by(_KEY)
        .agg(n_minutes=pl.len(), n_minutes_alone=(pl.col("n_networks") == 1).sum())
    )
    counts = heard.group_by(_KEY).agg(
        n_positions=pl.len(),
        first_utc=pl.col("time_utc").min(),
        last_utc=pl.col("time_utc").max(),
    )
    return (
        counts.join(mine, on=_KEY)
        .join(any_one, on="flight_id")
        .join(_disagreements(heard, rules), on=_KEY, how="left")
        .with_columns(
            share_of_minutes=pl.col("n_minutes") / pl.col("any_minutes"),
            n_disagreements=pl.col("n_disagreements").fill_null(0),
        )
        .sort(_KEY)
    )


def _disagreements(heard: pl.DataFrame, rules: NetworkRules) -> pl.DataFrame:
    """Count instants at which two networks report one address at places apart, for each of the two."""
    pairs = heard.select(
        "flight_id",
        "network",
        "lat",
        "lon",
        other=pl.col("network").shift(1).over("flight_id"),
        lat0=pl.col("lat").shift(1).over("flight_id"),
        lon0=pl.col("lon").shift(1).over("flight_id"),
        step_s=(pl.col("time_utc") - pl.col("time_utc").shift(1).over("flight_id")).dt.total_milliseconds()
        / 1000.0,
    ).filter((pl.col("other") != pl.col("network")) & (pl.col("step_s") <= rules.same_instant_s))
    apart = distance_km(*(pairs[c].to_numpy() for c in ("lat0", "lon0", "lat", "lon")))
    odd = pairs.filter(pl.Series(np.asarray(apart) > rules.apart_km, dtype=pl.Boolean))
    both = pl.concat([odd.select(_KEY), odd.select("flight_id", network="other")])
    return both.group_by(_KEY).agg(n_disagreements=pl.len())


def _silences(heard: pl.DataFrame, rules: NetworkRules) -> pl.DataFrame:
    """Silences of one network inside a flight that at least two heard, and which other filled them."""
    shared = heard.filter(pl.col("n") > 1)
    times = shared.select(*_KEY, "time_utc")
    ends = shared.select(*_KEY, "first_seen_utc", "last_seen_utc").unique()
    edges = [ends.select(*_KEY, time_utc=c) for c in ("first_seen_utc", "last_seen_utc")]
    steps = (
        pl.concat([times, *edges])
        .sort(*_KEY, "time_utc")
        .with_columns(from_utc=pl.col("time_utc").shift(1).over(_KEY))
        .rename({"time_utc": "to_utc"})
        .with_columns(silence_s=(pl.col("to_utc") - pl.col("from_utc")).dt.total_milliseconds() / 1000.0)
        .filter(pl.col("silence_s") > rules.min_silence_s)
    )
    clear = pl.duration(seconds=rules.clear_s)
    others = times.rename({"network": "other"})
    inside = (
        steps.join(others, on="flight_id")
        .filter(
            (pl.col("other") != pl.col("network"))
            & (pl.col("time_utc") > pl.col("from_utc") + clear)
            & (pl.col("time_utc") < pl.col("to_utc") - clear)
        )
        .group_by(*_KEY, "from_utc", "other")
        .agg(n_positions=pl.len())
        .sort(*_KEY, "from_utc", "n_positions", "other", descending=[False, False, False, True, False])
        .unique([*_KEY, "from_utc"], keep="first", maintain_order=True)
        .rename({"other": "filled_by"})
    )
    return (
        steps.join(inside, on=[*_KEY, "from_utc"], how="left")
        .with_columns(n_positions=pl.col("n_positions").fill_null(0))
        .sort(*_KEY, "from_utc")
    )
