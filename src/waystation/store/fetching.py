"""Many files, a few at a time: what is settled is left alone, every answer goes into the journal.

wanted ─ settled? ─► left alone
─ in its place without a line (a kill) ─► judged, hashed, entered
─ else ─► threads, one connection each ─► outcome ─► journal (this thread alone writes it)
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from waystation.store.fetch_checks import fault_of_content
from waystation.store.fetch_file import Fetcher
from waystation.store.fetch_http import Client, host_of
from waystation.store.fetch_pace import Pace, Stopped
from waystation.store.fetch_partial import clean_partials, place
from waystation.store.fetch_rules import DEFAULTS, FetchRules, Outcome, Wanted
from waystation.store.hashing import file_sha256
from waystation.store.layout import lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from waystation.store.fetch_journal import Journal

__all__ = ["FetchSummary", "fetch_all", "raw_folder", "summed", "unsettled"]

_LOOK_S: Final = 0.5  # between two looks at how far the bytes are


@dataclass(frozen=True)
class FetchSummary:
    """What a run left: outcome → files, bytes that came, and each trouble in words.

    ``known``: settled before. ``paths``: every wanted file that is there now, in the order wanted.
    ``silent_days``: days of which no file at all was had though the server answered for each: such a day
    may have been quiet, or the server may not hold it (any more). ``stopped``: why it gave up early.
    """

    outcomes: dict[str, int]
    known: int
    bytes: int
    troubles: tuple[str, ...]
    paths: tuple[Path, ...]
    silent_days: tuple[date, ...]
    stopped: str = ""

    def with_more(self, more: FetchSummary) -> FetchSummary:
        """Return both as one."""
        counts = Counter(self.outcomes) + Counter(more.outcomes)
        return FetchSummary(
            dict(sorted(counts.items())),
            self.known + more.known,
            self.bytes + more.bytes,
            self.troubles + more.troubles,
            self.paths + more.paths,
            self.silent_days,
            self.stopped or more.stopped,
        )


def raw_folder(archive: Path) -> Path:
    """Where files rest as they came."""
    return archive / "raw"


def unsettled(
    wanted: Iterable[Wanted], archive: Path, journal: Journal, *, again: bool = False
) -> list[Wanted]:
    """Return what is still to be asked for. ``again``: also what a server did not have before."""
    raw = raw_folder(archive)

    def settled(w: Wanted) -> bool:
        line = journal.last(w.url)
        return journal.settled(w, raw) and not (again and line is not None and line["outcome"] == "no-data")

    return [w for w in wanted if not settled(w)]


def fetch_all(
    wanted: Sequence[Wanted],
    archive: Path,
    journal: Journal,
    *,
    rules: FetchRules = DEFAULTS,
    again: bool = False,
    headers: Callable[[Client], dict[str, str]] | None = None,
    progress: Callable[[int, int, int], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> FetchSummary:
    """Fetch what is not settled. ``progress(files done, files in all, bytes)`` as it goes; ``tell``: waits.

    Raises ``ArchiveError`` where another run fetches into the same folder. A stop (Ctrl-C) leaves partial
    files, from which the next run goes on.
    """
    raw = raw_folder(archive)
    with lock(raw):
        clean_partials(raw)
        left = unsettled(wanted, archive, journal, again=again)
        run = _Run(archive, journal, rules, headers or (lambda _client: {}), tell)
        left = [w for w in left if not run.adopt(w)]
        run.known = len(wanted) - len(left)
        done = run.work(left, progress)
    return summed(wanted, done, journal, raw, known=run.known, stopped=run.stopped)


def summed(
    wanted: Sequence[Wanted],
    done: Sequence[Outcome],
    journal: Journal,
    raw: Path,
    *,
    known: int,
    stopped: str = "",
) -> FetchSummary:
    """Return what a run left, from its outcomes and from what is there."""
    return FetchSummary(
        dict(sorted(Counter(o.outcome for o in done).items())),
        known,
        sum(o.bytes for o in done),
        tuple(f"{o.wanted.url}: {o.note}" for o in done if o.outcome in {"failed", "refused"}),
        tuple(p for w in wanted if (p := raw / w.path).is_file()),
        _silent_days(wanted, journal),
        stopped,
    )


class _Run:
    """The threads of one call, and the one hand that writes the journal."""

    def __init__(
        self,
        archive: Path,
        journal: Journal,
        rules: FetchRules,
        headers: Callable[[Client], dict[str, str]],
        tell: Callable[[str], None] | None,
    ) -> None:
        self.known = 0
        self.stopped = ""
        self._raw = raw_folder(archive)
        self._journal, self._rules, self._headers = journal, rules, headers
        self._stop = threading.Event()
        self._pace = Pace(rules, self._stop, tell)
        self._local = threading.local()
        self._fetchers: list[Fetcher] = []
        self._in_a_row: Counter[str] = Counter()

    def adopt(self, wanted: Wanted) -> bool:
        """Enter a file that is in its place without a line, if it is what was wanted."""
        try:
            path = place(self._raw, wanted.path)
        except ValueError:
            return False
        line = self._journal.last(wanted.url)
        if (line is not None and line["outcome"] == "fetched") or not path.is_file():
            return False  # a file that changed after it was entered is fetched again
        if fault_of_content(path, wanted) is not None:
            return False
        digest = file_sha256(path)
        if wanted.sha256 and digest != wanted.sha256:
            return False
        note = "found in its place, whole"
        self._enter(Outcome(wanted, "fetched", None, path.stat().st_size, digest, note=note))
        return True

    def work(self, left: list[Wanted], progress: Callable[[int, int, int], None] | None) -> list[Outcome]:
        """Fetch every file; the outcomes come in any order."""
        done: list[Outcome] = []
        queue, running = deque(left), set[Future[Outcome | None]]()
        with ThreadPoolExecutor(self._rules.connections) as threads:
            try:
                while queue or running:
                    while queue and len(running) < 2 * self._rules.connections and not self._stop.is_set():
                        running.add(threads.submit(self._one, queue.popleft()))
                    if not running:
                        break
                    ready, running = wait(running, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
                    for outcome in (o for f in ready if (o := f.result()) is not None):
                        self._enter(outcome)
                        done.append(outcome)
                        self._watch(outcome)
                    if progress is not None:
                        progress(len(done), len(left), sum(f.received for f in self._fetchers))
            finally:
                self._stop.set()
        for fetcher in self._fetchers:
            fetcher.client.close()
        return done

    def _one(self, wanted: Wanted) -> Outcome | None:
        if not hasattr(self._local, "fetcher"):
            made = Fetcher(self._raw, Client(self._rules), self._pace, self._rules, self._headers)
            self._fetchers.append(made)
            self._local.fetcher = made
        fetcher: Fetcher = self._local.fetcher
        try:
            return fetcher.fetch(wanted)
        except Stopped:
            return None

    def _enter(self, outcome: Outcome) -> None:
        self._journal.enter(outcome, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")

    def _watch(self, outcome: Outcome) -> None:
        """Give up on a host that refuses or fails again and again: more requests would be rude."""
        host = host_of(outcome.wanted.url)
        if outcome.outcome not in {"failed", "refused"}:
            self._in_a_row[host] = 0
            return
        self._in_a_row[host] += 1
        if self._in_a_row[host] >= self._rules.give_up_after and not self._stop.is_set():
            times, day = self._in_a_row[host], outcome.wanted.day
            where = f" at {day}; other days may be open, name them with --from" if day else ""
            self.stopped = f"{host} failed or refused {times} times in a row, last: {outcome.note}{where}"
            self._stop.set()


def _silent_days(wanted: Sequence[Wanted], journal: Journal) -> tuple[date, ...]:
    had: dict[date, list[str]] = defaultdict(list)
    for w in wanted:
        line = journal.last(w.url)
        if w.day is not None and line is not None:
            had[w.day].append(line["outcome"])
    return tuple(sorted(d for d, outcomes in had.items() if set(outcomes) == {"no-data"}))
