"""JSON as strangers write it: with NaN, cut off in the middle, a document a line."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

__all__ = ["load", "raw_text", "salvage"]

_DECODER: Final = msgspec.json.Decoder()
# A record ends, another begins: rows of a trace, or objects of a list. In a trace no other array is
# followed by an array (nav_modes stands before a key).
_ROWS: Final = re.compile(rb"\]\s*,\s*\[")
_OBJECTS: Final = re.compile(rb"\}\s*,\s*\{")


def load(data: bytes) -> Any:  # noqa: ANN401 - a JSON value
    """Return the document. Accepts NaN and Infinity, which pandas writes. Raises ``ValueError``."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError as e:
        raise ValueError("nested too deeply") from e
    try:
        return json.loads(data.decode("utf-8-sig", "replace"))
    except RecursionError as e:
        raise ValueError("nested too deeply") from e


def salvage(data: bytes) -> Any:  # noqa: ANN401
    """Return the document up to its last whole record, where its end is missing. Raises ``ValueError``."""
    head = data.lstrip()[:1]
    pattern, close = (_ROWS, b"]]}") if head == b"{" else (_OBJECTS, b"}]")
    last = _last(pattern, data)
    if last is None:
        raise ValueError("no whole record before the break")
    return load(data[:last] + close)


def _last(pattern: re.Pattern[bytes], data: bytes) -> int | None:
    """Start of the last match, searched from the end in growing windows."""
    window = 4096
    while True:
        start = max(0, len(data) - window)
        found = [m.start() for m in pattern.finditer(data, start)]
        if found:
            return found[-1]
        if start == 0:
            return None
        window *= 4


def raw_text(value: object) -> str:
    """Return the record as text for ``rejected``."""
    return json.dumps(value, ensure_ascii=False, default=str)
