"""``waystation diff``: what a newer run changed."""

from __future__ import annotations

import json as js
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from waystation.cli.say import say

if TYPE_CHECKING:
    from waystation.cli.diff_tables import ClaimChange, Diff

__all__ = ["diff"]


def diff(
    old: Path,
    new: Path,
    /,
    *,
    json: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    rows: int = 20,
) -> int:
    """Say what a newer run changed: flights, endings, claims.

    Flights are matched by id, and where positions were added by aircraft
    and overlap in time. Exit code 0 whether or not anything changed.

    Try:
      waystation diff out-november out
      waystation diff out-november out --json

    Parameters
    ----------
    old
        Folder of the earlier result.
    new
        Folder of the later result.
    json
        Everything that changed, as JSON, in place of the text.
    rows
        How many flights and ends the text lists of each kind.
    """
    from waystation.cli.diff_tables import diff_results
    from waystation.store.tables import read_table

    tables = [{n: read_table(f, n) for n in ("flights", "claims") if _held(f, n)} for f in (old, new)]
    made = diff_results(tables[0], tables[1])
    if json:
        print(js.dumps(made.plain(), indent=1, ensure_ascii=False))
        return 0
    for line in _lines(made, rows):
        say(line)
    return 0


def _held(folder: Path, name: str) -> bool:
    """Flights must be there, and reading them says so where they are not; claims may be absent."""
    return name == "flights" or (folder / f"{name}.parquet").exists()


def _lines(d: Diff, rows: int) -> list[str]:
    out = [f"flights: {d.n_before} before, {d.n_after} after; {len(d.new)} new, {len(d.gone)} gone"]
    if d.renamed:
        out.append(f"  {len(d.renamed)} have another id: the same aircraft at the same time")
    for word, listed in (("new", d.new), ("gone", d.gone)):
        out += [
            f"  {word} {f['flight']} {f['icao24']} {f['first_seen_utc']} {f['origin']} > {f['destination']}"
            for f in listed[:rows]
        ]
        out += _rest(len(listed), rows)
    before, after = d.ending_counts["before"], d.ending_counts["after"]
    moved = [f"{w} {before.get(w, 0)} → {after.get(w, 0)}" for w in sorted({*before, *after})]
    out.append(f"ends: {len(d.endings)} read differently; {', '.join(moved)}")
    out += [
        f"  {e.flight} {e.icao24} {e.first_seen_utc} {e.end}: {e.before} → {e.after}"
        for e in d.endings[:rows]
    ]
    out += _rest(len(d.endings), rows)
    out.append(f"claims: {len(d.claims)} differ")
    out += [f"  {_claim(c)}" for c in d.claims]
    return [*out, "nothing changed"] if d.same else out


def _rest(n: int, rows: int) -> list[str]:
    return [f"  and {n - rows} more (--json lists all, --rows more)"] if n > rows else []


def _claim(c: ClaimChange) -> str:
    if c.kind == "changed":
        numbers = f"{_number(c.before)} → {_number(c.after)}, rows {c.rows_before} → {c.rows_after}"
        return f"changed {c.claim} {numbers}: {c.sentence}"
    return f"{c.kind} {c.claim} {_number(c.after if c.kind == 'new' else c.before)}: {c.sentence}"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.6g}"
