"""Filters as one types them: ``origin=LFPG``, ``n_positions>=100``, ``callsigns~AFR``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.errors import UsageError, choice_remedy

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["apply_filters", "check_columns"]

_FORM: Final = re.compile(r"(?P<column>\w+)\s*(?P<op>!=|>=|<=|=|>|<|~)\s*(?P<value>.*)\Z", re.DOTALL)
_ORDER: Final = {">=": pc.greater_equal, "<=": pc.less_equal, ">": pc.greater, "<": pc.less}


def apply_filters(table: pa.Table, filters: Sequence[str]) -> pa.Table:
    """Return the rows that fit every filter. Raises ``UsageError`` that says what would have been allowed.

    ``=`` and ``!=`` take several values divided by commas, and ``null``; ``~`` looks for a part of a text;
    a date stands for its whole UTC day.
    """
    for text in filters:
        m = _FORM.match(text)
        if m is None:
            raise UsageError(f"filter {text!r}: write COLUMN=VALUE; also != > >= < <= and ~ (contains)")
        check_columns(table, [m["column"]])
        keep = _keep(table.column(m["column"]), m["op"], m["value"].strip(), text)
        table = table.filter(pc.fill_null(keep, fill_value=False))
    return table


def check_columns(table: pa.Table, names: Sequence[str]) -> None:
    """Raise ``UsageError`` for a column that the table does not have."""
    for name in names:
        if name not in table.column_names:
            raise UsageError(f"no column {name!r}; {choice_remedy(name, table.column_names)}")


def _keep(column: pa.ChunkedArray, op: str, value: str, text: str) -> pa.ChunkedArray:
    if op == "~":
        return pc.match_substring(pc.utf8_lower(_texts(column)), value.lower())
    if op in _ORDER:
        low, high = _span(value, column.type, text)
        return _ORDER[op](column, high if op in {">", "<="} and high is not None else low)
    found = None
    for one in value.split(","):
        fits = _equal(column, one.strip(), text)
        found = fits if found is None else pc.or_(found, fits)
    assert found is not None
    return pc.invert(found) if op == "!=" else found


def _equal(column: pa.ChunkedArray, value: str, text: str) -> pa.ChunkedArray:
    if value in {"null", ""}:
        return pc.is_null(column)
    if pa.types.is_list(column.type):
        hits = [value in (row or ()) for row in column.to_pylist()]
        return pa.chunked_array([pa.array(hits, pa.bool_())])
    low, high = _span(value, column.type, text)
    if high is None:
        return pc.fill_null(pc.equal(column, low), fill_value=False)
    inside = pc.and_(pc.greater_equal(column, low), pc.less_equal(column, high))
    return pc.fill_null(inside, fill_value=False)


def _span(value: str, kind: pa.DataType, text: str) -> tuple[pa.Scalar, pa.Scalar | None]:
    """Return the value in the column's type; for a date in a column of times, the day's first and last."""
    try:
        if pa.types.is_timestamp(kind):
            start = datetime.fromisoformat(value)
            start = start.replace(tzinfo=UTC) if start.tzinfo is None else start
            end = start + timedelta(days=1, milliseconds=-1) if len(value) == len("2024-12-08") else None
            return pa.scalar(start, kind), None if end is None else pa.scalar(end, kind)
        return pa.scalar(_plain(value, kind), kind), None
    except (ValueError, KeyError, pa.ArrowInvalid, OverflowError) as error:
        raise UsageError(f"filter {text!r}: {value!r} is no {_word(kind)}") from error


def _plain(value: str, kind: pa.DataType) -> Any:  # noqa: ANN401 - a value of the column's type
    if pa.types.is_boolean(kind):
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[value.lower()]
    if pa.types.is_integer(kind):
        return int(value)
    if pa.types.is_floating(kind):
        return float(value)
    if pa.types.is_date(kind):
        return datetime.fromisoformat(value).date()
    return value


def _word(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "date or time, as in 2024-12-08 or 2024-12-08T14:30:00"
    return "true or false" if pa.types.is_boolean(kind) else "number"


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_list(column.type):
        return pc.binary_join(column, " ")
    return column.cast(pa.string())
