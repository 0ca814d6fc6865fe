from __future__ import annotations

from pathlib import Path

import pytest

from waystation.simulate import read_scenario
from waystation.terms.errors import CaseError

ROOT = Path(__file__).resolve().parents[2]
GOOD = """
title = "Small"
period = { from = 2024-12-01, to = 2024-12-07 }
[[receiver]]
name = "A"
lat = 35.0
lon = 33.0
[[fleet]]
id = "il76"
type = "IL76"
registrations = ["RA-76911"]
callsign = "RFF"
[[itinerary]]
fleet = "il76"
airfields = ["OSLK", "HL59", "OSLK"]
per_week = 3
"""


@pytest.mark.parametrize("name", ["scenario.toml", "no-move-scenario.toml"])
def test_shipped_scenarios_are_sound(name: str) -> None:
    path = ROOT / "cases" / "hub-shift" / name
    scenario = read_scenario(path.read_bytes(), str(path))
    assert "simulated" in scenario.mark
    assert len(scenario.receiver) > 20


def test_the_shift_is_not_on_the_date_of_the_event() -> None:
    path = ROOT / "cases" / "hub-shift" / "scenario.toml"
    moves = [r.start.isoformat() for r in read_scenario(path.read_bytes()).regime if r.change == "hub"]
    assert moves == ["2024-12-14"]
    still = ROOT / "cases" / "hub-shift" / "no-move-scenario.toml"
    assert all(r.change != "hub" for r in read_scenario(still.read_bytes()).regime)


@pytest.mark.parametrize(
    ("old", "new", "key", "remedy"),
    [
        ('title = "Small"', "", "title: is missing", "add title"),
        ("lat = 35.0", 'lat = "north"', "receiver[1].lat", "give a value of that kind"),
        ("per_week = 3", "per_week = 3\nper_day = 1", "itinerary[1].per_day: no such key", "simulation.md"),
        ('fleet = "il76"\nair', 'fleet = "il78"\nair', "itinerary[1].fleet", "use one of il76"),
        ('type = "IL76"', 'type = "C130"', "fleet[1].type", "use one of IL76"),
        ('"HL59", "OSLK"]', '"HL59"]', "itinerary[1].airfields", "must begin and end"),
        ('"RA-76911"', '"TC-AAA"', "fleet[1].first_address", "give six hex digits"),
        ("to = 2024-12-07", "to = 2024-11-07", "period", "swap from and to"),
        ("[[itinerary]]", "[faults]\nground_flips = 2\n[[itinerary]]", "faults.ground_flips", "from 0 to 1"),
        ("lat = 35.0", "lat = 35.0.0", "not valid TOML", "Texts stand in quotes"),
    ],
)
def test_errors_name_file_key_and_remedy(old: str, new: str, key: str, remedy: str) -> None:
    assert old in GOOD
    with pytest.raises(CaseError) as raised:
        read_scenario(GOOD.replace(old, new).encode(), "mine.toml")
    assert str(raised.value).startswith("mine.toml")
    assert key in str(raised.value)
    assert remedy in str(raised.value)


def test_an_unknown_airfield_is_named_with_what_is_near() -> None:
    from waystation.simulate import plan

    scenario = read_scenario(GOOD.replace("HL59", "Khadim").encode())
    with pytest.raises(CaseError, match=r"'Khadim'.*HL59"):
        plan(scenario)
