"""Waystation: flight tracks in, evidence out."""

from waystation.algebra import take_one_thread
from waystation.kernel_cache import choose_cache

__version__ = "0.1.0"

take_one_thread()
choose_cache()
