"""What strangers typed stays text in every view and file; the SQL box does nothing but read."""

from __future__ import annotations

import csv
import io
import time
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
from flown_for_tests import case_folder, records, trace
from starlette.testclient import TestClient

from waystation import pipeline
from waystation.case import read_case
from waystation.web import make_app
from waystation.web.sql import SqlRules, _answer, ask

if TYPE_CHECKING:
    from pathlib import Path

PORT = 8765
EVIL = '<img src=x onerror=alert(1)>"><script>alert(2)</script>'
DROP = "'; DROP TABLE flights; --"
FORMULA = '=HYPERLINK("http://evil.example","x")'
MORE = """
[[event]]
id = "noon"
date = 2024-12-08
name = '''NAME'''

[[observation]]
date = 2024-12-08
site = "EGLL"
kind = "report"
source = '''NAME'''
says = '''NAME'''
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case in which everything that has a name is called what an attacker would."""
    where = tmp_path_factory.mktemp("hostile")
    case = case_folder(where, MORE.replace("NAME", EVIL))
    text = case.read_text().replace('title = "Two aircraft"', f"title = '''{EVIL}'''")
    case.write_text(text.replace('id = "EGLL"\n', f"id = \"EGLL\"\nname = '''{EVIL}'''\n", 1))
    rows = records("LFPG", "EGLL", 40_000.0)
    for row in rows:
        if row[8]:
            row[8]["flight"] = EVIL
    nasty = trace("4b1777", rows, ownOp=DROP + EVIL, desc=EVIL, r=EVIL, t=FORMULA)
    (where / "traces" / "trace_full_4b1777.json").write_bytes(nasty)
    formula = trace("4b1778", records("LFPG", "EBBR", 50_000.0), ownOp=FORMULA, r=FORMULA)
    (where / "traces" / "trace_full_4b1778.json").write_bytes(formula)
    pipeline.run(read_case(case), case.parent / "out")
    return where


@pytest.fixture
def asking(made: Path) -> TestClient:
    app = make_app(made / "out", made / "case.toml", port=PORT)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}")


class Read(HTMLParser):
    """Tags that a page has, and attributes that would run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.run: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.run += [f"{tag} {k}" for k, v in attrs if k.startswith("on") or "javascript:" in (v or "")]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Read:
    parser = Read()
    parser.feed(text)
    return parser


def flight_of(made: Path, icao24: str) -> str:
    flights = pq.read_table(made / "out" / "flights.parquet").to_pylist()
    found: str = next(f["flight_id"] for f in flights if f["icao24"] == icao24)
    return found


def test_every_view_says_it_and_none_runs_it(made: Path, asking: TestClient) -> None:
    flight = flight_of(made, "4b1777")
    claim = pq.read_table(made / "out" / "claims.parquet")["claim_id"][0].as_py()
    said = 0
    for address in ("/", f"/flight/{flight}", f"/flight/{flight}/records", "/airfield/EGLL", "/airfield/EGLL/others",
                    "/aircraft/4b1777", f"/claim/{claim}", "/tables", "/table/aircraft", "/table/flights", "/sql",
                    "/table/observations", "/sql?q=select+registration+from+aircraft", "/aircraft/%3Cimg%20src=x%3E",
                    f"/table/flights?where={EVIL}%3D1", f"/?from={EVIL}", f"/?subject={EVIL}"):  # fmt: skip
        got = asking.get(address)
        page = read(got.text)
        assert "img" not in page.tags, address
        assert page.tags.count("script") == (1 if got.status_code == 200 else 0), address
        assert page.run == [], address
        said += "<img src=x onerror=alert(1)>" in page.text
    assert said >= 8


def test_the_briefing_says_it_and_does_not_run_it(made: Path) -> None:
    page = read((made / "out" / "briefing.html").read_text())
    assert "img" not in page.tags
    assert page.tags.count("script") == 1
    assert page.run == []
    assert EVIL in page.text


def test_files_hold_it_as_text(asking: TestClient) -> None:
    for form in ("kml", "geojson", "json"):
        got = asking.get(f"/table/flights.{form}?where=icao24%3D4b1777").text
        if form == "kml":
            root = ET.fromstring(got)
            assert not [e for e in root.iter() if e.tag.rpartition("}")[2] in {"img", "script"}]
            assert "<img" not in got.replace("&lt;img", "")
    for chart in ("timeline", f"movements?of={'EGLL'}", "weeks?of=France%3EEGLL"):
        name, _, query = chart.partition("?")
        got = asking.get(f"/chart/{name}.svg?{query}")
        if got.status_code == 200:
            tags = {e.tag.rpartition("}")[2] for e in ET.fromstring(got.text).iter()}
            assert not tags & {"img", "script", "foreignObject"}


def test_a_spreadsheet_runs_nothing(made: Path, asking: TestClient) -> None:
    for text in (asking.get("/table/aircraft.csv").text, (made / "out" / "flights.csv").read_text()):
        cells = [c for row in csv.reader(io.StringIO(text)) for c in row]
        assert any(c == f"'{FORMULA}" for c in cells)
        assert not [
            c for c in cells if c[:1] in "=+@\t\r" and c and not c.lstrip("+-").replace(".", "").isdigit()
        ]


QUESTIONS = (
    "select * from read_text('/etc/passwd')",
    "select * from glob('/*')",
    "select * from '/etc/passwd'",
    "select * from 'https://example.org/x.parquet'",
    "install httpfs",
    "load httpfs",
    "attach '/tmp/x.db'",
    "copy (select 1) to '/tmp/x.csv'",
    "export database '/tmp/x'",
    "explain analyze copy (select 1) to '/tmp/x.csv'",
    "create table mine as select 1",
    "insert into flights select * from flights",
    "update flights set icao24 = 'x'",
    "delete from flights",
    "drop table flights",
    "pragma enable_external_access",
    "set threads = 64",
    "set memory_limit = '100GB'",
    "reset lock_configuration",
    "call pragma_version()",
    "select getenv('HOME')",
    "checkpoint",
    "select 1; drop table flights",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_box_refuses_files_network_writes_and_settings(made: Path, question: str) -> None:
    with pytest.raises(Exception, match=r".") as error:
        _answer(str(made / "out"), ["flights"], question, SqlRules())
    assert "root:" not in str(error.value)


def test_a_question_without_end_is_stopped(made: Path) -> None:
    rules = SqlRules(max_seconds=0.5)
    started = time.process_time()
    endless = "select count(*) from range(1000000000) a, range(1000000000) b where a.range + b.range = 7"
    with pytest.raises(Exception, match=r"(?i)interrupt"):
        _answer(str(made / "out"), ["flights"], endless, rules)
    assert time.process_time() - started < 10


def test_a_question_may_not_take_the_memory(made: Path) -> None:
    hungry = "select list(range) from range(2000000000)"
    with pytest.raises(Exception, match=r"(?i)memory|interrupt"):
        _answer(str(made / "out"), ["flights"], hungry, SqlRules(max_memory="50MB", max_seconds=8.0))


def test_the_box_stands_in_a_process_of_its_own(made: Path) -> None:
    got = ask(made / "out", {"flights": None}, "select * from range(10001)", SqlRules(max_rows=10))
    assert got.rows is not None
    assert (got.rows.num_rows, got.more) == (10, True)


@pytest.mark.parametrize("address", ["/flight/x/decide", "/airfield/EGLL/others/add"])
def test_another_site_can_write_nothing(asking: TestClient, address: str) -> None:
    form: dict[str, Any] = {
        "content": b"token=x",
        "headers": {"content-type": "application/x-www-form-urlencoded"},
    }
    for more in (
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    ):
        got = asking.post(address, **(form | {"headers": form["headers"] | more}))
        assert got.status_code == 403
    assert asking.post(address, **form).status_code == 403  # no token of this run
    assert asking.get(address).status_code in {404, 405}
    assert asking.post(address, content=b"x" * 30_000).status_code == 413
