"""Waystation: flight tracks in, evidence out."""

__version__ = "0.1.0"
