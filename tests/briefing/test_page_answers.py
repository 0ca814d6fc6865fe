"""The page of a hub that moved: answers, figures, tables, what cannot be seen, and that it says simulated."""

from __future__ import annotations

import json
import re

import pytest
from briefed_for_tests import EVIL, table
from moved_for_tests import AIRFIELDS, CASE, REAL, tables
from pages_for_tests import Page

from waystation import briefing


@pytest.fixture(scope="module")
def made():
    return briefing.build(tables(), CASE, None, AIRFIELDS, {})


@pytest.fixture(scope="module")
def page(made):
    return Page(made.html)


def block(html, question):
    """The markup of one answer."""
    start = html.index(f'<div class="answer" id="{question}">')
    stop = html.find('<div class="answer"', start + 10)
    return html[start : stop if stop > 0 else html.index("Over all flights")]


def words(markup):
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def test_the_page_is_whole_and_every_link_arrives(page):
    assert page.faults == []
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert [link for link in page.links if link[1:] not in page.ids] == []


def test_each_question_has_its_claims_figure_and_tables(made):
    rate, outflow, hub, via, rotation, published, stopover = (block(made.html, f"q{i}") for i in range(1, 8))
    assert rate.count("<figure") == 1
    assert "Named, expected and corrected, side by side" in rate
    assert outflow.count('class="layer c') > 40
    assert "Share of flights by country" in outflow
    assert hub.count("<figure") == 2
    assert "Who took over" in hub
    assert "Through-flow" in hub or "through-flow" in hub
    assert via.count('class="span c') == 2 * 4
    assert "Orders of stops" in rotation
    assert "Reports side by side, each in its own unit" in published
    assert "nothing in the tables “stopovers”" in stopover
    assert "<figure" not in stopover


def test_the_hub_figure_shows_change_event_and_observations_apart(made):
    hub = block(made.html, "q3")
    assert hub.count('class="band c0"') == hub.count('class="band c1"') == 2  # wide and narrow
    assert "Hmeimim falls, 13 Dec 2024" in hub
    assert "al-Khadim rises, 13 Dec 2024" in hub
    assert hub.count('class="event"') == 2
    assert hub.count('class="observed"') == 4
    assert "the method was told of no date" in hub


def test_the_map_of_the_change_has_two_colours(made):
    hub = block(made.html, "q3")
    assert "OSLK → GABS, before: " in hub
    assert "HL59 → GABS, after: " in hub
    assert 'class="route before"' in hub
    assert 'class="route after"' in hub


def test_blind_weeks_are_shaded_and_say_why(made):
    outflow = block(made.html, "q2")
    assert outflow.count('class="blind"') == outflow.count('class="dim"') == 2
    assert "4–10 November 2024: cannot tell, no aircraft of any kind was looked for there" in outflow
    assert "only 20\u00a0% of flights would be heard" in outflow
    assert "Light grey weeks" in block(made.html, "q1")


def test_what_cannot_be_seen_shows_exposure_and_holes(made):
    blind = made.html[made.html.index('id="blind"') : made.html.index('id="change"')]
    assert 'class="cell full"' in blind
    assert 'class="cell unknown"' in blind
    assert "no aircraft of any kind was looked for there" in words(blind)
    assert "2 days are missing, 1 day is there in part" in words(blind)
    assert "5 November 2024 SIMULATED 0\u00a0% the day is missing" in re.sub(
        r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", blind)
    )


def test_reports_stand_side_by_side_with_why_not(made):
    text = words(block(made.html, "q6"))
    assert "more than 1 flights/day 0.41 0.25–0.6 yes " in text
    assert text.count("Of all that can be compared: same route and days.") == 1
    assert "at least 6 aircraft cannot tell – no: aircraft on the ground are not flights of a route" in text


def test_the_ledger_links_what_it_speaks_of(made):
    text = words(made.html[made.html.index('id="observations"') :])
    assert "An-124 on the apron" in text
    assert "B2 C17" in text
    assert "neither supports nor contradicts them" in text


def test_simulated_stands_on_title_banner_figures_and_tables(made):
    assert "<title>Simulated: After Hmeimim" in made.html
    body = made.html[made.html.index("<body") :]
    assert "Simulated data. Nothing on this page happened." in body
    for kind in ("article", "figcaption", "caption"):
        blocks = re.findall(rf"<{kind}\b.*?</{kind}>", body, re.DOTALL)
        assert blocks
        assert all("Simulated data" in b for b in blocks)


def test_real_tracks_are_not_called_simulated():
    t = tables()
    t["sources"] = table("sources", [r | {"network": "adsb.lol"} for r in t["sources"].to_pylist()])
    t["archive_days"] = table(
        "archive_days", [r | {"network": "adsb.lol"} for r in t["archive_days"].to_pylist()]
    )
    html = briefing.build(t, REAL, None, AIRFIELDS, {}).html
    assert "imulated" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def test_no_script_is_needed(made):
    without = re.sub(r"<script>.*?</script>", "", made.html, flags=re.DOTALL)
    assert "The hub moved" not in without or "the hub moved from Hmeimim" in without
    assert words(without).count("In the simulated tracks, ") > 40
    assert EVIL not in without


def test_rows_that_are_no_flights_are_named_by_key(made):
    behind = made.html[made.html.index('id="behind"') : made.html.index('id="methods"')]
    assert '<span class="key">OSLK/2024-12-13/HL59</span>' in behind
    assert "of <code>substitutions.csv</code>" in behind
    journeys = re.search(r"17 journeys from.*?</div>", behind, re.DOTALL)[0]
    assert journeys.count('href="#f-') == 17 * 4


def test_the_twin_carries_the_new_tables(made):
    document = json.loads(json.dumps(made.document, allow_nan=False))
    for name in ("changes", "comparisons", "trends", "hubs", "substitutions", "published"):
        assert len(document[name]) == tables()[name].num_rows
    assert document["observations"][1]["supports"] == "C17"
    ids = {c["claim_id"] for c in document["claims"]}
    for q in document["questions"]:
        assert set(q["claims"]) <= ids
        assert bool(q["claims"]) is (q["kind"] != "stopover")
