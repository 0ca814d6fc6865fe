"""One question with all that its rules may read, and the shape in which a rule makes its statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from waystation.briefing.claim_row import Draft, claim
from waystation.briefing.controls_said import controls_said
from waystation.briefing.wording import day_text
from waystation.terms.claim_query import answer
from waystation.terms.schema import empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from waystation.briefing.places import Places
    from waystation.terms.case_view import CaseView, Event, Question

__all__ = [
    "Asked",
    "Note",
    "Said",
    "compared_text",
    "event_of",
    "event_text",
    "midnight",
    "moment",
    "rows_of",
    "rows_where",
    "state",
]

Row = dict[str, Any]


@dataclass(frozen=True)
class Note:
    """What a question leaves open, and why."""

    question_id: str
    question: str
    text: str


@dataclass(frozen=True)
class Asked:
    """A question of the case beside the tables it is asked of."""

    q: Question
    tables: Mapping[str, pa.Table]
    case: CaseView
    places: Places

    def table(self, name: str) -> pa.Table:
        """The table, empty where this run has none."""
        return self.tables[name] if name in self.tables else empty(name)


@dataclass(frozen=True)
class Said:
    """A claim without its number: what it is about, how it is counted, on what it rests."""

    about: str
    query: str
    unit: str
    assumptions: str
    would_change: str
    confidence: str


def state(
    asked: Asked, said: Said, sentence: str, interval: tuple[float | None, float | None] | None = None
) -> Iterator[Row]:
    """Yield the claim; nothing where its table is not there."""
    if said.query.split(" of ", 1)[1].split(" ", 1)[0] not in asked.tables:
        return
    draft = Draft(said.about, said.query, said.unit, said.assumptions, said.would_change, said.confidence)
    low, high = interval or (None, None)
    known = (low, high) if low is not None and high is not None else None
    found = answer(said.query, asked.tables)
    yield claim(draft, sentence, asked.tables, interval=known, simulated=asked.case.simulated, found=found)


def rows_of(asked: Asked, name: str) -> list[Row]:
    """All rows of a table as dictionaries."""
    rows: list[Row] = asked.table(name).to_pylist()
    return rows


def rows_where(asked: Asked, name: str, **values: object) -> list[Row]:
    """Rows whose columns have these values; None matches null."""
    table = asked.table(name)
    for column, value in values.items():
        cells = table.column(column)
        table = table.filter(
            pc.is_null(cells) if value is None else pc.fill_null(pc.equal(cells, value), False)
        )
    rows: list[Row] = table.to_pylist()
    return rows


def event_of(asked: Asked) -> Event | None:
    """The event that the question aligns on, if it names one of the case."""
    return next((e for e in asked.case.events if e.id == asked.q.event), None)


def event_text(event: Event) -> str:
    """``Fall of Assad (8 December 2024)``."""
    return f"“{event.name or event.id}” ({day_text(event.date)})"


def midnight(day: date) -> datetime:
    """The first moment of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def moment(time: datetime) -> str:
    """A moment for a query, down to the millisecond that tables hold."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def compared_text(row: Row) -> str:
    """Placebo rank and controls of a row of ``comparisons``, as plain sentences that follow others."""
    text = ""
    if row["placebo_rank"] is not None and row["n_placebos"]:
        n = row["n_placebos"]
        text = (
            f" Beside {n} other dates its size ranks {row['placebo_rank']:.0f} of {n + 1} (1 is the largest)."
        )
    return text + (
        f" What the search for a date found: {controls_said(row['controls'])}." if row["controls"] else ""
    )
