"""What a command says while it works: a moving bar on a terminal, plain lines in a pipe.

Results go to standard output, everything else to standard error, so that a pipe gets data only.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waystation.gathering import Progress

__all__ = ["many", "progress", "say", "warn"]

QUIET_S = 2.0  # between two lines of one stage in a pipe: a log that can be read
STILL_S = 60.0  # between two lines that say the same: somebody may wonder if it is still at work


def say(text: str) -> None:
    """Print a line of the result."""
    print(text)


def warn(text: str) -> None:
    """Print a line that is not part of the result."""
    print(text, file=sys.stderr, flush=True)


def many(n: int, word: str) -> str:
    """Return a number with its noun: 1 flight, 2 flights."""
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield a function ``(stage, done, total)`` that shows how far the work is; ``total`` None: not known."""
    if sys.stderr.isatty():
        yield from _bar()
    else:
        yield _lines()


def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, int] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        yield show


def _lines() -> Progress:
    last: dict[str, tuple[float, int]] = {}

    def show(stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        when, before = last.get(stage, (-QUIET_S, -1))
        still = done == before and now - when < STILL_S  # a log that says the same twice says nothing
        if not still and (done == total or now - when >= QUIET_S):
            last[stage] = now, done
            warn(f"{stage}: {done}" if total is None else f"{stage}: {done} of {total}")

    return show
