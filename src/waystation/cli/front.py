"""The first page: what ``waystation`` alone and ``waystation --help`` print.

Written here and not by the library of the command line, which takes 0.2 s to load and draw it: the page is a
list that we have anyway. Help of a single command is the library's.
"""

from __future__ import annotations

import textwrap
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["front_page"]

_WIDEST: Final = 110  # columns: longer lines are hard to read
_OPTIONS: Final = {"--help, -h": "Show this page, or that of a command.", "--version": "Show the version."}


def front_page(summary: str, commands: Mapping[str, str], epilogue: str) -> str:
    """Return the page, wrapped to the terminal; commands stand in the given order."""
    width = min(get_terminal_size().columns, _WIDEST)
    left = max(map(len, (*commands, *_OPTIONS))) + 4
    parts = ["Usage: waystation COMMAND", textwrap.fill(summary, width)]
    for title, rows in (("Commands", commands), ("Options", _OPTIONS)):
        lines = [
            textwrap.fill(f"  {name:<{left - 2}}{text}", width, subsequent_indent=" " * left)
            for name, text in rows.items()
        ]
        parts.append("\n".join([f"{title}:", *lines]))
    return "\n\n".join([*parts, epilogue])
