"""Tables of a spreadsheet that writes 50,03 for 50.03, as Excel does in most of Europe.

A height of ``35,000`` is 35 in one country and thirty-five thousand in another. Latitude and longitude tell
which country it is: with a comma in them, and no point anywhere, they leave no doubt.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.ingest.names import Resolved

__all__ = ["with_points"]

_PLACE: Final = ("lat", "lon")
_NUMBERS: Final = (
    *_PLACE,
    *("altitude", "geometric_altitude", "ground_speed", "track_angle", "vertical_rate"),
)
_GROUPED: Final = re.compile(r"-?\d{1,3}(\.\d{3})+\Z")  # 35.000, where the comma parts the fraction
_BLANKS: Final = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d)")  # 35 000


def with_points(columns: Mapping[str, Sequence[str]], found: Resolved) -> dict[str, Sequence[str]]:
    """Return the columns; with points in their numbers where latitude and longitude have commas."""
    named = {field: found.columns[field] for field in _NUMBERS if field in found.columns}
    places = [columns[named[field]] for field in _PLACE if field in named]
    commas = any("," in cell for cells in places for cell in cells)
    if not commas or any("." in cell for cells in places for cell in cells):
        return dict(columns)
    return dict(columns) | {name: [_pointed(cell) for cell in columns[name]] for name in named.values()}


def _pointed(cell: str) -> str:
    text = _BLANKS.sub("", cell.strip())
    if "," not in text:
        return text.replace(".", "") if _GROUPED.match(text) else text
    whole, _, part = text.rpartition(",")
    return f"{whole.replace('.', '')}.{part}"
