"""Positions → tracks, gaps, interference: what to trust, who shares an address, where silence lies."""

from __future__ import annotations

from waystation.tracks.build import TrackRules, Tracks, build

__all__ = ["TrackRules", "Tracks", "build"]
