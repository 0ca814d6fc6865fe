"""``waystation check``: is the case sound?"""

from __future__ import annotations

from pathlib import Path

from waystation.cli.say import say

__all__ = ["check"]


def check(case: Path, /, *, out: Path | None = None) -> int:
    """Say whether a case is sound: every problem at once, each with its remedy.

    Example:
      waystation check cases/real-flights/case.toml

    Parameters
    ----------
    case
        The case file.
    out
        Folder of an earlier run, to compare overrides with its flights. Default: out/ beside the case file.
    """
    from waystation.case import raise_problems, read_case
    from waystation.pipeline import flight_ids
    from waystation.soundness import check_case
    from waystation.world.airfields import load_airfields

    read = read_case(case)
    problems = check_case(read, load_airfields(), flight_ids(out or read.default_out))
    for note in (p for p in problems if p.note):
        say(f"note: {note}")
    raise_problems(case, problems)
    view = read.view
    say(
        f"{case} is sound: {len(view.sources)} sources, {len(view.sites)} sites, "
        f"{len(view.questions)} questions, {len(view.overrides)} overrides"
    )
    return 0
