"""``waystation ingest``: raw files into an archive."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from waystation.cli.refused_text import refused_lines
from waystation.cli.say import many, progress, say, warn

__all__ = ["column_mapping", "ingest"]


def ingest(
    *inputs: str,
    archive: Annotated[str, Parameter(show_default=False)],
    format: str | None = None,  # noqa: A002 - the option's name
    map: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=True, show_default=False)] = (),  # noqa: A002 - the same
    workers: int = 2,
    engine: str = "local",
    icao24: Annotated[
        tuple[str, ...], Parameter(negative="", consume_multiple=True, show_default=False)
    ] = (),
    fleet: Path | None = None,
    box: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
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
      waystation ingest v2024.12.08*.tar --archive archive --fleet fleet.txt --box 10,5,40,45

    Parameters
    ----------
    inputs
        Files, folders, tars (any one part of a split tar stands for all), globs, https://… of a file,
        pypi:NAME==VERSION/PATH.
    archive
        Folder of the archive, or s3://BUCKET/FOLDER; made if it does not exist.
    format
        Overrules recognition: readsb, csv, kml, sbs, beast … (docs/formats.md has all).
    map
        For tables with column names of their own: OUR-NAME=THEIRS, as in icao24=Mode_S.
    workers
        Processes at work at a time.
    engine
        Where the work runs: local, or the scheduler of a cluster as in tcp://10.0.0.5:8786.
    icao24
        Only these aircraft, by ICAO address. Exposure cannot be told from such an archive.
    fleet
        The same from a file, an address a line; what follows the first comma or blank is not read.
    box
        Only positions inside SOUTH,WEST,NORTH,EAST in degrees. Who leaves the box seems to fall silent.
    """
    from waystation.gathering import gather
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
            icao24=_addresses(icao24, fleet),
            box=_box(box),
            progress=show,
        ).summary
    if done is None:
        raise UsageError(f"{inputs[0]} is an archive already; name raw files")
    say(
        f"{archive}: {many(done.n_sources, 'source')}, {done.n_new} new, {done.n_known} known before; "
        f"{many(done.n_positions, 'new position')}; {done.bytes / 1e6:.1f} MB read in {done.seconds:.1f} s"
    )
    for line in refused_lines(done.rejected):
        say(line)
    if done.rejected:
        say(f"  look at them: waystation show rejected --archive {shlex.quote(archive)}")
    if done.n_known and (format or map):
        warn(
            f"warning: {done.n_known} of these sources were in {archive} before, as they were read then; "
            "--format and --map did nothing to them. To read them in another way name a new --archive"
        )
    return 0


def _addresses(named: tuple[str, ...], fleet: Path | None) -> frozenset[str] | None:
    """Return the addresses named on the line and in the file; None where there is neither."""
    from waystation.terms.errors import InputError

    if not named and fleet is None:
        return None
    found = [a for text in named for a in text.split(",") if a]
    if fleet is not None:
        if not fleet.is_file():
            raise InputError(f"--fleet {fleet}: no such file; it holds an ICAO address a line")
        lines = fleet.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        words = [line.replace(",", " ").split() for line in lines]
        found += [w[0] for w in words if w and not w[0].startswith("#") and w[0].lower() != "icao24"]
    return frozenset(found)


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    from waystation.terms.errors import UsageError

    if text is None:
        return None
    try:
        south, west, north, east = (float(x) for x in text.split(","))
    except ValueError:
        raise UsageError(f"--box {text!r}: write SOUTH,WEST,NORTH,EAST, as in 30,10,38,37") from None
    return south, west, north, east


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
