"""OpenSky's history: every state vector since 2013, in a database (Trino) that OpenSky opens to researchers.

    day ─► one question for the fleet (time, addresses, named columns) ─► a Parquet an aircraft and day

``pyopensky`` asks; it is an extra (``pip install 'waystation[opensky]'``) and brings pandas. Its account is
``OPENSKY_USERNAME`` and ``OPENSKY_PASSWORD``, or its own settings file; without them it opens a browser.
"""

from __future__ import annotations

import importlib
import os
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from waystation.store.atomic import write_atomic
from waystation.store.fetch_partial import place
from waystation.store.fetch_rules import FetchRules, Outcome, Wanted
from waystation.store.fetch_sources import VECTORS_TOGETHER
from waystation.store.hashing import file_sha256
from waystation.store.layout import lock
from waystation.store.parquet import table_bytes
from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from waystation.store.fetch_journal import Journal
    from waystation.store.fetch_pace import Pace

__all__ = ["HISTORY", "Vectors", "connect", "fetch_vectors", "vector_wants"]

HISTORY: Final = "opensky-history"
HOST: Final = "trino.opensky-network.org"
# lastcontact and lastposupdate tell old places under new times; they rest in the file, ingest reads ``time``.
COLUMNS: Final = (
    *("time", "icao24", "lat", "lon", "velocity", "heading", "vertrate", "callsign", "onground"),
    *("squawk", "baroaltitude", "geoaltitude", "lastposupdate", "lastcontact"),
)
_REFUSED: Final = re.compile(
    r"\b(?:401|403)\b|denied|unauthori[sz]ed|not authori[sz]ed|authentication", re.IGNORECASE
)


class Vectors(Protocol):
    """What is asked of ``pyopensky.trino.Trino``: a data frame that Arrow can read, or None for no rows."""

    def history(
        self,
        start: datetime,
        stop: datetime,
        *,
        icao24: list[str],
        cached: bool,
        selected_columns: tuple[str, ...],
    ) -> Any:  # noqa: ANN401 - a data frame of a library that may not be here
        """Return the state vectors of ``icao24`` from ``start`` to ``stop``, both included."""


def connect() -> Vectors:
    """Return OpenSky's database. Raises ``UsageError`` where ``pyopensky`` is not installed."""
    os.environ.setdefault("TQDM_DISABLE", "1")  # its bars would write over ours
    try:
        library = importlib.import_module("pyopensky.trino")
    except ImportError as error:
        raise UsageError(
            f"{HISTORY} needs the package pyopensky ({error}); install it beside waystation: "
            "pip install 'waystation[opensky]'. Without it: single flights of the last 30 days with the "
            "source opensky, or a table that a colleague exported: waystation ingest TABLE.parquet"
        ) from error
    found: Vectors = library.Trino()
    return found


def vector_wants(addresses: Sequence[str], days: Sequence[date]) -> list[Wanted]:
    """Return a file for every address on every day. Their addresses are names, not places on the net."""
    return [
        Wanted(
            f"trino://{HOST}/state_vectors_data4?day={day}&icao24={a}",
            f"opensky/history/{day:%Y/%m/%d}/{a}.parquet",
            "opensky",
            "vectors",
            day,
            a,
        )
        for day in days
        for a in addresses
    ]


def fetch_vectors(
    wanted: Sequence[Wanted],
    raw: Path,
    journal: Journal,
    ask: Callable[[], Vectors],
    rules: FetchRules,
    pace: Pace,
    *,
    again: bool = False,
    progress: Callable[[int, int, int], None] | None = None,
) -> tuple[list[Outcome], int, str]:
    """Ask for what is not settled, a day and some addresses at a time.

    Returns the outcomes, how many files were settled before, and why it gave up.

    ``ask`` connects, at the first question. A kill between two files leaves whole files; the question is put
    again and gives the same bytes.
    """
    done: list[Outcome] = []
    with lock(raw):
        left = [w for w in wanted if not _settled(w, raw, journal, again=again)]
        database = ask() if left else None
        failed = 0
        for part in _questions(left):
            assert database is not None
            pace.turn(HOST)
            outcomes = _answered(database, part, raw, rules)
            for o in outcomes:
                journal.enter(o, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
            done += outcomes
            if progress is not None:
                progress(len(done), len(left), sum(o.bytes for o in done))
            failed = failed + 1 if outcomes[0].outcome in {"failed", "refused"} else 0
            if failed >= rules.give_up_after or (failed and outcomes[0].outcome == "refused"):
                return done, len(wanted) - len(left), f"{HOST}: {outcomes[0].note}"
    return done, len(wanted) - len(left), ""


def _settled(w: Wanted, raw: Path, journal: Journal, *, again: bool) -> bool:
    line = journal.last(w.url)
    return journal.settled(w, raw) and not (again and line is not None and line["outcome"] == "no-data")


def _questions(left: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    of_day: dict[date, list[Wanted]] = defaultdict(list)
    for w in left:
        assert w.day is not None
        of_day[w.day].append(w)
    for day in sorted(of_day):
        for first in range(0, len(of_day[day]), VECTORS_TOGETHER):
            yield of_day[day][first : first + VECTORS_TOGETHER]


def _answered(database: Vectors, part: list[Wanted], raw: Path, rules: FetchRules) -> list[Outcome]:
    """Put one question and write what came; a trouble is one of every file of the question."""
    day = part[0].day
    assert day is not None
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = begin + timedelta(days=1, seconds=-1)  # both ends are included
    names = [str(w.address) for w in part]
    try:
        frame = database.history(begin, end, icao24=names, cached=False, selected_columns=COLUMNS)
        of_address = _by_address(frame, names, begin)
        return [_written(w, of_address.get(str(w.address)), raw, rules) for w in part]
    except Exception as error:  # noqa: BLE001 - of the database, the network, the login: each library has its own
        text = " ".join(str(error).split())[:300] or type(error).__name__
        kind = "refused" if _REFUSED.search(text) else "failed"
        return [Outcome(w, kind, note=f"{type(error).__name__}: {text}") for w in part]


def _by_address(frame: Any, names: Sequence[str], begin: datetime) -> dict[str, pa.Table]:  # noqa: ANN401 - of pyopensky
    """Return address → its rows by time. Raises ``ValueError`` for what was not asked for."""
    if frame is None:
        return {}
    table = pa.table(frame).replace_schema_metadata(None)
    missing = {"time", "icao24", "lat", "lon"} - set(table.column_names)
    if missing:
        raise ValueError(f"the answer has no column {', '.join(sorted(missing))}")
    table = table.select([c for c in COLUMNS if c in table.column_names])
    address = table.column("icao24").cast(pa.string())
    strange = set(address.unique().to_pylist()) - set(names)
    when = pc.cast(table.column("time"), pa.timestamp("ms", "UTC"), safe=False) if len(table) else None
    outside = when is not None and not begin <= pc.min(when).as_py() <= pc.max(
        when
    ).as_py() < begin + timedelta(1)
    if strange or outside:
        raise ValueError(
            f"the answer holds {', '.join(map(str, sorted(strange)[:3])) or 'other days'}, not asked for"
        )
    table = table.set_column(table.column_names.index("icao24"), "icao24", address).sort_by(
        [("icao24", "ascending"), ("time", "ascending")]
    )
    counts = Counter(table.column("icao24").to_pylist())
    out, first = {}, 0
    for name in sorted(counts):
        out[name] = table.slice(first, counts[name])
        first += counts[name]
    return out


def _written(w: Wanted, rows: pa.Table | None, raw: Path, rules: FetchRules) -> Outcome:
    if rows is None or rows.num_rows == 0:
        assert w.day is not None
        recent = w.day > datetime.now(UTC).date() - timedelta(days=rules.recent_days)
        return Outcome(w, "not-yet" if recent else "no-data", note="no state vector of this day")
    target = place(raw, w.path)
    write_atomic(target, table_bytes(rows.combine_chunks()))
    return Outcome(
        w, "fetched", None, target.stat().st_size, file_sha256(target), note=f"{rows.num_rows} rows"
    )
