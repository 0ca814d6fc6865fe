"""``waystation brief``: the briefing alone."""

from __future__ import annotations

from pathlib import Path

from waystation.cli.say import say, warn

__all__ = ["brief"]


def brief(case: Path, /, *, out: Path | None = None) -> int:
    """Write the briefing again from tables already made.

    For a new title, question, site or observation. A change of sources,
    fleet, period or overrides needs waystation run.

    Try:
      waystation brief cases/real-flights/case.toml

    Parameters
    ----------
    case
        The case file.
    out
        Folder of the result. Default: out/ beside the case file.
    """
    from waystation import pipeline
    from waystation.case import raise_problems, read_case
    from waystation.soundness import check_case
    from waystation.store.reference import airfields_of, reference_of

    read = read_case(case)
    raise_problems(case, check_case(read, airfields_of(reference_of(read.view.sites).overlays)))
    folder = out or read.default_out
    made = pipeline.brief(read, folder)
    for warning in made.warnings:
        warn(f"warning: {warning}")
    briefing = (folder / "briefing.html").resolve()
    say(f"{made.rows['claims']} claims: {briefing}\nopen it in any browser: {briefing.as_uri()}")
    return 0
