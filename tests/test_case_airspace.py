"""``[[airspace]]`` and ``[[scenario]]`` in a case file: read, checked, and told what is wrong."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from waystation.case import read_case
from waystation.soundness import check_case
from waystation.terms.errors import CaseError
from waystation.world.airfields import load_airfields

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
title = "what if"
sources = ["none"]
[[question]]
kind = "stopover"
route = ["UUMU", "GABS"]
type = "IL76"
"""
GEOJSON = '{"type":"Polygon","coordinates":[[[20,30],[25,30],[25,25],[20,30]]]}'


def problems(folder: Path, text: str) -> str:
    path = folder / "case.toml"
    path.write_text(HEAD + text)
    found = check_case(read_case(path), load_airfields())
    return "\n".join(str(p) for p in found if not p.place.startswith(("sources", "fleet")))


def test_a_sound_case_says_nothing_and_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "area.geojson").write_text(GEOJSON)
    text = """
[[scenario]]
id = "west"
wind_from_deg = 270
wind_kt = 40
[[scenario]]
id = "shut"
without = ["OSLK"]
[[airspace]]
name = "Egypt"
closed = ["EG"]
from = 2024-12-01
to = 2024-12-31
source = "https://example.org/notice"
grade = "B2"
[[airspace]]
name = "a sea"
polygon = "area.geojson"
scenario = "shut"
operator_class = "russian"
only_to = ["SY"]
[[airspace]]
name = "opened"
open = ["European Union", "TR", "Egypt"]
scenario = "west"
[[airspace]]
name = "corners"
polygon = [[30.0, 20.0], [30, 25], [25, 25]]
scenario = "shut"
"""
    assert problems(tmp_path, text) == ""
    case = read_case(tmp_path / "case.toml")
    first, second, _, corners = case.view.airspace
    assert (first.since, first.until) == (date(2024, 12, 1), date(2024, 12, 31))
    assert second.rings == (((30.0, 20.0), (30.0, 25.0), (25.0, 25.0)),)
    assert corners.rings == second.rings
    assert tmp_path / "area.geojson" in case.beside  # a changed area changes the result
    assert case.view.scenarios[0].wind_kt == 40.0


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ('name = "a"\nscenario = "s"', "airspace[1]", "says nothing"),
        ('name = "a"\nscenario = "s"\nclosed = ["EG"]\nopen = ["TR"]', "airspace[1]", "has closed and open"),
        ('name = "a"\nscenario = "s"\nclosed = ["Egypt"]', "airspace[1].closed[1]", "ISO 3166-1"),
        ('name = "a"\nscenario = "s"\nclosed = ["EG"]\nonly_to = ["XX"]', "airspace[1].only_to[1]", "'XX'"),
        ('name = "a"\nscenario = "s"\nopen = ["European Unon"]', "airspace[1].open[1]", "European Union?"),
        ('name = "a"\nclosed = ["EG"]', "airspace[1].source", "holds in every answer"),
        ('name = "a"\nclosed = ["EG"]\nscenario = "z"', "airspace[1].scenario", "use one of: s"),
        (
            'name = "a"\nclosed = ["EG"]\nscenario = "s"\nfrom = 2024-02-01\nto = 2024-01-01',
            "airspace[1].to",
            "swap from and to",
        ),
        (
            'name = "a"\nclosed = ["EG"]\nscenario = "s"\noperator_class = "rusian"',
            "airspace[1].operator_class",
            "did you mean russian?",
        ),
        ('name = "a"\nclosed = ["EG"]\nsource = "x"\ngrade = "Z9"', "airspace[1].grade", "as in B2"),
        (
            'name = "a"\nscenario = "s"\npolygon = [[100.0, 2.0], [1.0, 2.0], [3.0, 4.0]]',
            "airspace[1].polygon",
            "[lat, lon]",
        ),
        ('name = "a"\nscenario = "s"\npolygon = [[1.0, 2.0], [3.0, 4.0]]', "airspace[1].polygon", "three"),
        (
            'name = "a"\nscenario = "s"\npolygon = [[0.0, 0.0], [0.0, 170.0], [-80.0, -100.0], [80.0, -100.0]]',
            "airspace[1].polygon",
            "split it",
        ),
    ],
)
def test_airspace_is_checked(tmp_path: Path, text: str, place: str, hint: str) -> None:
    told = problems(tmp_path, f'[[scenario]]\nid = "s"\nheadwind_kt = 20\n[[airspace]]\n{text}\n')
    assert f"{place}: " in told
    assert hint in told


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ('id = "s"', "scenario[1]", "changes nothing"),
        ('id = "s"\nwind_kt = 30', "scenario[1].wind_kt", "direction and its speed"),
        ('id = "s"\nwind_from_deg = 400\nwind_kt = 30', "scenario[1].wind_from_deg", "270 is a west wind"),
        ('id = "s"\nheadwind_kt = 300', "scenario[1].headwind_kt", "at most 200 kt"),
        ('id = "s"\nwithout = ["QQQQ"]', "scenario[1].without[1]", "world show QQQQ"),
        ('id = "s"\noperator_class = "all"', "scenario[1].operator_class", "russian-state"),
        ('id = "s"\nheadwind_kt = 1\n[[scenario]]\nid = "s"\nheadwind_kt = 2', "scenario[2].id", "twice"),
    ],
)
def test_scenarios_are_checked(tmp_path: Path, text: str, place: str, hint: str) -> None:
    told = problems(tmp_path, f"[[scenario]]\n{text}\n")
    assert f"{place}: " in told
    assert hint in told


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('name = "a"\npolygon = "gone.geojson"', "relative paths start at"),
        ('name = "a"\npolygon = 5', "a GeoJSON file, or corners"),
        ('name = "a"\nform = "x"', "did you mean from?"),
        ("closed = ['EG']", "airspace[1].name: is missing"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(tmp_path: Path, text: str, hint: str) -> None:
    path = tmp_path / "case.toml"
    path.write_text(HEAD + f"[[airspace]]\n{text}\n")
    with pytest.raises(CaseError) as told:
        read_case(path)
    assert hint in str(told.value)
