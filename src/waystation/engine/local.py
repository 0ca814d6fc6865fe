"""Run tasks on processes of this machine, in order, and survive the death of one.

A killed worker breaks the whole standard pool: every task in flight fails with it. So the pool is made
anew and what was in flight runs one task at a time, until the guilty one is known. Three deaths, and the
task is named and set aside; the others lose nothing.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
from collections import deque
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Done", "Inline", "Standing", "local_executor", "map_tasks"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_MANY_OBJECTS: Final = 20_000  # new ones between two looks for cycles; loading a library makes 100,000
TRIES: Final = 3  # a worker killed for its neighbour's memory deserves another chance, not many


@dataclass(frozen=True)
class Done(Generic[Item, Result]):
    """One task, finished: ``result``, or ``error`` where it raised or killed its worker ``TRIES`` times."""

    item: Item
    result: Result | None = None
    error: BaseException | None = None


class Inline(Executor):
    """Runs each task at once, in this process: for one worker, and for tests."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002, ANN003, ANN201
        """Run ``fn`` now; the future is already done."""
        future: Future[object] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as e:  # noqa: BLE001 - this is how an Executor hands errors on
            future.set_exception(e)
        return future


class Standing(Executor):
    """A pool of processes that outlives a round of tasks: made for its first task, anew after it broke."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: Executor | None = None

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002, ANN003, ANN201
        """Hand ``fn`` to a process; starts them where there are none."""
        self._pool = self._pool or local_executor(self._workers)
        return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the processes go; the next task starts new ones."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=wait, cancel_futures=cancel_futures)


def local_executor(workers: int) -> Executor:
    """Return a pool of ``workers`` processes; with one worker, no pool at all.

    Processes are spawned, not forked: a fork of a process with threads (Arrow, Polars) may hang.
    """
    if workers <= 1:
        return Inline()
    return _Pool(workers, mp_context=get_context("spawn"), initializer=_begin)


class _Pool(ProcessPoolExecutor):
    """Its processes begin with Ctrl-C held back, until they know what to do with it."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002, ANN003, ANN202
        """Hand ``fn`` to a process; the first call starts them, and they inherit what is held back."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Prepare a worker: nothing that it loads or leaves behind is worth half a second of walking over it.

    Ctrl-C reaches every process of a terminal. The one that was started says so, the others go quietly.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    gc.set_threshold(_MANY_OBJECTS, 20, 20)
    atexit.register(os._exit, 0)  # results are sent, and files whole, before a task ends
    _end_with_parent()


def _end_with_parent() -> None:
    """Watch the parent from a thread: the workers of a killed parent would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def map_tasks(
    open_executor: Callable[[], Executor],
    fn: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    window: int = 4,
    tries: int = TRIES,
    stays: bool = False,
) -> Iterator[Done[Item, Result]]:
    """Yield one ``Done`` per item, in the order of ``items``, with at most ``window`` items taken ahead.

    ``open_executor`` is called for the first task, and again after a pool broke. ``fn`` must be pure: it
    may run more than once. ``stays``: the executor is left open, for whoever opened it to close.
    """
    source = iter(items)
    flying: deque[tuple[Item, Future[Result]]] = deque()
    executor: Executor | None = None
    try:
        while True:
            while len(flying) < window and (head := next(source, _END)) is not _END:
                executor = executor or open_executor()
                flying.append((head, _submit(executor, fn, head)))  # type: ignore[arg-type]
            if not flying:
                return
            item, future = flying[0]
            error = future.exception()
            if not isinstance(error, BrokenExecutor):
                flying.popleft()
                yield Done(item, future.result()) if error is None else Done(item, error=error)
                continue
            suspects = [i for i, _ in flying]
            flying.clear()
            for suspect in suspects:
                if executor is not None:
                    executor.shutdown(wait=False, cancel_futures=True)
                done, executor = _alone(open_executor, fn, suspect, tries)
                yield done
    finally:
        for _, future in flying:
            future.cancel()
        if executor is not None and not stays:
            executor.shutdown(wait=False, cancel_futures=True)


_END: Final = object()


def _submit(executor: Executor, fn: Callable[[Item], Result], item: Item) -> Future[Result]:
    """Submit; a pool that broke since the last look is told like a task that died in it."""
    try:
        return executor.submit(fn, item)
    except BrokenExecutor as e:
        failed: Future[Result] = Future()
        failed.set_exception(e)
        return failed


def _alone(
    open_executor: Callable[[], Executor], fn: Callable[[Item], Result], item: Item, tries: int
) -> tuple[Done[Item, Result], Executor | None]:
    """Run one task with nothing beside it, so that a death is its own doing."""
    error: BaseException | None = None
    for _ in range(tries):
        executor = open_executor()
        future = _submit(executor, fn, item)
        error = future.exception()
        if error is None:
            return Done(item, future.result()), executor
        if not isinstance(error, BrokenExecutor):
            return Done(item, error=error), executor
        executor.shutdown(wait=False, cancel_futures=True)
    return Done(item, error=error), None
