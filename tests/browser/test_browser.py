"""The workbench in a browser, by values shown: views, window, the way to a record, exports, SQL, access."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Seen


def rows(result: Path, name: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = pq.read_table(result / "out" / f"{name}.parquet").to_pylist()
    return made


def number(page: Any, name: str) -> str:
    text: str = page.locator("dl.numbers div", has_text=name).first.locator("dd").inner_text()
    return text


def test_the_overview_draws_every_route_and_counts_the_flights(seen: Seen, result: Path) -> None:
    page = seen.open("/")
    assert number(page, "flights") == str(len(rows(result, "flights")))
    assert int(page.locator("#map").get_attribute("data-drawn")) >= 3
    assert page.locator(".names span", has_text="Charles de Gaulle").count() == 1
    assert page.locator(".wide svg.timeline rect.bar").count() == 1
    assert "Noon" in page.locator(".wide svg.timeline .event-name").text_content()
    page.select_option("#cover", "")
    page.wait_for_selector("#map[data-cells]:not([data-cells='0'])")


def test_dragging_moves_numbers_table_and_map(seen: Seen, result: Path) -> None:
    page = seen.open("/?from=2024-12-07&to=2024-12-09")
    assert number(page, "flights") == str(len(rows(result, "flights")))
    page.locator(".wide svg.timeline").scroll_into_view_if_needed()
    box = page.locator(".wide svg.timeline").bounding_box()
    left = box["x"] + box["width"] * 60 / 960  # the first of three days: no flight
    page.mouse.move(left, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(left + 20, box["y"] + 60)
    page.mouse.up()
    page.wait_for_selector("body[data-moved='2024-12-07 2024-12-07']")
    assert number(page, "flights") == "0"
    assert "No route in this window" in page.locator("#routes").inner_text()
    assert page.locator("#map").get_attribute("data-drawn") == "0"
    assert page.locator("input[name=to]").first.input_value() == "2024-12-07"
    assert "to=2024-12-07" in page.url


def test_three_clicks_lead_from_a_claim_to_a_raw_record(words: Seen) -> None:
    page = words.open("/")
    words.follow(page.locator(".claims a").first)
    assert page.locator("dl.facts").is_visible()
    words.follow(page.locator("main table a[href^='/flight/']").first)
    words.follow(page.locator("a", has_text="as they were written"))
    first = page.locator("tbody tr").first.inner_text()
    assert "trace_full_" in first
    assert "2024-12-08T" in first


def test_a_flight_shows_track_heights_and_every_candidate(seen: Seen, result: Path) -> None:
    flight = next(f for f in rows(result, "flights") if f["icao24"] == "3c4b26")
    page = seen.open(f"/flight/{flight['flight_id']}")
    assert "D-ABYF" in page.locator("h1").inner_text()
    assert int(page.locator("#map").get_attribute("data-drawn")) >= 2
    assert page.locator(".wide svg.profile polyline.height").count() == 1
    text = page.locator("main").inner_text()
    assert f"{flight['n_positions']} positions" in text
    assert flight["origin"] in text
    assert flight["destination"] in text


def test_airfield_aircraft_and_others_say_who_came(words: Seen) -> None:
    page = words.open("/airfield/LFPG")
    assert number(page, "flights named here") == "3"
    assert page.locator(".wide svg.movements rect.bar").count() == 2
    words.follow(page.locator("a.action"))
    assert "Heard low is not landed" in page.locator("main").inner_text()
    page = words.open("/aircraft/154076")
    assert "RA-82038" in page.locator("h1").inner_text()
    assert page.locator(".wide svg.strip rect.flight").count() >= 2


def test_a_table_is_filtered_exported_and_opened(seen: Seen, tmp_path: Path) -> None:
    page = seen.open("/table/flights")
    page.fill("input[name=where] >> nth=-1", "icao24=154076")
    seen.follow(page.locator("button", has_text="Filter"))
    assert "2 rows" in page.locator("main").inner_text()
    for form in ("csv", "parquet"):
        with page.expect_download() as got:
            page.locator("a[download]", has_text=form).first.click()
        got.value.save_as(tmp_path / f"flights.{form}")
    with (tmp_path / "flights.csv").open() as f:
        assert [r["icao24"] for r in csv.DictReader(f)] == ["154076", "154076"]
    assert pq.read_table(tmp_path / "flights.parquet").num_rows == 2


def test_a_chart_becomes_a_png_without_leaving_the_machine(words: Seen, tmp_path: Path) -> None:
    page = words.open("/")
    with page.expect_download() as got:
        page.locator("button[data-png*=timeline]").click()
    got.value.save_as(tmp_path / "chart.png")
    data = (tmp_path / "chart.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert int.from_bytes(data[16:20], "big") == 1920
    assert got.value.suggested_filename.endswith(".png")


def test_a_question_in_sql_is_answered(seen: Seen, result: Path) -> None:
    page = seen.open("/sql")
    page.fill("#q", "SELECT count(*) AS n FROM flights")
    seen.follow(page.locator("button", has_text="Ask"))
    assert page.locator("tbody td").inner_text() == str(len(rows(result, "flights")))


def test_what_strangers_typed_is_read_not_run(words: Seen, result: Path) -> None:
    flight = next(f for f in rows(result, "flights") if f["icao24"] == "4b1777")
    for address in (
        "/aircraft/4b1777",
        f"/flight/{flight['flight_id']}",
        "/table/aircraft",
        "/airfield/LSZH",
        "/",
    ):
        page = words.open(address)
        assert page.locator("main img").count() == 0
    assert "onerror" in words.open("/aircraft/4b1777").locator("main").inner_text()


def test_a_decision_is_made_in_the_page(words: Seen, result: Path) -> None:
    case = result / "case.toml"
    before = case.read_bytes()
    flight = rows(result, "flights")[0]["flight_id"]
    try:
        page = words.open(f"/flight/{flight}")
        page.fill("input[name=airfield]", "EBBR")
        page.fill("input[name=by]", "A. Analyst")
        page.fill("input[name=reason]", "words on the apron")
        words.follow(page.locator("button", has_text="Write into the case"))
        assert "waystation run" in page.locator(".done").inner_text()
        assert b"words on the apron" in case.read_bytes()
    finally:
        case.write_bytes(before)
