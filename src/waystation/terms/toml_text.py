"""TOML that people write by hand, in whatever editor: what is wrong is said with its line and a guess."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import Any, Final

from waystation.terms.errors import InputError

__all__ = ["read_toml"]

_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)\Z")
_DAY: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_SHOWN: Final = 100  # letters of the line that is at fault
_USUAL: Final = "Texts stand in quotes, dates do not, as in 2024-12-08; every key: waystation new"

# What a line or the parser's word for its fault lets one guess; the first that fits is said.
_IN_THE_LINE: Final = (
    (re.compile(r"[“”„«»‘’]"), 'quotes have to be straight: "…"'),
    (re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{4}"), "write a date as year-month-day, as in 2024-12-08"),
    (re.compile(r"\b(True|TRUE|False|FALSE)\b"), "write true or false in small letters"),
)
_IN_THE_FAULT: Final = (
    ("Cannot overwrite a value", "this key stands there twice: delete one of the two"),
    (
        "Cannot declare",
        "this heading stands there twice; where there may be several, write [[…]] with two brackets",
    ),
)


def read_toml(data: bytes, name: str, fault: type[InputError] = InputError) -> dict[str, Any]:
    """Return what a TOML file says. Raises ``fault`` with the file, the line, the line's text and a remedy.

    ``name``: what to call the file. A byte order mark, as Windows editors write it, is passed over.
    """
    if data.startswith(_UTF16):
        raise fault(f"{name}: not valid TOML: it is saved as UTF-16 (“Unicode”); save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        shown = _line(data.decode("latin-1"), number)
        raise fault(
            f"{name}: not valid TOML, line {number}: a letter is not in UTF-8\n"
            f"    {shown}\n    save the file as UTF-8"
        ) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise fault(f"{name}: not valid TOML{_said(text, str(error))}") from error


def _said(text: str, words: str) -> str:
    """Return the parser's words with the line that they mean, and a guess at the cause."""
    found = _PLACE.search(words)
    if found is None:
        return f": {words}: something is not closed; {_USUAL}"
    number = int(found[1])
    line = _line(text, number)
    what = words[: found.start()]
    return f", line {number}, column {found[2]}: {what}\n    {line}\n    {_guess(line, what)}"


def _guess(line: str, what: str) -> str:
    if "\\" in line and '"' in line:
        return r"in double quotes a backslash begins a code: write / for \, or put the text in single quotes"
    for day in _DAY.findall(line):
        try:
            date.fromisoformat(day)
        except ValueError:
            return f"there is no day {day}: dates are year-month-day, as in 2024-12-08"
    for pattern, guess in _IN_THE_LINE:
        if pattern.search(line):
            return guess
    for word, guess in _IN_THE_FAULT:
        if word in what:
            return guess
    if line.count('"') % 2:
        return 'a text is not closed: it begins and ends with "'
    return _USUAL


def _line(text: str, number: int) -> str:
    """Return a line, counted from 1, as it may be shown on a terminal."""
    lines = text.split("\n")
    line = lines[number - 1].strip() if number <= len(lines) else ""
    return "".join(c if c.isprintable() else "\ufffd" for c in line[:_SHOWN])
