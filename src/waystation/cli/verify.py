"""``waystation verify``: whether a result still is what it was."""

from __future__ import annotations

from pathlib import Path

from waystation.cli.say import many, progress, say

__all__ = ["verify"]


def verify(folder: Path, /) -> int:
    """Hash the inputs and count the numbers of a briefing again.

    Every input is read anew (files, members of tars and packages) and
    compared with the hash taken when it was ingested; so are the case file,
    every table and the briefing. Every claim is counted again, by its query
    and by the rows that it names. Any difference makes the exit code 1.

    Try:
      waystation verify cases/real-flights/out

    Parameters
    ----------
    folder
        Folder of the result, with manifest.json.
    """
    from waystation.checking import check_result

    with progress() as show:
        result = check_result(folder, show)
    for difference in result.differences:
        say(f"DIFFERENT {difference}")
    n = len(result.differences)
    found = (
        f"{many(result.n_inputs, 'input')} ({result.bytes / 1e6:.1f} MB), {result.n_files} tables and files"
    )
    differ = many(n, "difference") if n else "no differences"
    say(f"{folder}: {found}, {many(result.n_claims, 'claim')}: {differ}")
    return 1 if n else 0
