"""The workbench as a browser asks it: values shown, twins, exports, and who is refused."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flown_for_tests import case_folder, records, trace
from starlette.testclient import TestClient

from waystation import pipeline
from waystation.case import read_case
from waystation.web import make_app

if TYPE_CHECKING:
    from pathlib import Path

PORT = 8765
EVIL = "<img src=x onerror=alert(1)>"
DROP = "'; DROP TABLE flights; --"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result with flights of two aircraft and of one that calls itself names."""
    where = tmp_path_factory.mktemp("workbench")
    case = case_folder(where)
    nasty = trace("4b1777", records("LSZH", "EDDM", 40_000.0), ownOp=DROP, desc=EVIL)
    (where / "traces" / "trace_full_4b1777.json").write_bytes(nasty.replace(b"null", b"null"))
    pipeline.run(read_case(case), case.parent / "out")
    return where


@pytest.fixture
def ask(folder: Path) -> TestClient:
    app = make_app(folder / "out", folder / "case.toml", port=PORT)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}")


def flights(folder: Path) -> pa.Table:
    return pq.read_table(folder / "out" / "flights.parquet")


def test_the_overview_counts_the_flights_of_its_window(ask: TestClient, folder: Path) -> None:
    table = flights(folder)
    whole = ask.get("/overview.json").json()
    assert whole["numbers"]["flights"] == table.num_rows
    assert whole["numbers"]["aircraft"] == len(table["icao24"].unique())
    days = {str(t.date()) for t in table["first_seen_utc"].to_pylist()}
    day = min(days)
    one = ask.get(f"/overview.json?from={day}&to={day}").json()
    n = sum(str(t.date()) == day for t in table["first_seen_utc"].to_pylist())
    assert one["numbers"]["flights"] == n == sum(d["n"] for d in one["days"])
    assert f"<dd>{n}</dd>" in ask.get(f"/?from={day}&to={day}").text


def test_routes_of_the_overview_are_those_of_the_table(ask: TestClient, folder: Path) -> None:
    routes = pq.read_table(folder / "out" / "routes.parquet").to_pylist()
    named = {(r["origin"], r["destination"]): r for r in routes if r["type"] is None}
    for shown in ask.get("/overview.json").json()["routes"]:
        row = named[shown["origin"], shown["destination"]]
        assert shown["n_flights"] == row["n_flights"]
        assert shown["n_expected"] == pytest.approx(row["n_expected"], abs=0.02)


def test_three_steps_lead_from_a_claim_to_a_record(ask: TestClient) -> None:
    claims = [c for q in ask.get("/overview.json").json()["questions"] for c in q["claims"]]
    view = ask.get(f"/claim/{claims[0]['claim_id']}.json").json()
    first = view["flights"][0]["flight_id"]
    assert f'href="/flight/{first}"' in ask.get(f"/claim/{claims[0]['claim_id']}").text
    flight = ask.get(f"/flight/{first}.json").json()
    assert flight["n_heard"] == flight["flight"]["n_positions"] + sum(flight["masked"].values())
    assert f'href="/flight/{first}/records"' in ask.get(f"/flight/{first}").text
    got = ask.get(f"/flight/{first}/records.json").json()
    assert got["n"] == flight["n_heard"]
    assert got["rows"][0]["uri"].endswith(".json")
    assert got["rows"][0]["record"] >= 0


def test_every_view_answers_in_both_forms(ask: TestClient, folder: Path) -> None:
    row = flights(folder).to_pylist()[0]
    for address in (
        f"/aircraft/{row['icao24']}",
        f"/airfield/{row['origin'] or 'LSZH'}",
        "/table/flights",
        "/sql",
    ):
        page = ask.get(address)
        assert page.status_code == 200, address
        assert "<h1>" in page.text
    assert ask.get(f"/aircraft/{row['icao24']}.json").json()["n_flights"] >= 1


def test_reasons_are_read_in_words_and_kept_as_the_model_has_them(ask: TestClient, folder: Path) -> None:
    for flight in flights(folder)["flight_id"].to_pylist():
        page, twin = ask.get(f"/flight/{flight}").text, ask.get(f"/flight/{flight}.json").json()
        for end in twin["ends"].values():
            for c in end["candidates"]:
                assert "kind of field" not in c["said"]
                assert not c["reasons"] or c["said"]
        assert "kind of field" not in page
        assert "a name needs 0." not in page


def test_a_claim_leads_to_the_flights_that_its_rows_name(ask: TestClient, folder: Path) -> None:
    claims = pq.read_table(folder / "out" / "claims.parquet").to_pylist()
    ends = next(c for c in claims if c["query"].startswith("count of ends"))
    named = {r.partition("/")[0] for r in ends["row_ids"]}
    twin = ask.get(f"/claim/{ends['claim_id']}.json").json()
    assert {f["flight_id"] for f in twin["flights"]} == named
    assert '<a href="/table/ends">ends</a>' in ask.get(f"/claim/{ends['claim_id']}").text


def test_a_filter_and_an_export_hold_the_same_rows(ask: TestClient, folder: Path) -> None:
    address = flights(folder)["icao24"][0].as_py()
    rows = ask.get(f"/table/flights.json?where=icao24%3D{address}").json()
    assert {r["icao24"] for r in rows} == {address}
    text = ask.get(f"/table/flights.csv?where=icao24%3D{address}").text
    assert len(list(csv.DictReader(io.StringIO(text)))) == len(rows)
    parquet = pq.read_table(io.BytesIO(ask.get("/table/flights.parquet").content))
    assert parquet.num_rows == flights(folder).num_rows
    assert ask.get("/table/flights.kml").text.startswith("<?xml")
    assert ask.get("/table/flights?where=nonsense%3D1").status_code == 400


def test_what_strangers_typed_stays_text(ask: TestClient) -> None:
    for address in ("/aircraft/4b1777", "/table/aircraft", "/table/flights?where=icao24%3D4b1777"):
        page = ask.get(address).text
        assert EVIL not in page
        assert "<img" not in page
    assert ask.get("/table/flights.json").json()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("select * from read_csv('/etc/passwd')", "disabled"),
        ("select * from '/etc/passwd'", "/etc/passwd"),
        ("copy flights to '/tmp/x.csv'", "only reads"),
        ("drop table flights", "only reads"),
        ("select 1; select 2", "one question"),
        ("set enable_external_access=true", "only reads"),
        ("select * from nowhere", "nowhere"),
    ],
)
def test_the_box_only_reads_the_tables(ask: TestClient, question: str, said: str) -> None:
    got = ask.get("/sql.json", params={"q": question}).json()
    assert got["rows"] == []
    assert said in got["error"]
    assert "root:" not in got["error"]


def test_the_box_answers(ask: TestClient, folder: Path) -> None:
    got = ask.get("/sql.json", params={"q": "select count(*) as n from flights"}).json()
    assert got["rows"] == [{"n": flights(folder).num_rows}]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": f"evil.example:{PORT}"},
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_others_are_refused(ask: TestClient, headers: dict[str, str]) -> None:
    assert ask.get("/overview.json", headers=headers).status_code == 403


def test_a_link_from_elsewhere_may_open_a_page(ask: TestClient) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert ask.get("/", headers=headers).status_code == 200


def test_pages_may_load_nothing_from_elsewhere(ask: TestClient) -> None:
    page = ask.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert ask.get("/assets/../app.py").status_code == 404


def test_a_window_that_is_none_says_so(ask: TestClient) -> None:
    assert ask.get("/?from=yesterday").status_code == 400
    assert "swap" in ask.get("/?from=2025-01-02&to=2025-01-01").text
    assert ask.get("/flight/none").status_code == 404


def test_a_case_without_a_stopover_question_is_told_how_to_ask(ask: TestClient) -> None:
    page = ask.get("/stopovers")
    assert page.status_code == 200
    assert "no question of kind" in page.text
    assert ask.get("/stopovers.json").json() == {"questions": [], "beyond": []}


def test_a_flight_is_found_by_the_begin_of_its_id_as_the_terminal_prints_it(
    ask: TestClient, folder: Path
) -> None:
    ids = flights(folder)["flight_id"].to_pylist()
    assert ask.get(f"/flight/{ids[0][:8]}.json").json()["flight"]["flight_id"] == ids[0]
    assert ask.get(f"/flight/{ids[0][:8]}/records").status_code == 200
    shared = next(d for d in "0123456789abcdef" if sum(i.startswith(d) for i in ids) > 1)
    assert ask.get(f"/flight/{shared}").status_code == 404  # of several none is guessed


def test_what_was_not_built_is_not_there(
    ask: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("waystation.web.app._STATIC", tmp_path / "none")
    assert ask.get("/static/map.js").status_code == 404


def test_without_the_map_everything_else_is_there(
    ask: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waystation.web.app.bundled", lambda: False)
    flight = flights(folder)["flight_id"][0].as_py()
    for address in ("/", "/airfield/LFPG", f"/flight/{flight}"):
        page = ask.get(address).text
        assert "make bundle" in page, address
        assert 'id="map"' not in page
        assert 'id="cover"' not in page
        assert "/static/" not in page
        assert "<svg" in page
    assert f"<dd>{flights(folder).num_rows}</dd>" in ask.get("/").text


def test_the_briefing_is_served_as_it_was_written(ask: TestClient, folder: Path) -> None:
    got = ask.get("/briefing.html")
    assert got.content == (folder / "out" / "briefing.html").read_bytes()
    policies = got.headers.get_list("content-security-policy")
    assert len(policies) == 1
    assert "frame-ancestors 'none'" in policies[0]
    assert b"default-src 'none'" in got.content  # its own, in the page
    assert got.headers["x-content-type-options"] == "nosniff"


def test_columns_are_explained_where_they_are_read(ask: TestClient, folder: Path) -> None:
    listed = {t["name"]: t for t in ask.get("/tables.json").json()["tables"]}
    assert listed["flights"]["says"].startswith("One takeoff")
    for name, table in listed.items():
        assert [w["name"] for w in table["words"]] == table["columns"], name
    speed = next(w for w in listed["gaps"]["words"] if w["name"] == "implied_speed_kt")
    page = ask.get("/tables").text
    assert page.count("<details") >= len(listed)
    assert speed["text"] in page
    view = ask.get("/table/gaps").text
    assert f'title="{speed["text"]} [kt]"' in view
    assert "What the columns say" in view
    assert "[kt]" in ask.get("/sql").text
