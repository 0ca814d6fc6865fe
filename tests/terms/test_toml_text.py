"""A TOML file written by hand: what is wrong is said with its line and what to do."""

from __future__ import annotations

import pytest

from waystation.terms.errors import CaseError
from waystation.terms.toml_text import read_toml


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        (r'sources = ["C:\Users\anna"]', "write / for"),
        ("title = “Case”", "quotes have to be straight"),
        ("period = { from = 01.02.2025 }", "year-month-day"),
        ("period = { from = 2025-02-30 }", "there is no day 2025-02-30"),
        ("period = { from = 2025-13-01, to = 2025-02-01 }", "there is no day 2025-13-01"),
        ("military = True", "small letters"),
        ('kept = "yes"', "stands there twice"),
        ('title = "Case', "not closed"),
        ("sources = traces", "Texts stand in quotes"),
    ],
)
def test_a_fault_names_the_line_and_a_remedy(line: str, remedy: str) -> None:
    with pytest.raises(CaseError) as found:
        read_toml(f'kept = "no"\n{line}\n'.encode(), "my/case.toml", CaseError)
    said = str(found.value)
    assert said.startswith("my/case.toml: not valid TOML, line 2, column ")
    assert f"\n    {line}\n" in said
    assert remedy in said.splitlines()[-1]


def test_what_is_never_closed_is_said_without_a_line() -> None:
    with pytest.raises(CaseError, match="not closed"):
        read_toml(b'title = "Case"\nsources = ["a",', "case.toml", CaseError)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('a = 1\ntitle = "Fälle"\n'.encode("latin-1"), "line 2: a letter is not in UTF-8"),
        ('title = "Fälle"\n'.encode("utf-16"), "UTF-16"),
        (b"\xa1\x00\x1b[2J\n", "line 1: a letter is not in UTF-8"),
    ],
)
def test_another_encoding_is_named_and_nothing_acts_on_a_terminal(data: bytes, said: str) -> None:
    with pytest.raises(CaseError, match=said) as found:
        read_toml(data, "case.toml", CaseError)
    assert "\x1b" not in str(found.value)


def test_a_byte_order_mark_and_lines_of_windows_are_no_fault() -> None:
    assert read_toml('\ufefftitle = "Fälle"\r\nn = 1\r\n'.encode(), "case.toml") == {"title": "Fälle", "n": 1}
