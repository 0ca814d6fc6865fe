"""The closed sets of words that appear in columns."""

from __future__ import annotations

from typing import Final

__all__ = ["ENDINGS", "ENDS", "GAP_LABELS", "NAMED_ENDINGS", "SETTLED_ENDINGS"]

ENDS: Final = ("origin", "destination")
ENDINGS: Final = ("seen", "approach", "inferred", "outside", "unknown", "listed")
NAMED_ENDINGS: Final = ("seen", "approach", "inferred", "listed")
SETTLED_ENDINGS: Final = ("seen", "approach", "listed")  # stand for one airfield, not for candidates
GAP_LABELS: Final = ("coverage", "dark", "interference", "unknown")
