"""``waystation new``: a case to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from waystation.cli.say import say
from waystation.terms.errors import UsageError

__all__ = ["new"]


def new(folder: Path, /) -> None:
    """Write a case to start from, with every key explained.

    Try:
      waystation new my-case

    Parameters
    ----------
    folder
        Folder to write case.toml into; made if need be. A case.toml that is there stays.
    """
    path = folder / "case.toml"
    if path.exists():
        raise UsageError(f"{path} exists and stays as it is. Name another folder, or edit this one.")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(
        files("waystation.cli").joinpath("new_case.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    say(
        f"wrote {path}\nnext: name your files under sources, then\n"
        f"  waystation check {path}\n  waystation run {path}"
    )
