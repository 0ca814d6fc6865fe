"""``waystation show TABLE --explain``: what each column says, without any result at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from waystation.cli import main
from waystation.cli.shown import FEW, column_widths, explained, print_table
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from pathlib import Path


def test_every_column_is_explained_without_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["show", "gaps", "--explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("gaps: A silence")
    assert [line.split()[0] for line in lines[2:]] == TABLES["gaps"].names
    assert next(x for x in lines if "implied_speed_kt" in x).endswith("[kt]")
    assert main(["show", "gap", "--explain"]) == 2
    assert "did you mean gaps?" in capsys.readouterr().err


@pytest.mark.parametrize("table", sorted(TABLES))
def test_an_explanation_fits_a_terminal(table: str) -> None:
    narrow = explained(table, 80).splitlines()
    assert max(map(len, narrow[2:])) <= 80
    assert " ".join(" ".join(narrow).split()) == " ".join(explained(table).split())


@pytest.mark.parametrize("table", sorted(FEW))
def test_what_a_terminal_shows_at_first_are_columns_of_the_table(table: str) -> None:
    assert set(FEW[table]) < set(TABLES[table].names)


def test_columns_that_are_left_out_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    rows = pa.table({"subject": ["OSLK>HL59"], "controls": ["many words"]})
    print_table(rows.select(["subject"]), 1, ("controls",))
    told = " ".join(capsys.readouterr().out.split())
    assert "other columns: controls (--columns all; --explain says what each is)" in told


def test_a_narrow_terminal_breaks_no_word_and_says_what_has_no_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pa.table(
        {
            "flight_id": ["254f143100000000"],
            "first_seen_utc": ["2020-09-11 14:04:51"],
            "origin_ending": ["approach"],
            "destination_ending": ["inferred"],
        }
    )
    shown = {}
    for wide in (120, 45, 36):
        monkeypatch.setenv("COLUMNS", str(wide))
        print_table(rows, 1)
        shown[wide] = capsys.readouterr().out
        assert max(map(len, shown[wide].splitlines())) <= wide
    assert "2020-09-11 14:04:51" in shown[120]
    assert all(w in shown[45].split() for w in ("254f1431", "2020-09-11", "14:04:51", "approach", "inferred"))
    assert "no room for: destination_ending" in " ".join(shown[36].split())
    assert "inferred" not in shown[36]


def test_widths_give_spare_letters_to_whom_they_help_and_never_exceed_the_screen() -> None:
    names, cells = ["a", "b"], [["word"], ["a sentence of many words that is long"]]
    assert column_widths(names, cells, 30) == [4, 23]
    assert column_widths(names, cells, 200) == [4, 37]
    assert column_widths(names, cells, 5) == [4]
