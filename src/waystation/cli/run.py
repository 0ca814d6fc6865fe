"""``waystation run``: everything that a case asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from waystation.cli.say import many, progress, say, warn

__all__ = ["run"]


def run(
    case: Path,
    /,
    *,
    out: Path | None = None,
    archive: str | None = None,
    dry_run: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    workers: int = 2,
    engine: str = "local",
) -> int:
    """Do everything that a case asks for, from raw files to the briefing.

    Run it again after any change: what did not change is not done twice.

    Try:
      waystation run cases/real-flights/case.toml
      waystation run my-case/case.toml --dry-run
      waystation run my-case/case.toml --out results

    Parameters
    ----------
    case
        The case file.
    out
        Folder of the result (tables, briefing.html, manifest.json). Default: out/ beside the case file.
    archive
        Where the positions rest: a folder, or s3://BUCKET/FOLDER. Default: archive/ in --out.
    dry_run
        Only say what would be read: files, bytes, and about how long it takes.
    workers
        Processes at work at a time.
    engine
        Where the work runs: local, or the scheduler of a cluster as in tcp://10.0.0.5:8786.
    """
    from waystation import pipeline
    from waystation.case import raise_problems, read_case
    from waystation.soundness import check_case
    from waystation.store.reference import airfields_of, reference_of

    read = read_case(case)
    problems = check_case(read, airfields_of(reference_of(read.view.sites).overlays))
    raise_problems(case, problems)
    folder = out or read.default_out
    if dry_run:
        from waystation.store.survey import survey

        say(survey(read.inputs).text())
        return 0
    with progress() as show:
        made = pipeline.run(read, folder, archive=archive, workers=workers, engine=engine, progress=show)
    for warning in made.warnings:
        warn(f"warning: {warning}")
    if made.unchanged:
        say("nothing changed since the last run: sources, case and program are the same")
    counts = ", ".join(many(made.rows[n], n[:-1]) for n in ("flights", "claims") if n in made.rows)
    say(f"{read.view.title}: {counts}")
    briefing = (folder / "briefing.html").resolve()
    say(
        f"tables:   {folder.resolve()}\nbriefing: {briefing}\n"
        f"open it in any browser, no network needed: {briefing.as_uri()}"
    )
    return 0
