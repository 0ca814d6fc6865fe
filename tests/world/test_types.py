from __future__ import annotations

import csv
import gzip

import pytest

from waystation.world.types import CLASSES, GRADES, aircraft_type, aircraft_types

SPEEDS = {  # knots: no type of the class cruises outside
    "jet heavy": (400, 500),
    "jet medium": (280, 480),
    "bizjet": (290, 510),
    "fast jet": (290, 510),
    "turboprop": (100, 410),
    "piston": (60, 270),
    "glider": (40, 160),
    "helicopter": (70, 250),
    "drone": (50, 320),
    "balloon": (5, 40),
}


def test_every_row_is_graded_sourced_and_plausible():
    assert len(aircraft_types()) > 400
    for t in aircraft_types().values():
        low, high = SPEEDS[t.kind]
        assert low <= t.cruise_kt <= high, t
        assert 0 <= t.runway_ft <= 10_000, t
        assert {t.cruise_grade, t.runway_grade} <= set(GRADES), t
        assert t.source, t
    assert {t.kind for t in aircraft_types().values()} == set(CLASSES)


@pytest.mark.parametrize(
    ("designator", "kind"),
    [
        ("IL76", "jet heavy"), ("A124", "jet heavy"), ("C17", "jet heavy"), ("C5M", "jet heavy"), ("IL62", "jet heavy"),
        ("AN72", "jet medium"), ("T154", "jet medium"), ("AN26", "turboprop"), ("AN12", "turboprop"),
        ("C130", "turboprop"), ("C30J", "turboprop"), ("A400", "turboprop"), ("GLEX", "bizjet"), ("C172", "piston"),
        ("GLID", "glider"), ("MI8", "helicopter"),
    ],
)  # fmt: skip
def test_transports_and_common_types_have_their_class(designator, kind):
    assert aircraft_type(designator).kind == kind


def test_sourced_means_that_a_document_is_named():
    for t in aircraft_types().values():
        if "sourced" in {t.cruise_grade, t.runway_grade}:
            assert ":" in t.source, t
    assert aircraft_type("IL76").runway_grade == "sourced"
    assert aircraft_type("IL76").grade == "typical"  # the weaker of the two


@pytest.mark.parametrize("designator", ["ZZZZ", "", None, "TWR", "il-76"])
def test_an_unknown_type_is_none(designator):
    assert aircraft_type(designator) is None


def test_spelling_in_lower_case_is_the_same_type():
    assert aircraft_type(" il76 ") is aircraft_type("IL76")


def test_most_aircraft_of_a_public_register_have_a_known_type(dev_data):
    with gzip.open(dev_data / "aircraft" / "tar1090_db_20260406.csv.gz", "rt") as stream:
        types = [r["typecode"] for r in csv.DictReader(stream) if r["typecode"] not in {"", "ZZZZ"}]
    share = sum(aircraft_type(t) is not None for t in types) / len(types)
    print(f"types known: {share:.1%} of {len(types)} rows")
    assert share > 0.88


def test_nearly_every_heavy_transport_has_a_known_type(dev_data):
    with (dev_data / "aircraft" / "heavies.csv").open() as stream:
        types = [r["typecode"] for r in csv.DictReader(stream)]
    assert sum(aircraft_type(t) is not None for t in types) / len(types) > 0.99
