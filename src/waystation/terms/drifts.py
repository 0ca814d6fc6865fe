"""The words by which a change in ``changes.controls`` is said to be a drift and no step."""

from __future__ import annotations

from typing import Final

__all__ = ["GRADUAL"]

GRADUAL: Final = "gradual: a drift over about"
