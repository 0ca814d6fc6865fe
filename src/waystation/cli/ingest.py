"""``waystation ingest``: raw files into an archive."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from waystation.cli.say import progress, say

__all__ = ["column_mapping", "ingest"]


def ingest(
    *inputs: str,
    archive: Annotated[str, Parameter(show_default=False)],
    format: str | None = None,  # noqa: A002 - the option's name
    map: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=True)] = (),  # noqa: A002 - the same
    workers: int = 2,
    engine: str = "local",
) -> int:
    """Read raw files into an archive of positions.

    The same bytes twice change nothing, and after a kill the same command
    goes on from where it stopped. The format is recognised from the content.
    Every refused record is kept with its reason; look with
    waystation show rejected --archive DIR

    Try:
      waystation ingest traces/ --archive archive
      waystation ingest v2024.12.08-planes-readsb-prod-0.tar.aa --archive archive
      waystation ingest v2024.12.08*.tar --archive s3://tracks/a --engine tcp://10.0.0.5:8786
      waystation ingest list.csv --archive archive --map icao24=Mode_S

    Parameters
    ----------
    inputs
        Files, folders, tars (any one part of a split tar stands for all), globs, pypi:NAME==VERSION/PATH.
    archive
        Folder of the archive, or s3://BUCKET/FOLDER; made if it does not exist.
    format
        Overrules recognition: readsb, traffic, fr24, jsonl, csv.
    map
        For tables with column names of their own: OUR-NAME=THEIRS, as in icao24=Mode_S.
    workers
        Processes at work at a time.
    engine
        Where the work runs: local, or the scheduler of a cluster as in tcp://10.0.0.5:8786.
    """
    from waystation.pipeline import gather
    from waystation.terms.errors import UsageError

    if not inputs:
        raise UsageError("no input named. Example: waystation ingest traces/ --archive archive")
    with progress() as show:
        done = gather(
            inputs,
            archive,
            fmt=format,
            mapping=column_mapping(map),
            workers=workers,
            engine=engine,
            progress=show,
        ).summary
    if done is None:
        raise UsageError(f"{inputs[0]} is an archive already; name raw files")
    say(
        f"{archive}: {done.n_sources} sources, {done.n_new} new, {done.n_known} known before; "
        f"{done.n_positions} new positions; {done.bytes / 1e6:.1f} MB read in {done.seconds:.1f} s"
    )
    for reason, n in done.rejected.items():
        say(f"  {n} rows in rejected: {reason}")
    return 0


def column_mapping(pairs: tuple[str, ...]) -> dict[str, str] | None:
    """Read ``OUR=THEIRS`` pairs. Raises ``UsageError`` for a pair without ``=``."""
    from waystation.terms.errors import UsageError

    mapping = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not equals or not ours or not theirs:
            raise UsageError(f"--map {pair!r}: write OUR-NAME=THEIRS, as in icao24=Mode_S")
        mapping[ours] = theirs
    return mapping or None
