"""Small tables that people keep by hand: what spreadsheets write is read, or said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waystation.cli import main
from waystation.terms.csv_text import csv_rows
from waystation.terms.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "data",
    [
        b"id,says\nx,\xc3\xa4\n",
        b"\xef\xbb\xbfid;says\r\nx;\xc3\xa4\r\n",
        b"id\tsays\nx\t\xc3\xa4\n",
        b'"id";says\n"x";"\xc3\xa4"\n',
    ],
)
def test_what_spreadsheets_write_is_read(data: bytes) -> None:
    assert csv_rows(data, "list.csv") == [{"id": "x", "says": "ä"}]


def test_a_short_line_has_empty_cells_and_a_long_one_loses_what_has_no_name() -> None:
    assert csv_rows(b"id,says\nx\ny,z,more\n", "list.csv") == [
        {"id": "x", "says": ""},
        {"id": "y", "says": "z"},
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            "count,says\n1,x\n2,ä\n".encode("latin-1"),
            "list.csv, line 3: a letter is not in UTF-8; save it as",
        ),
        (b"count,says\n1," + b"x" * 200_000, "list.csv, line 2: field larger than"),
        (b"number,says\n1,x\n", "no column count; its first line reads 'number,says'"),
        (b"", "no column count"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, said: str) -> None:
    with pytest.raises(InputError) as found:
        csv_rows(data, "list.csv", ("count",))
    assert said in str(found.value)


def test_a_ledger_and_counts_of_another_encoding_are_problems_of_the_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.toml").write_text(
        'title = "x"\nsources = ["."]\nobservations = "seen.csv"\n[[question]]\nkind = "published"\ncounts = "counts.csv"\n'
    )
    (tmp_path / "seen.csv").write_bytes(
        "date,kind,source,says\n2024-12-08,report,x,Gerät\n".encode("latin-1")
    )
    assert main(["check", str(tmp_path / "case.toml")]) == 1
    told = capsys.readouterr().err
    assert "observations: seen.csv, line 2: a letter is not in UTF-8" in told
    assert "CSV UTF-8" in told
    (tmp_path / "seen.csv").write_bytes("date,kind,source,says\n2024-12-08,report,x,Gerät\n".encode())
    (tmp_path / "counts.csv").write_text("number\n3\n")
    assert main(["check", str(tmp_path / "case.toml")]) == 1
    told = capsys.readouterr().err
    assert (
        "question[1].counts: counts.csv has no column count, from\n    its first line reads 'number'" in told
    )
    (tmp_path / "counts.csv").write_text("count,period_start\n3,2024-12-08\n")
    assert main(["check", str(tmp_path / "case.toml")]) == 1
    assert "counts.csv has no column from" in capsys.readouterr().err
    (tmp_path / "counts.csv").write_text("count,from\n3,2024-12-08\n")
    assert main(["check", str(tmp_path / "case.toml")]) == 0
