"""Waystation: flight tracks in, evidence out."""

from waystation.kernel_cache import choose_cache

__version__ = "0.1.0"

choose_cache()
