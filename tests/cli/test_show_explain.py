"""``waystation show TABLE --explain``: what each column says, without any result at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from waystation.cli import main
from waystation.cli.shown import FEW, explained, print_table
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
