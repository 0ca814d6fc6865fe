"""How rows look: a table that fits the terminal, or bytes in a format for other programs."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from waystation.terms.errors import UsageError, choice_remedy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa


__all__ = ["FEW", "column_widths", "emit", "explained", "print_table"]

# What a terminal shows unless --columns asks for more: what identifies a row and what it says.
FEW: Final[dict[str, tuple[str, ...]]] = {
    "flights": (
        *("flight_id", "icao24", "registration", "type", "callsigns", "first_seen_utc"),
        *("origin", "origin_ending", "destination", "destination_ending"),
    ),
    "ends": ("flight_id", "end", "airfield", "ending", "probability", "reason"),
    "gaps": ("icao24", "flight_id", "from_utc", "to_utc", "silence_s", "label", "reason"),
    "visits": ("visit_id", "icao24", "airfield", "probability", "arrived_utc", "left_utc"),
    "stays": ("icao24", "airfield", "from_utc", "to_utc", "probability", "confidence"),
    "itineraries": ("icao24", "airfields", "from_utc", "to_utc", "home", "closed", "probability"),
    "triples": ("icao24", "origin", "via", "destination", "arrived_utc", "left_utc", "probability"),
    "relays": (
        "origin",
        "via",
        "destination",
        "from_icao24",
        "to_icao24",
        "arrived_utc",
        "left_utc",
        "hours",
    ),
    "candidates": ("flight_id", "end", "rank", "airfield", "probability", "evidence_only_probability"),
    "changes": ("subject", "kind", "date_utc", "low_utc", "high_utc", "before", "after"),
    "comparisons": (
        *("subject", "kind", "event", "before", "after", "difference", "low", "high"),
        "placebo_rank",
    ),
    "rates": (
        *("subject", "type", "from_utc", "to_utc", "n_flights", "n_expected"),
        *("per_day", "low", "high"),
    ),
    "rotations": ("itinerary_id", "event", "motif", "fits", "p_value"),
    "stopovers": (
        *("origin", "stopover", "destination", "scenario", "payload_max_t", "feasible_probability"),
        *("runway", "access", "score"),
    ),
    "observations": ("date", "site", "kind", "says", "grade"),
    "relay_counts": ("origin", "via", "destination", "period", "n_pairs", "by_chance", "p_value"),
    "nonstop_checks": ("flight_id", "type", "origin", "destination", "distance_km", "verdict"),
    "archive_days": ("network", "day_utc", "files", "hours", "share_present", "reason"),
    "published": ("published_id", "count", "qualifier", "unit", "tracks_value", "comparable", "reason"),
    "claims": ("claim_id", "sentence", "value", "low", "high", "unit"),
    "sources": ("source_id", "format", "n_positions", "n_rejected", "first_utc", "uri"),
    "positions": (
        *("icao24", "time_utc", "lat", "lon", "altitude_ft", "on_ground", "ground_speed_kt", "callsign"),
        *("source_id", "record"),
    ),
}
_WIDE: Final = 10  # a longer name is broken after its first word
_ID_DIGITS: Final = 8  # enough to name a row of millions; why and override accept them
_BETWEEN: Final = 3  # blanks between two columns
_WORD: Final = 20  # letters: a longer word may be broken
_NAME: Final = 5  # letters: a longer name may be broken
_NEVER: Final = 10_000  # letters: no line is that long
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def emit(data: bytes, to: Path | None) -> None:
    """Write bytes to a file, or to standard output unless that is a terminal and they are not text."""
    if to is not None:
        from waystation.store.atomic import write_atomic

        write_atomic(to, data)
        return
    if sys.stdout.isatty() and data[:4] == b"PAR1":
        raise UsageError("Parquet is not for the eyes: add --to FILE.parquet, or send it to a file with >")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def explained(table: str, wide: int = _NEVER) -> str:
    """Return what a row and each column of a table says, a line a column, none over ``wide`` letters."""
    from textwrap import TextWrapper

    from waystation.terms.column_words import column_words, table_words
    from waystation.terms.schema import TABLES

    if table not in TABLES:
        raise UsageError(f"there is no table {table!r}; {choice_remedy(table, sorted(TABLES))}")
    words = column_words(table)
    first = max(len(w.name) for w in words) + 4
    wrapped = TextWrapper(max(wide, first + 20), subsequent_indent=" " * first, break_on_hyphens=False)
    said = [f"  {w.name:<{first - 2}}{w.text}{f' [{w.unit}]' if w.unit else ''}" for w in words]
    return "\n".join([f"{table}: {table_words(table)}", "", *map(wrapped.fill, said), ""])


def print_table(table: pa.Table, total: int, others: tuple[str, ...] = ()) -> None:
    """Print rows as a table as wide as the terminal; callsigns come from strangers, so nothing acts there.

    ``others``: columns that were left out.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if "simulated" in table.column_names and table.num_rows and any(table.column("simulated").to_pylist()):
        console.print("SIMULATED: made from a scenario, not recorded")
        table = table.drop_columns(["simulated"])
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    empty = [
        f.name for f in table.schema if table.num_rows and table.column(f.name).null_count == table.num_rows
    ]
    table = table.drop_columns(empty)
    names = [f.name.replace("_", "_\n", 1) if len(f.name) > _WIDE else f.name for f in table.schema]
    cells = [[_cell(n, v) for v in table.column(n).to_pylist()] for n in table.column_names]
    widths = column_widths(names, cells, console.width - 2)
    for f, name, width in zip(table.schema, names, widths, strict=False):
        number = str(f.type) in {"double", "float", "int64", "int32", "int16", "int8"}
        grid.add_column(Text(name), justify="right" if number else "left", overflow="fold", width=width)
    for row in zip(*cells[: len(widths)], strict=True):
        grid.add_row(*map(Text, row))
    console.print(grid)
    if len(widths) < len(names):
        console.print(
            f"no room for: {', '.join(table.column_names[len(widths) :])} (a wider terminal, or --csv)"
        )
    if empty:
        console.print(f"empty in all these rows: {', '.join(empty)}")
    if others:
        console.print(f"other columns: {', '.join(others)} (--columns all; --explain says what each is)")
    shown = f"{table.num_rows} of {total} rows; --limit {total} shows all"
    console.print(shown if table.num_rows < total else f"{total} rows")


def column_widths(names: Sequence[str], cells: Sequence[Sequence[str]], wide: int) -> list[int]:
    """Return how many letters wide each column may be, for as many of the first columns as fit into ``wide``.

    No word of a cell is broken that is not longer than 20 letters; names may be. ``names`` and ``cells`` are
    of n columns; line breaks in names stand.
    """
    least, best = [], []
    for name, column in zip(names, cells, strict=True):
        words = [w for cell in column for w in cell.split()] or [""]
        least.append(max(min(max(map(len, words)), _WORD), min(max(map(len, name.split("\n"))), _NAME)))
        best.append(max([least[-1], *map(len, name.split("\n")), *map(len, column)]))
    n = len(least)
    while n > 1 and sum(least[:n]) + _BETWEEN * (n - 1) > wide:
        n -= 1
    spare = max(0, wide - sum(least[:n]) - _BETWEEN * (n - 1))
    widths = least[:n]
    for i in sorted(range(n), key=lambda i: best[i] - least[i]):
        widths[i] += min(spare, best[i] - least[i])
        spare -= widths[i] - least[i]
    return widths


def _cell(column: str, value: Any) -> str:  # noqa: ANN401 - cells of any table
    if column in {"flight_id", "gap_id", "stay_id", "from_flight", "to_flight"} and value:
        return str(value)[:_ID_DIGITS]
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}" if value.second == 0 else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(str(v) for v in value[:3]) + (f" … ({len(value)})" if len(value) > 3 else "")
    return _CONTROL.sub("\ufffd", str(value))
