"""What is measured, and the pages that say it: tables as Markdown, put between markers of a page.

A place in a page is ``<!-- table: name -->`` … ``<!-- end -->``; what stands between is made by a script, and a test
compares the two.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MARK = re.compile(r"(<!-- table: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(head: list[str], rows: list[list[object]]) -> str:
    """Return a Markdown table; nothing measured is said as such."""
    if not rows:
        return "Not measured yet.\n"
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(str(c) for c in line) + " |\n" for line in lines)


def paragraph(text: str, indent: str = "") -> str:
    """Return the text in lines as long as those of the pages, and a line's end; ``indent`` from the second one on."""
    return (
        textwrap.fill(text, 118, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        + "\n"
    )


def filled(page: str, tables: dict[str, str]) -> str:
    """Return the page with the tables between its markers."""
    return MARK.sub(lambda m: m[1] + tables[m[2]] + m[3], page)


def show(words: str | None, pages: dict[Path, Callable[[], dict[str, str]]]) -> None:
    """Print the tables of all pages, or write them into the pages if the command line says ``--write``."""
    parser = argparse.ArgumentParser(description=(words or "").split("\n", 1)[0])
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    for page, made in pages.items():
        tables = made()
        if write:
            page.write_text(filled(page.read_text(encoding="utf-8"), tables), encoding="utf-8")
            continue
        for name, text in tables.items():
            print(f"## {page.name}, {name}\n\n{text}")
