"""``waystation check``: whether a case is sound."""

from __future__ import annotations

from pathlib import Path

from waystation.cli.say import many, say

__all__ = ["check"]


def check(case: Path, /, *, out: Path | None = None) -> int:
    """Say whether a case is sound: every problem at once, each with its remedy.

    Try:
      waystation check cases/real-flights/case.toml

    Parameters
    ----------
    case
        The case file.
    out
        Folder of an earlier run, to compare overrides with its flights. Default: out/ beside the case file.
    """
    from waystation.case import raise_problems, read_case
    from waystation.soundness import check_case
    from waystation.store.reference import airfields_of, reference_of
    from waystation.store.tables import read_table

    read = read_case(case)
    folder = out or read.default_out
    ids = None
    if (folder / "flights.parquet").exists():
        ids = frozenset(read_table(folder, "flights").column("flight_id").to_pylist())
    problems = check_case(read, airfields_of(reference_of(read.view.sites).overlays), ids)
    for note in (p for p in problems if p.note):
        say(f"note: {note}")
    raise_problems(case, problems)
    view = read.view
    say(
        f"{case} is sound: {many(len(view.sources), 'source')}, {many(len(view.sites), 'site')}, "
        f"{many(len(view.questions), 'question')}, {many(len(view.overrides), 'override')}"
    )
    return 0
