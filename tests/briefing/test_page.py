"""The page: whole, closed to the outside, every link arrives, strangers' text stays text."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pyarrow as pa
import pytest
from briefed_for_tests import AIRFIELDS, CASE, EVIL, positions, tables
from pages_for_tests import Page

from waystation import briefing
from waystation.briefing.page_flights import MAX_FLIGHTS
from waystation.terms.schema import TABLES

MANIFEST = {
    "versions": {"waystation": "0.1.0"},
    "rules": {"flights": {"end": {"near_km": 8.0}, "min_positions": 3}},
    "overrides": [
        {
            "flight": f"{0:016x}",
            "end": "destination",
            "airfield": "HL59",
            "exclude": False,
            "by": "A. Analyst",
            "date": "2025-01-03",
            "reason": "tail number on the apron",
            "acted": True,
            "overruled": "no airfield, unknown: too high",
        },
        {
            "flight": "feed",
            "end": None,
            "airfield": None,
            "exclude": True,
            "by": "B. Analyst",
            "date": "2025-01-04",
            "reason": "not ours",
            "acted": False,
            "overruled": None,
        },
    ],
}


@pytest.fixture(scope="module")
def html():
    return briefing.build(tables(), CASE, positions(), AIRFIELDS, MANIFEST).html


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_every_tag_closes(page):
    assert page.faults == []
    assert page.open == []


def test_ids_are_unique_and_every_link_arrives(page):
    assert len(page.ids) == len(set(page.ids))
    assert page.links
    for link in page.links:
        assert link.startswith("#"), link
        assert link[1:] in page.ids, link


def test_nothing_is_loaded_from_outside(html, page):
    assert [a for a in page.attributes if a[1] in {"src", "srcset", "action", "data", "poster"}] == []
    assert not re.search(r"@import|url\(", html)
    assert "<img" not in html
    assert "<link" not in html


def test_the_content_policy_names_the_style_and_script_that_are_there(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    assert policy.startswith(("default-src &#39;none&#39;", "default-src 'none'"))
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy.replace("&#39;", "'").replace("&#43;", "+")


def test_no_inline_styles_or_handlers_that_the_policy_would_refuse(page):
    assert [a for a in page.attributes if a[1] == "style" or a[1].startswith("on")] == []


def test_a_hostile_callsign_source_or_doubt_stays_text(html, page):
    assert EVIL not in html
    assert "".join(page.text).count(EVIL) >= 3
    assert "'; DROP TABLE flights" in "".join(page.text)


def test_every_flight_has_a_row_with_its_facts(page):
    text = " ".join("".join(page.text).split())
    for n in range(7):
        assert f"f-{n:016x}" in page.ids
        assert f"waystation why {n:016x}" in text
    assert "31,005 ft up, too high to tell" in text
    assert "06:00–06:09" in text


def test_simulated_stands_on_every_claim_and_figure(html):
    body = html[html.index("<body") :]
    assert "Simulated data. Nothing on this page happened." in body
    for block in re.findall(r"<article.*?</article>|<figcaption>.*?</figcaption>", body, re.DOTALL):
        assert "Simulated data" in block


def test_real_data_is_not_called_simulated():
    from dataclasses import replace

    text = briefing.build(tables(), replace(CASE, simulated=False), None, AIRFIELDS, {}).html
    body = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    assert "imulated" not in body


def test_decisions_are_shown_with_what_they_overruled(page):
    text = " ".join("".join(page.text).split())
    assert "destination is Al Khadim (HL59)" in text
    assert "no airfield, unknown: too high" in text
    assert "did not act:" in text
    assert "analyst" in text


def test_ends_are_counted_by_how_they_are_known(html):
    row = re.search(r'class="ending unknown">unknown</span></th><td class="num">(.*?)</td>', html)[1]
    assert ">2</a>" in row


def test_alike_reasons_are_counted_together(page):
    assert "… ft up, too high to tell" in "".join(page.text)


def test_thresholds_are_named_in_full(page):
    text = " ".join(" ".join(page.text).split())
    assert "flights.end near_km = 8.0" in text
    assert "flights min_positions = 3" in text


def test_the_map_has_the_track_and_the_route_and_dashes_the_silence(html):
    assert html.count('class="track"') == 1
    assert html.count('class="silent"') == 1
    assert "OSLK → HL59: 4 flights" in html


def test_the_machine_twin_says_the_same():
    made = briefing.build(tables(), CASE, positions(), AIRFIELDS, MANIFEST)
    document = json.loads(json.dumps(made.document, allow_nan=False))
    assert document["form"] == "waystation-briefing/1"
    assert document["claims"] == made.claims.to_pylist()
    assert document["rows"]["flights"] == 7
    assert document["not_answered"][0]["question"] == "q2"


def test_order_of_rows_does_not_matter(html):
    t = tables()
    for name in ("flights", "ends"):
        t[name] = t[name].take(pa.array(range(t[name].num_rows - 1, -1, -1)))
    again = briefing.build(t, CASE, positions(), AIRFIELDS, MANIFEST).html
    flights = re.findall(r'<tbody class="fl" id="([^"]+)"', again)
    assert flights == re.findall(r'<tbody class="fl" id="([^"]+)"', html)


def test_more_flights_than_a_page_holds_point_to_the_csv():
    t = tables()
    rows = t["flights"].to_pylist()
    many = [rows[n % 7] | {"flight_id": f"{n:016x}"} for n in range(MAX_FLIGHTS + 50)]
    t["flights"] = pa.Table.from_pylist(many, schema=TABLES["flights"])
    page = Page(briefing.build(t, CASE, None, AIRFIELDS, {}).html)
    assert sum(1 for i in page.ids if i.startswith("f-")) == MAX_FLIGHTS
    assert all(link[1:] in page.ids for link in page.links)
    assert "all of them in" in "".join(page.text)
