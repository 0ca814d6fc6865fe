"""A ranking in words and columns, as one reads it who has to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from waystation.cli.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pyarrow as pa

    from waystation.stopovers import Demand, Ranking
    from waystation.world.airfields import Airfields

__all__ = [
    "LostHub",
    "band",
    "print_grid",
    "print_ranking",
    "print_standing",
    "shortened",
    "wide_table",
]

_HEAD: Final = (
    *("rank", "airfield", "", "P", "payload t", "legs km", "margin", "detour"),
    *("runway", "access", "used", "score"),
)

_NAME: Final = 24  # letters of an airfield's name: enough to know it beside its ident


@dataclass(frozen=True)
class LostHub:
    """A hub taken away on a day: what it carried before, and which airfields carried that afterwards."""

    ident: str
    on: date
    demands: list[Demand]
    after: dict[str, float]


def wide_table(ranking: Ranking) -> pa.Table:
    """Return both tables of a ranking side by side."""
    table = ranking.stopovers
    for name in ranking.parts.column_names:
        if name not in table.column_names:
            table = table.append_column(name, ranking.parts.column(name))
    return table


def print_ranking(
    ranking: Ranking, asked: Sequence[Demand], airfields: Airfields, sites: frozenset[str], limit: int
) -> None:
    """Print each demand: the direct flight in a sentence, the best ``limit`` and the sites in a table."""
    rows = wide_table(ranking).to_pylist()
    for demand in dict.fromkeys(asked):
        mine = [r for r in rows if _about(r, demand)]
        if not mine:
            continue
        say(_title(mine[0], demand, airfields))
        direct, others = mine[0], [r for r in mine if r["stopover"]]
        if direct["feasible_probability"] is None and not others:
            say(f"  {direct['reason']}\n")
            continue
        say(f"  {_direct(direct)}")
        best = others[:limit]
        rest = [r for r in others[limit:] if r["stopover"] in sites]
        _print_rows(best, rest)
        for note in ranking.notes:
            head = f"{demand.about}: "
            if note.startswith(head):
                say(f"  {note.removeprefix(head)}")
        say("")
    say("P: both legs fly with the payload asked for. payload: what arrives, middle (90 % band).")
    say("score = P × detour × access × runway × handling × use; each and why: --csv, or stopover_parts.csv")


def print_standing(lost: LostHub, rows: Sequence[dict[str, Any]]) -> None:
    """Print where the airfields stand that carried the demands of a lost hub afterwards."""
    if not lost.after:
        say(f"{lost.ident} lost on {lost.on}: no flights of these demands stopped anywhere else afterwards")
        return
    say(f"{lost.ident} lost on {lost.on}; afterwards these demands stopped at:")
    for row in rows:
        if row["substitute"] in {row["origin"], row["destination"]}:
            continue  # it cannot stand in for a stop between itself and another place
        stops = f"{lost.after[row['substitute']]:.1f} times in all"
        place = f"rank {row['rank']} of {row['n_ranked']}" if row["rank"] else row["reason"]
        flight = f"{row['origin']} to {row['destination']}, {row['type']}"
        say(f"  {row['substitute']} ({stops}): {place} for {flight}")


def _about(row: dict[str, Any], demand: Demand) -> bool:
    same = all(row[k] == getattr(demand, k) for k in ("origin", "destination", "type"))
    return same and demand.payload_t in {None, row["payload_t"]} and row["scenario"] == demand.under.scenario


def _title(row: dict[str, Any], demand: Demand, airfields: Airfields) -> str:
    ends = " to ".join(
        f"{i} ({airfields.name[airfields.index[i]]})" for i in (demand.origin, demand.destination)
    )
    variant = f", reckoned as {row['variant']}" if row["variant"] else ""
    load = "" if row["payload_t"] is None else f", {row['payload_t']:g} t"
    return (
        f"{ends}\n  {demand.type}{variant}{load}; closures and facts of {demand.on}, {demand.operator_class}"
    )


def _direct(row: dict[str, Any]) -> str:
    if row["direct_km"] is None:
        return f"direct: no open way: {row['first_leg']}"
    load = band(row)
    carries = f"it carries {load} t" if load != "–" else "not even empty"
    return (
        f"direct: {row['direct_km']:,.0f} km ({row['first_leg']}); with {row['payload_t']:g} t "
        f"P = {row['feasible_probability']:.2f}; {carries}; {row['runway_reason']}"
    )


def _print_rows(best: list[dict[str, Any]], rest: list[dict[str, Any]]) -> None:
    lines = [_cells(row) for row in best]
    if rest:
        lines += [(), ("", "sites of the case:"), *(_cells(row) for row in rest)]
    print_grid(_HEAD, lines, left={"airfield", "", "runway", "access"}, width=150)


def print_grid(heads: Sequence[str], lines: Sequence[Sequence[str]], *, left: set[str], width: int) -> None:
    """Print columns; an empty line is a rule across. ``width``: in a pipe, which has none of its own."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in heads:
        grid.add_column(Text(name), justify="left" if name in left else "right", no_wrap=True)
    for line in lines:
        if line:
            grid.add_row(*(Text(cell) for cell in line))
        else:
            grid.add_section()
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=width)
    console.print(grid)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    legs = " + ".join(
        "shut" if row[k] is None else f"{row[k]:,.0f}" for k in ("first_leg_km", "second_leg_km")
    )
    margin = "–" if row["range_margin_km"] is None else f"{row['range_margin_km']:+,.0f}"
    return (
        str(row["rank"]) if row["score"] else "–",
        row["stopover"],
        f"{shortened(row['name'])}, {row['country']}",
        f"{row['feasible_probability']:.2f}",
        band(row),
        legs,
        margin,
        "–" if row["detour"] is None else f"{row['detour']:.2f}",
        row["runway"],
        row["access"],
        str(row["used_before"]),
        f"{row['score']:.3f}",
    )


def shortened(name: str) -> str:
    """Return a name that fits its column."""
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"


def band(row: dict[str, Any]) -> str:
    """Return the payload that arrives with its 90 % band, a dash where none does."""
    if row["payload_max_t"] is None:
        return "–"
    low = row["payload_low_t"]
    return f"{row['payload_max_t']:.0f} ({0 if low is None else low:.0f}–{row['payload_high_t']:.0f})"
