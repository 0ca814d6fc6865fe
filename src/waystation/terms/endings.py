"""The closed sets of words that appear in columns."""

from __future__ import annotations

from typing import Final

__all__ = ["ENDINGS", "ENDS", "GAP_LABELS", "NAMED_ENDINGS"]

ENDS: Final = ("origin", "destination")
ENDINGS: Final = ("seen", "approach", "inferred", "outside", "unknown")
NAMED_ENDINGS: Final = ("seen", "approach", "inferred")
GAP_LABELS: Final = ("coverage", "dark", "interference", "unknown")
