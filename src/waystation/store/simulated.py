"""Simulated archives on disk: written whole or not at all, and made once per scenario, seed and program.

    DIR/2024/12/15/traces/76/trace_full_154076.json   DIR/truth_flights.csv   DIR/SIMULATED.txt …

``simulated_folder`` keeps one in the user's cache, for cases whose source is ``simulated:scenario.toml``.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from waystation.engine.local import local_executor, map_tasks
from waystation.simulate import Flown, Scenario, Tail, TrueFlight, fly_tail, plan, read_scenario, truth_files
from waystation.store.atomic import TEMPORARY
from waystation.store.hashing import sha256
from waystation.store.wheels import cache_folder
from waystation.terms.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Simulated", "is_simulated_source", "simulate_into", "simulated_folder", "trace_folders"]

PREFIX: Final = "simulated:"
MARKER: Final = "simulated.sha256"  # the last file of an archive: which scenario, seed and program made it
MAX_WORKERS: Final = 2


@dataclass(frozen=True)
class Simulated:
    """An archive on disk. ``unchanged``: it stood there already."""

    folder: Path
    mark: str
    n_files: int
    unchanged: bool


def is_simulated_source(text: str) -> bool:
    """Whether an INPUT is a scenario: ``simulated:scenario.toml``."""
    return text.startswith(PREFIX)


def simulated_folder(
    scenario: Path,
    progress: Callable[[str, int, int | None], None] | None = None,
    *,
    workers: int = MAX_WORKERS,
) -> Path:
    """Return the folder of the scenario's archive in the user's cache; it is made where it is missing."""
    digest = _digest(_read(scenario))
    return simulate_into(
        scenario, cache_folder() / "simulated" / digest[:16], progress, workers=workers
    ).folder


def trace_folders(folder: Path) -> tuple[str, ...]:
    """Return the INPUTs that hold an archive's traces: its years, without the tables of truth beside them."""
    return tuple(str(p) for p in sorted(folder.iterdir()) if p.is_dir() and p.name.isdigit())


def simulate_into(
    scenario: Path,
    folder: Path,
    progress: Callable[[str, int, int | None], None] | None = None,
    *,
    seed: int | None = None,
    workers: int = MAX_WORKERS,
) -> Simulated:
    """Write the archive of a scenario into ``folder``, unless it stands there already.

    ``seed`` overrules the scenario's. An older archive of ours in ``folder`` is replaced as a whole; anything
    else in it raises ``UsageError``, and nothing is touched.
    """
    s = _read(scenario)
    s = s if seed is None else msgspec.structs.replace(s, seed=seed)
    digest = _digest(s)
    marker = folder / MARKER
    if marker.is_file() and marker.read_text().split()[:1] == [digest]:
        return Simulated(folder, s.mark, int(marker.read_text().split()[1]), unchanged=True)
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not marker.is_file())):
        raise UsageError(f"{folder} is there and is no simulated archive; name a new folder with --out")
    made = folder.with_name(f"{folder.name}.{os.getpid()}{TEMPORARY}")
    try:
        n = _write(made, _all_files(s, progress, min(workers, MAX_WORKERS)))
        (made / MARKER).write_text(f"{digest} {n}\n")
        _put(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Simulated(folder, s.mark, n, unchanged=False)


def _read(path: Path) -> Scenario:
    try:
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise InputError(
            f"{path}: there is no such scenario file. One ships as cases/hub-shift/scenario.toml"
        ) from error
    return read_scenario(data, str(path))


def _digest(s: Scenario) -> str:
    """Sum up all that decides the bytes: the scenario as understood, and the program with its world."""
    return sha256(msgspec.json.encode(s) + _program().encode())


@lru_cache(maxsize=1)
def _program() -> str:
    rooms = [(room, files("waystation") / room) for room in ("simulate", "world", "world/data")]
    parts = [
        f"{room}/{item.name} {sha256(item.read_bytes())}"
        for room, folder in rooms
        for item in sorted(folder.iterdir(), key=lambda i: i.name)
        if item.is_file()
    ]
    return sha256("\n".join(parts).encode())


def _all_files(
    s: Scenario, progress: Callable[[str, int, int | None], None] | None, workers: int
) -> Iterator[tuple[str, bytes]]:
    """Yield what ``simulate.build`` yields, with the aircraft shared out among processes."""
    show = progress or (lambda *_: None)
    show("plan", 0, 1)
    tails = plan(s)
    show("plan", 1, 1)
    truth: list[TrueFlight] = []
    done = map_tasks(lambda: local_executor(workers), partial(_fly, s), tails, window=2 * workers)
    for number, task in enumerate(done, 1):
        if task.result is None:
            raise task.error or InputError(
                f"{task.item.registration}: its worker died; run the same command again"
            )
        yield from task.result.files
        truth += task.result.flights
        show("simulate", number, len(tails))
    yield from truth_files(s, truth)


def _fly(s: Scenario, tail: Tail) -> Flown:
    return fly_tail(s, tail)


def _write(folder: Path, made: Iterator[tuple[str, bytes]]) -> int:
    """Write the files; without a sync each, because the folder only counts once its marker stands in it."""
    n, known = 0, set[Path]()
    for name, data in made:
        path = folder / name
        if path.parent not in known:
            path.parent.mkdir(parents=True, exist_ok=True)
            known.add(path.parent)
        path.write_bytes(data)
        n += 1
    return n


def _put(made: Path, folder: Path) -> None:
    """Put the new archive in the place of the old one."""
    old = folder.with_name(f"{folder.name}.{os.getpid()}.old{TEMPORARY}")
    if folder.exists():
        folder.rename(old)
    else:
        folder.parent.mkdir(parents=True, exist_ok=True)
    made.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
