"""Every view of the simulated and of a real case, by the values that are shown."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from tests.browser.test_browser import number

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Case, Seen


def days(case: Case) -> list[Any]:
    return sorted(f["first_seen_utc"].date() for f in case.rows("flights"))


def test_the_overview_shows_what_the_tables_hold(desk: Seen, case: Case) -> None:
    page = desk.open("/")
    flights = case.rows("flights")
    assert number(page, "flights") == str(len(flights))
    assert number(page, "aircraft") == str(len({f["icao24"] for f in flights}))
    both = [f for f in flights if f["origin"] and f["destination"]]
    assert number(page, "named at both ends") == str(len(both))
    assert page.locator(".wide svg.timeline rect.bar").count() == len(set(days(case)))
    assert page.locator("#map canvas").count() >= 2
    assert int(page.locator("#map").get_attribute("data-drawn")) > 5
    assert page.locator(".claims li").count() == len(case.rows("claims"))
    marked = page.locator("html[data-simulated]").count()
    assert marked == (case.name == "simulated")
    assert page.locator("p.simulated").count() == marked


def test_a_moved_window_moves_map_chart_table_and_number(desk: Seen, case: Case) -> None:
    page = desk.open("/")
    before = {k: page.locator("#map").get_attribute(f"data-{k}") for k in ("drawn",)}
    table = page.locator("#routes").inner_text()
    busy = max(set(days(case)), key=days(case).count)
    for end in ("from", "to"):
        page.fill(f".window input[name={end}]", str(busy))
    desk.follow(page.locator(".window button"))
    assert number(page, "flights") == str(days(case).count(busy))
    assert page.locator(".wide svg.timeline rect.bar").count() == 1
    assert page.locator("#routes").inner_text() != table
    assert page.locator("#map").get_attribute("data-drawn") != before["drawn"]


def test_tracks_are_drawn_and_follow_the_window(desk: Seen, case: Case) -> None:
    page = desk.open("/")
    page.select_option("#lines", "tracks")
    page.wait_for_selector("#map[data-tracks]:not([data-tracks=''])", timeout=60_000)
    whole = int(page.locator("#map").get_attribute("data-tracks"))
    assert f"{whole:,} of " in page.locator("#lines-said").inner_text()
    assert "lines=tracks" in page.url
    last = days(case)[-1]
    page = desk.open(f"/?from={last}&to={last}&lines=tracks")
    page.wait_for_selector("#map[data-tracks]:not([data-tracks=''])", timeout=60_000)
    assert 0 < int(page.locator("#map").get_attribute("data-tracks")) < whole


def test_a_claim_leads_to_a_raw_record_in_three_clicks(texts: Seen, case: Case) -> None:
    page = texts.open("/")
    claim = page.locator(".claims a").first
    said = claim.inner_text()
    texts.follow(claim)
    assert page.locator("h1").inner_text() == said
    texts.follow(page.locator("main table a[href^='/flight/']").first)
    texts.follow(page.locator("a", has_text="as they were written"))
    row = page.locator("tbody tr").first
    cells = row.locator("td").all_inner_texts()
    heads = page.locator("thead th").all_inner_texts()
    record = dict(zip(heads, cells, strict=True))
    uris = {s["source_id"]: s["uri"] for s in case.rows("sources")}
    assert record["uri"] == uris[record["source_id"]]
    assert record["record"].replace(",", "").isdigit()


def test_a_flight_shows_its_ends_with_every_candidate(desk: Seen, case: Case) -> None:
    inferred = [f for f in case.rows("flights") if f["destination_ending"] == "inferred"]
    flight = max(inferred, key=lambda f: f["n_positions"])
    ranked = [
        c
        for c in case.rows("candidates")
        if c["flight_id"] == flight["flight_id"] and c["end"] == "destination"
    ]
    page = desk.open(f"/flight/{flight['flight_id']}")
    shown = page.locator("section[aria-labelledby=destination] tbody tr")
    assert shown.count() == len(ranked) > 1
    first = min(ranked, key=lambda c: c["rank"])
    assert first["airfield"] in shown.first.inner_text()
    assert page.locator(".wide svg.profile").count() == 1
    assert int(page.locator("#map").get_attribute("data-drawn")) > 2


def test_an_airfield_says_who_came_and_who_else(desk: Seen, case: Case) -> None:
    here = [f for f in case.rows("flights") if case.field in {f["origin"], f["destination"]}]
    page = desk.open(f"/airfield/{case.field}")
    assert number(page, "flights named here") == str(len(here))
    assert page.locator(".wide svg.movements rect.bar").count() > 1
    desk.follow(page.locator("a.action"))
    text = page.locator("main").inner_text()
    assert "Heard low is not landed" in text
    assert "The fleet, measured in the same way" in text


def test_an_aircraft_has_its_strip(desk: Seen, case: Case) -> None:
    flights = case.rows("flights")
    icao24 = max({f["icao24"] for f in flights}, key=lambda a: sum(f["icao24"] == a for f in flights))
    page = desk.open(f"/aircraft/{icao24}")
    mine = [f for f in flights if f["icao24"] == icao24]
    assert page.locator(".wide svg.strip a").count() == len(mine)
    known = next(a for a in case.rows("aircraft") if a["icao24"] == icao24)
    assert (known["registration"] or icao24) in page.locator("h1").inner_text()


def test_a_table_is_exported_and_opened(desk: Seen, case: Case, tmp_path: Path) -> None:
    page = desk.open("/tables")
    desk.follow(page.locator("main a", has_text="routes").first)
    page.fill("input[name=where] >> nth=-1", f"origin={case.route[0]}")
    desk.follow(page.locator("button", has_text="Filter"))
    wanted = [r for r in case.rows("routes") if r["origin"] == case.route[0]]
    assert f"{len(wanted)} rows" in page.locator("main").inner_text()
    for form in ("csv", "parquet"):
        with page.expect_download() as got:
            page.locator("a[download]", has_text=form).first.click()
        assert got.value.suggested_filename.startswith("SIMULATED-") == (case.name == "simulated")
        got.value.save_as(tmp_path / f"routes.{form}")
    with (tmp_path / "routes.csv").open() as f:
        assert [r["destination"] for r in csv.DictReader(f)] == [r["destination"] for r in wanted]
    assert pq.read_table(tmp_path / "routes.parquet").num_rows == len(wanted)


def test_a_question_in_sql_counts_as_the_table_does(desk: Seen, case: Case) -> None:
    page = desk.open("/sql")
    o, d = case.route
    page.fill("#q", f"SELECT count(*) AS n FROM flights WHERE origin = '{o}' AND destination = '{d}'")
    desk.follow(page.locator("button", has_text="Ask"))
    wanted = sum((f["origin"], f["destination"]) == (o, d) for f in case.rows("flights"))
    assert page.locator("tbody td").inner_text() == str(wanted)


def test_a_day_without_flights_is_said_not_hidden(texts: Seen, case: Case) -> None:
    first = days(case)[0]
    page = texts.open(f"/?from={first - timedelta(days=40)}&to={first - timedelta(days=39)}")
    assert number(page, "flights") == "0"
    assert "No route in this window" in page.locator("#routes").inner_text()


def test_nothing_is_wider_than_a_telephone_and_every_time_has_its_local_one(texts: Seen, case: Case) -> None:
    flight = next(f for f in case.rows("flights") if f["destination_ending"] == "inferred")
    claim = case.rows("claims")[0]["claim_id"]
    texts.page.set_viewport_size({"width": 390, "height": 844})
    for address in (
        "/",
        f"/flight/{flight['flight_id']}",
        f"/airfield/{case.field}",
        f"/aircraft/{flight['icao24']}",
        f"/claim/{claim}",
        "/stopovers",
        "/tables",
        "/table/candidates",
        f"/flight/{flight['flight_id']}/records",
        "/sql?q=select+*+from+flights",
        f"/airfield/{case.field}/others",
    ):
        page = texts.open(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 391, address
        times = page.locator("time[datetime]")
        assert times.count() == page.locator("time[title$='where you are']").count(), address
    page = texts.open(f"/flight/{flight['flight_id']}")
    assert page.locator(".ranked td.reason").first.bounding_box()["width"] > 250
