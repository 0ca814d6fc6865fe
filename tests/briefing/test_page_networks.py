"""Several networks in the briefing."""

from datetime import UTC, datetime

import pyarrow as pa
from briefed_for_tests import AIRFIELDS, CASE, tables

from waystation import briefing
from waystation.briefing.page_networks import networks_heard
from waystation.terms.schema import TABLES

T = datetime(2024, 12, 8, tzinfo=UTC)


def two_networks():
    heard = [
        {"flight_id": "a", "network": "adsb.lol", "n_minutes": 60, "share_of_minutes": 0.6, "n_minutes_alone": 10, "n_disagreements": 1},
        {"flight_id": "b", "network": "adsb.lol", "n_minutes": 100, "share_of_minutes": 1.0, "n_minutes_alone": 100, "n_disagreements": 0},
        {"flight_id": "a", "network": "<b>opensky", "n_minutes": 90, "share_of_minutes": 0.9, "n_minutes_alone": 40, "n_disagreements": 1},
    ]  # fmt: skip
    silent = [
        {
            "flight_id": "a",
            "network": "adsb.lol",
            "from_utc": T,
            "to_utc": T,
            "filled_by": f,
            "silence_s": 2e3,
        }
        for f in ("opensky", None, "opensky")
    ]
    return {
        "flight_networks": pa.Table.from_pylist(heard, schema=TABLES["flight_networks"]),
        "network_silences": pa.Table.from_pylist(silent, schema=TABLES["network_silences"]),
    }


def test_shares_are_of_all_minutes_that_anyone_heard():
    other, mine = networks_heard(two_networks())
    assert (other["network"], mine["network"]) == ("<b>opensky", "adsb.lol")
    assert (mine["n_flights"], mine["share"], mine["n_minutes_alone"]) == (2, 160 / 200, 110)
    assert (mine["n_silences"], mine["n_filled"]) == (3, 2)
    assert (other["n_silences"], other["n_filled"]) == (0, 0)


def test_the_page_shows_them_and_only_where_there_are_several():
    t = tables()
    assert "Several networks" not in briefing.build(t, CASE, None, AIRFIELDS, {}).html
    html = briefing.build(t | two_networks(), CASE, None, AIRFIELDS, {}).html
    row = html[html.index("Several networks") :]
    assert "<td>adsb.lol</td>" in row
    assert "&lt;b&gt;opensky" in row
    assert "<b>opensky" not in html
