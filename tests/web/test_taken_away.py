"""What leaves the workbench or is written by it: decisions, bundles, chart files, reception, others."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
from flown_for_tests import case_folder, records, trace
from starlette.testclient import TestClient

from waystation import pipeline
from waystation.case import read_case
from waystation.cli import main
from waystation.store.manifest import read_manifest, write_manifest
from waystation.store.tables import read_tables, write_tables
from waystation.web import make_app
from waystation.web.charts import altitude_profile

if TYPE_CHECKING:
    from pathlib import Path

PORT = 8765
NASTY = 'said "so"\n[[override]]\nflight = "x" \\ \u2028 \x7f <img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of one type, with another aircraft in its sources."""
    where = tmp_path_factory.mktemp("taken")
    case = case_folder(where, '[fleet]\ntypes = ["A124"]\n')
    other = trace("4b1777", records("LFPG", "EGLL", 40_000.0), r="HB-JNA", t="B77W")
    (where / "traces" / "trace_full_4b1777.json").write_bytes(other)
    pipeline.run(read_case(case), case.parent / "out")
    return where


@pytest.fixture
def ask(made: Path) -> TestClient:
    app = make_app(made / "out", made / "case.toml", port=PORT)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}")


@pytest.fixture
def flight(made: Path) -> str:
    ids: list[str] = pq.read_table(made / "out" / "flights.parquet")["flight_id"].to_pylist()
    return ids[0]


def token(ask: TestClient, flight: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', ask.get(f"/flight/{flight}").text)
    assert found
    return found[1]


def decision(ask: TestClient, flight: str, **more: str) -> Any:
    form = {
        "token": token(ask, flight),
        "what": "name",
        "end": "destination",
        "airfield": "EBBR",
        "by": "A. Analyst",
        "date": "2025-01-03",
        "reason": NASTY,
    } | more
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    address = f"/flight/{flight}/decide"
    return ask.post(address, content=urlencode(form), headers=headers, follow_redirects=False)


def test_a_decision_is_appended_and_the_case_stays_a_case(made: Path, ask: TestClient, flight: str) -> None:
    case = made / "case.toml"
    before = case.read_bytes()
    try:
        got = decision(ask, flight)
        assert got.status_code == 303
        assert case.read_bytes().startswith(before)
        (override,) = read_case(case).view.overrides
        assert (override.flight, override.end, override.airfield) == (flight, "destination", "EBBR")
        assert override.reason == NASTY
        assert str(override.date) == "2025-01-03"
        page = ask.get(got.headers["location"]).text
        assert "waystation run" in page
        assert decision(ask, flight).status_code == 400  # the same again
        assert len(read_case(case).view.overrides) == 1
        assert not list(made.glob(".*trial*"))
    finally:
        case.write_bytes(before)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"by": " "}, "name"),
        ({"reason": ""}, "reason"),
        ({"date": "soon"}, "2024-12-15"),
        ({"airfield": "NOWHERE"}, "NOWHERE"),
        ({"end": "middle"}, "middle"),
    ],
)
def test_half_a_decision_is_refused(
    made: Path, ask: TestClient, flight: str, more: dict[str, str], said: str
) -> None:
    before = (made / "case.toml").read_bytes()
    got = decision(ask, flight, **more)
    assert got.status_code == 400
    assert said in got.text
    assert (made / "case.toml").read_bytes() == before


def test_only_our_own_form_decides(made: Path, ask: TestClient, flight: str) -> None:
    before = (made / "case.toml").read_bytes()
    assert decision(ask, flight, token="guessed").status_code == 403
    for headers in (
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ):
        got = ask.post(f"/flight/{flight}/decide", content=b"token=x", headers=headers)
        assert got.status_code == 403
    assert ask.get(f"/flight/{flight}/decide").status_code == 405
    assert ask.post(f"/flight/{flight}/decide", content=b"x" * 30_000).status_code == 413
    assert (made / "case.toml").read_bytes() == before


def test_a_bundle_is_checked_by_verify_and_a_change_in_it_found(
    ask: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got = ask.get("/bundle.zip")
    assert got.content == ask.get("/bundle.zip").content
    with zipfile.ZipFile(io.BytesIO(got.content)) as z:
        assert {"flights.parquet", "briefing.html", "case.toml", "manifest.json"} <= set(z.namelist())
        z.extractall(tmp_path)
    assert main(["verify", str(tmp_path)]) == 0
    assert len(read_manifest(tmp_path)["inputs_elsewhere"]) == 3
    page = tmp_path / "briefing.html"
    page.write_bytes(page.read_bytes() + b" ")
    capsys.readouterr()
    assert main(["verify", str(tmp_path)]) == 1
    assert "briefing.html" in "".join(capsys.readouterr())


def test_what_is_left_out_of_a_bundle_is_named(ask: TestClient, tmp_path: Path) -> None:
    got = ask.get("/bundle.zip", params={"without": "rejected, flights.callsigns case sources.uri"})
    with zipfile.ZipFile(io.BytesIO(got.content)) as z:
        names = set(z.namelist())
        z.extractall(tmp_path)
    assert not names & {"rejected.parquet", "rejected.csv", "case.toml", "briefing.html"}
    table = pq.read_table(tmp_path / "flights.parquet")
    assert table["callsigns"].null_count == table.num_rows > 0
    manifest = read_manifest(tmp_path)
    assert manifest["left_out"] == ["rejected", "flights.callsigns", "case", "sources.uri"]
    assert {i["uri"] for i in manifest["inputs_elsewhere"]} == {None}
    assert b"trace_full" not in b"".join(p.read_bytes() for p in tmp_path.glob("*.csv"))
    assert main(["verify", str(tmp_path)]) == 0
    assert ask.get("/bundle.zip?without=nonsense").status_code == 400
    assert ask.get("/bundle.zip?without=flights.nonsense").status_code == 400


def test_chart_files_stand_alone(ask: TestClient, flight: str) -> None:
    for address in (
        "/chart/timeline.svg",
        "/chart/weeks.svg?of=France%3EEGLL",
        "/chart/movements.svg?of=LFPG",
        f"/chart/height.svg?of={flight}",
    ):
        got = ask.get(address)
        if "weeks" in address and got.status_code == 400:
            assert "nothing to draw" in got.text  # the period of this case is one day
            continue
        root = ET.fromstring(got.text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        texts = " ".join(t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text"))
        assert "Source:" in texts
        assert "2024-12-08" in texts
    assert ask.get("/chart/nothing.svg").status_code == 400


def test_others_are_those_outside_the_fleet(ask: TestClient) -> None:
    got = ask.get("/airfield/EGLL/others.json").json()
    found = {r["icao24"]: r for r in got["rows"]}
    assert found["4b1777"]["registration"] == "HB-JNA"
    assert found["4b1777"]["on_ground"]
    assert "154076" not in found  # of the fleet
    assert got["n_fleet"] == 1
    assert "4b1777" in ask.get("/airfield/EGLL/others").text


def test_reception_is_summed_over_the_weeks_of_the_window(ask: TestClient, made: Path) -> None:
    weeks = pq.read_table(made / "out" / "coverage_weeks.parquet")
    got = ask.get("/coverage.json").json()
    assert sum(c["looks"] for c in got["cells"]) == sum(weeks["looks"].to_pylist())
    assert ask.get("/coverage.json?from=2030-01-01&to=2030-02-01").json()["cells"] == []
    assert ask.get("/coverage.json?band=high").status_code == 400


def test_made_up_data_says_so_on_every_view_and_file(made: Path, flight: str, tmp_path: Path) -> None:
    write_tables(tmp_path, read_tables(made / "out"), simulated=True)
    write_manifest(tmp_path, read_manifest(made / "out"))
    ask = TestClient(make_app(tmp_path, port=PORT), base_url=f"http://127.0.0.1:{PORT}")
    for address in ("/", f"/flight/{flight}", "/airfield/LFPG", "/aircraft/154076", "/tables", "/sql"):
        page = ask.get(address).text
        assert "<title>SIMULATED" in page, address
        assert 'data-simulated="true"' in page
        assert "Nothing here is evidence" in page
    assert "globe.adsb" not in ask.get(f"/flight/{flight}").text
    for address in ("/table/flights.csv", "/chart/timeline.svg", "/bundle.zip"):
        assert 'filename="SIMULATED-' in ask.get(address).headers["content-disposition"]
    assert "SIMULATED" in ask.get("/chart/timeline.svg").text
    assert ask.get("/overview.json").json()["simulated"] is True
    for address, status in (
        ("/flight/none", 404),
        ("/nowhere", 404),
        ("/table/none", 400),
        ("/?from=soon", 400),
    ):
        refused = ask.get(address)  # a page that says no says simulated too
        assert refused.status_code == status, address
        assert "SIMULATED: made from a scenario" in refused.text, address
        assert "<title>SIMULATED · " in refused.text, address
    assert "There is nothing at /flight/none in this result." in ask.get("/flight/none").text
    assert ask.post(f"/flight/{flight}/decide", content=b"").status_code == 403


def test_the_height_is_broken_over_a_silence() -> None:
    start = datetime(2024, 12, 8, tzinfo=UTC)
    track = [
        {"time_utc": start + timedelta(minutes=m), "altitude_ft": 10_000, "on_ground": False, "mask": None}
        for m in (0, 1, 2, 60, 61)
    ]
    gap = {"from_utc": track[2]["time_utc"], "to_utc": track[3]["time_utc"], "silence_s": 3480.0}
    drawn = str(altitude_profile(track, [gap | {"label": "dark", "reason": "r"}]))
    assert drawn.count('class="height"') == 2
    assert drawn.count('class="silent"') == 1
    assert "dark: nothing heard for 58 minutes" in drawn


def test_others_are_measured_beside_the_fleet(ask: TestClient) -> None:
    got = ask.get("/airfield/EGLL/others.json").json()
    (row,) = got["rows"]
    assert got["fleet"]["visits"] == 1
    assert got["fleet"]["airfields"] == {"LFPG": 2}
    assert row["visits"] == 1
    assert row["also"] == ["LFPG"]
    assert (row["by_visits"], row["by_type"], row["by_airfields"]) == (1.0, 0.0, 1.0)
    known = [row[p] for p in ("by_visits", "by_stay", "by_type", "by_airfields") if row[p] is not None]
    assert row["alike"] == pytest.approx(sum(known) / len(known))
    page = ask.get("/airfield/EGLL/others").text
    assert "says nothing of who an aircraft works for" in page


def added(ask: TestClient, **more: str) -> Any:
    form = {"icao24": "4b1777", "by": "A. Analyst"}
    form |= {"date": "2025-01-03", "reason": "heard\nlow"} | more
    form["token"] = more.get("token") or token_of(ask, "/airfield/EGLL/others")
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    return ask.post(
        "/airfield/EGLL/others/add", content=urlencode(form), headers=headers, follow_redirects=False
    )


def token_of(ask: TestClient, address: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', ask.get(address).text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    "held", ["", 'icao24 = ["154076"]\n', 'icao24 = [\n  "154076",\n]\n', "icao24 = []\n"]
)
def test_one_click_adds_an_aircraft_to_the_fleet(made: Path, ask: TestClient, held: str) -> None:
    case = made / "case.toml"
    before = case.read_bytes()
    try:
        case.write_bytes(before.replace(b"[fleet]\n", b"[fleet]  # the fleet\n" + held.encode()))
        old = read_case(case).view
        got = added(ask)
        assert got.status_code == 303
        new = read_case(case).view
        assert new.fleet.icao24 == (*old.fleet.icao24, "4b1777")
        assert new.fleet.types == old.fleet.types
        assert b"# 4b1777 added by A. Analyst, 2025-01-03: heard low\n" in case.read_bytes()
        page = ask.get(got.headers["location"]).text
        assert "waystation run" in page
        assert "<td>added" in page
        assert added(ask).status_code == 400  # the same again
        assert not list(made.glob(".*trial*"))
    finally:
        case.write_bytes(before)


def test_a_fleet_that_cannot_be_extended_is_left_alone(made: Path, ask: TestClient) -> None:
    case = made / "case.toml"
    before = case.read_bytes()
    try:
        for fleet in (b'[fleet]\nicao24 = [ # by hand\n "154076"]\n', b""):
            case.write_bytes(before.replace(b'[fleet]\ntypes = ["A124"]\n', fleet))
            asked = case.read_bytes()
            got = added(ask, token=token_of(ask, f"/flight/{_first(made)}"))
            assert got.status_code in {400, 404}
            assert "4b1777" in got.text or "every aircraft" in got.text
            assert case.read_bytes() == asked
        case.write_bytes(before)
        assert added(ask, icao24="nonsense").status_code == 400
        assert added(ask, by=" ").status_code == 400
        assert added(ask, token="guessed").status_code == 403
        assert case.read_bytes() == before
    finally:
        case.write_bytes(before)


def _first(made: Path) -> str:
    ids: list[str] = pq.read_table(made / "out" / "flights.parquet")["flight_id"].to_pylist()
    return ids[0]
