"""The same demand under several scenarios, side by side; and flights further than their type can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from waystation.cli.say import say
from waystation.cli.stopovers_text import band, print_grid, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from waystation.stopovers import Demand
    from waystation.terms.case_view import Airspace, Scenario

__all__ = ["print_beside", "print_checked"]

Row = dict[str, Any]
_BEST: Final = 5  # of the rules as they stand
_BEST_OF_EACH: Final = 3  # of every scenario
_FAULTS: Final = 5  # flights beyond reach that are printed; the table has them all


def print_beside(
    rows: Sequence[Row],
    asked: Sequence[Demand],
    scenarios: Sequence[Scenario],
    airspace: Sequence[Airspace],
    sites: frozenset[str],
) -> None:
    """Print P and payload of the direct flight, of the best stops and of the sites under each scenario."""
    ends = dict.fromkeys((d.origin, d.destination, d.type, d.payload_t) for d in asked)
    for origin, destination, kind, payload in ends:
        mine = [
            r
            for r in rows
            if (r["origin"], r["destination"], r["type"]) == (origin, destination, kind)
            and payload in {None, r["payload_t"]}
        ]
        told = [None, *(s.id for s in scenarios if any(r["scenario"] == s.id for r in mine))]
        if len(told) > 1:
            say(
                f"{origin} to {destination}, {kind}: P, payload in t (90 % band) and rank under each scenario"
            )
            _beside(mine, told, sites)
    for s in scenarios:
        say(f"  {s.id}: {_conditions(s, airspace)}")
    if scenarios:
        say("  A scenario is a what-if of the case. –: shut, taken away or out of reach.\n")


def _beside(mine: list[Row], told: list[str | None], sites: frozenset[str]) -> None:
    by = {(r["scenario"], r["stopover"]): r for r in mine}
    stops: dict[str, None] = {}
    for s in told:
        ranked = [r["stopover"] for r in mine if r["scenario"] == s and r["stopover"] and r["score"]]
        stops |= dict.fromkeys(ranked[: _BEST if s is None else _BEST_OF_EACH])
    named = [r["stopover"] for r in mine if r["scenario"] is None and r["stopover"] in sites]
    heads = ["airfield", "", *(t or "as the rules stand" for t in told)]
    lines = [("direct", "", *(_cell(by.get((t, None))) for t in told))]
    for stop in dict.fromkeys([*stops, *named]):
        row = next(by[t, stop] for t in told if (t, stop) in by)
        lines.append((stop, shortened(row["name"]), *(_cell(by.get((t, stop))) for t in told)))
    print_grid(heads, lines, left={"airfield", ""}, width=40 + 28 * len(told))


def _cell(row: Row | None) -> str:
    if row is None or row["feasible_probability"] is None or row["payload_max_t"] is None:
        return "–"
    rank = f" #{row['rank']}" if row["rank"] and row["score"] else ""
    return f"{row['feasible_probability']:.2f}  {band(row)}{rank}"


def _conditions(s: Scenario, airspace: Sequence[Airspace]) -> str:
    parts = [s.name] if s.name else []
    if s.on:
        parts.append(f"closures and facts of {s.on}")
    if s.operator_class:
        parts.append(s.operator_class)
    if s.headwind_kt:
        parts.append(
            f"{'head' if s.headwind_kt > 0 else 'tail'}wind of {abs(s.headwind_kt):g} kt on every leg"
        )
    if s.wind_from_deg is not None:
        parts.append(f"wind of {s.wind_kt:g} kt from {s.wind_from_deg:g}°, what of it is along each leg")
    for word in ("closed", "open"):
        codes = [c for a in airspace if a.scenario == s.id for c in getattr(a, word)]
        parts += [f"{word}: {' '.join(codes)}"] if codes else []
    parts += [f"closed: {a.name}" for a in airspace if a.scenario == s.id and a.polygon]
    if s.without:
        parts.append(f"without {', '.join(s.without)}")
    return "; ".join(parts)


def print_checked(checked: pa.Table) -> None:
    """Print how many flights the ranges allow, and those that they do not: faults of data or model."""
    rows = checked.to_pylist()
    if not rows:
        return
    beyond = [r for r in rows if r["verdict"] == "violation"]
    unknown = sum(r["verdict"] == "cannot tell" for r in rows)
    say(
        f"flights of the result against these ranges: {len(rows) - len(beyond) - unknown} within, "
        f"{len(beyond)} beyond, {unknown} of types without a curve"
    )
    for r in beyond[:_FAULTS]:
        say(
            f"  {r['flight_id']} {r['origin']} to {r['destination']}: a fault of data or model: {r['reason']}"
        )
    if len(beyond) > _FAULTS:
        say(f"  and {len(beyond) - _FAULTS} more: nonstop_checks.csv")
