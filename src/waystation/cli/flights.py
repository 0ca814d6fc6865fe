"""``waystation flights``: positions to flights, no case needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from waystation.cli.ingest import column_mapping
from waystation.cli.say import many, progress, say

__all__ = ["flights"]


def flights(
    *inputs: str,
    out: Annotated[Path, Parameter(show_default=False)],
    archive: str | None = None,
    format: str | None = None,  # noqa: A002 - the option's name
    map: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=True, show_default=False)] = (),  # noqa: A002 - the same
    silence: bool = True,
    workers: int = 2,
    engine: str = "local",
) -> int:
    """Find the flights in raw files or an archive; no case needed.

    Try:
      waystation flights traces/ --out flights
      waystation flights --archive archive --out flights
      waystation flights today/ --archive archive --out flights

    Parameters
    ----------
    inputs
        Raw files as in waystation ingest, or one archive. None: all that --archive holds.
    out
        Folder of the tables: flights, ends, candidates, gaps and more, each in Parquet and CSV.
    archive
        Archive that keeps the positions: a folder, or s3://BUCKET/FOLDER. Left out, they rest
        in a temporary folder beside --out.
    format
        Overrules recognition: readsb, csv, kml, sbs, beast … (docs/formats.md has all).
    map
        For tables with column names of their own: OUR-NAME=THEIRS, as in icao24=Mode_S.
    silence
        Whether measured reception on the way may speak for or against an airfield that nobody saw.
    workers
        Processes at work at a time.
    engine
        Where the work runs: local, or the scheduler of a cluster as in tcp://10.0.0.5:8786.
    """
    import tempfile
    from functools import partial

    from waystation.finding import run_flights
    from waystation.terms.errors import UsageError

    if not inputs and archive is None:
        raise UsageError("no input and no --archive named. Example: waystation flights traces/ --out flights")
    find = partial(
        run_flights, fmt=format, mapping=column_mapping(map), silence=silence, workers=workers, engine=engine
    )
    with progress() as show:
        if archive is not None:
            made = find(inputs, archive, out, progress=show)
        else:
            out.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
                made = find(inputs, Path(folder) / "archive", out, stays=False, progress=show)
    if made.unchanged:
        say("nothing changed since the last run: sources and program are the same")
    say(f"{many(made.rows['flights'], 'flight')} of {made.rows['aircraft']} aircraft: {out.resolve()}")
    say(f"look at them: waystation show flights --out {out}")
    return 0
