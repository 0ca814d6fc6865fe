"""Columns of whatever a file holds → arrays. Loops only where something odd stands."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["booleans", "map_unique", "number", "numbers", "sound", "squawk", "texts", "times_ms", "words"]

Floats = NDArray[np.float64]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_EMPTY: Final = frozenset({"", "na", "n/a", "nan", "none", "null", "-", "nat"})
_TRUE: Final = frozenset({"true", "t", "1", "1.0", "yes", "g", "ground"})
_FALSE: Final = frozenset({"false", "f", "0", "0.0", "no", "a", "airborne"})
_OCTAL: Final = re.compile(r"[0-7]{1,4}\Z")
_DOTTED: Final = re.compile(
    r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)\Z"
)
_MISPLACED_Z: Final = re.compile(r"Z(\.\d+)\Z")  # FR24's granular export writes 07:41:03Z.515


def numbers(values: Sequence[Any]) -> Floats:
    """Return float64; NaN where there is none or it is no number. Infinities stay, to be judged later."""
    try:
        out = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        out = np.empty((0, 0))
    if out.shape == (len(values),):  # lists in the cells would make it wider
        return out
    return np.array([number(v) for v in values], dtype=np.float64)


def number(value: Any) -> float:  # noqa: ANN401 - cells of strangers' files
    """Return a float; NaN where it is no number."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def texts(values: Sequence[Any]) -> pa.Array:
    """Return strings; null where nothing is said. A whole number stays free of its ``.0``."""
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return pa.array([_text(v) for v in values], pa.string())


def _text(value: Any) -> str | None:  # noqa: ANN401
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - the test for NaN
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return sound(str(value))


def sound(text: str) -> str:
    """Return text that UTF-8 can hold: JSON may carry half a surrogate pair."""
    return text.encode("utf-8", "replace").decode()


def map_unique(values: pa.Array, rule: Callable[[str], str | None]) -> pa.Array:
    """Apply ``rule`` once per distinct string."""
    coded = values.dictionary_encode()
    words_ = pa.array([rule(w) for w in coded.dictionary.to_pylist()], pa.string())
    return words_.take(coded.indices)


def words(values: pa.Array) -> pa.Array:
    """Trim blanks; null for the many ways of saying nothing."""
    return map_unique(values, lambda w: None if w.strip().lower() in _EMPTY else w.strip())


def squawk(text: str) -> str | None:
    """Return four octal digits, or None. A bare ``0`` is a filler, ``0000`` is a code."""
    t = text.strip().removesuffix(".0")
    return t.zfill(4) if _OCTAL.match(t) and t != "0" else None


def booleans(values: Sequence[Any]) -> NDArray[np.int8]:
    """Return 1 for true, 0 for false, -1 where the file does not say."""
    known = {True: 1, False: 0, None: -1}
    return np.array(
        [known[v] if v is None or isinstance(v, bool) else _truth(v) for v in values], dtype=np.int8
    )


def _truth(value: Any) -> int:  # noqa: ANN401
    t = str(value).strip().lower()
    return 1 if t in _TRUE else 0 if t in _FALSE else -1


def times_ms(values: Sequence[Any], ahead_ms: float = 0.0) -> Floats:
    """Return milliseconds since 1970; NaN where there is none or it is no time.

    Numbers are seconds, milliseconds, microseconds or nanoseconds by their size: today is 1.7e9 seconds,
    and the ranges of 1990 to 2100 do not overlap. Text is ISO 8601; without a zone it
    is ``ahead_ms`` ahead of UTC. With points in it, as in 8.12.2024 14:30, the day stands first; with
    strokes, as in 8/12/2024, it may be either, and is no time.
    """
    x = numbers(values).copy()
    lost = np.isnan(x)
    if lost.any():
        x[lost] = [_iso_ms(v, ahead_ms) / 1e3 for v in np.array(values, dtype=object)[lost]]
    scale = np.select([np.abs(x) > 1e17, np.abs(x) > 1e14, np.abs(x) > 1e11], [1e-6, 1e-3, 1.0], default=1e3)
    return np.asarray(np.rint(x * scale), dtype=np.float64)


def _iso_ms(value: Any, ahead_ms: float) -> float:  # noqa: ANN401
    if not isinstance(value, str):
        return float("nan")
    text = _MISPLACED_Z.sub(r"\1", value.strip().removesuffix(" UTC"))
    dotted = _DOTTED.match(text)
    if dotted:
        day, month, year, hour, minute, second = dotted.groups()
        text = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second or '00'}"
    try:
        t = datetime.fromisoformat(text)
    except ValueError:
        return float("nan")
    if t.tzinfo:
        return (t - _EPOCH) / _MS
    return (t.replace(tzinfo=UTC) - _EPOCH) / _MS - ahead_ms
