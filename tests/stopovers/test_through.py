from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa

from waystation.stopovers import carried_after, demands_through
from waystation.terms.schema import TABLES

DAY = date(2024, 12, 14)


def triples_of(*rows):
    schema = TABLES["triples"]
    made = [
        {
            "origin": o,
            "via": v,
            "destination": d,
            "type": t,
            "probability": p,
            "arrived_utc": datetime.fromisoformat(day).replace(tzinfo=UTC),
        }
        for day, o, v, d, t, p in rows
    ]
    return pa.Table.from_pylist([{k: r.get(k) for k in schema.names} for r in made], schema=schema)


TRIPLES = triples_of(
    ("2024-11-01", "UUMU", "OSLK", "GABS", "IL76", 1.0),
    ("2024-11-02", "UUMU", "OSLK", "GABS", "IL76", 0.9),
    ("2024-11-03", "UUMU", "OSLK", "GABS", "A124", 1.0),
    ("2024-11-04", "UUMU", "HL59", "GABS", "IL76", 1.0),  # through another field
    ("2024-11-05", "UUMU", "OSLK", "UUMU", "IL76", 1.0),  # there and back is no stop on the way
    ("2024-12-14", "UUMU", "OSLK", "DRRN", "IL76", 1.0),  # on the day
    ("2024-12-20", "UUMU", "HL59", "GABS", "IL76", 0.8),
    ("2024-12-21", "UUMU", "HL59", "GABS", "IL62", 0.7),
    ("2024-12-22", "UUMU", "DAAG", "GABS", "IL76", 0.2),
    ("2024-12-23", "UUMU", "OSLK", "GABS", "IL76", 0.5),
    ("2024-12-24", "UUMU", "HLTQ", "DRRN", "IL76", 1.0),  # another demand
)


def test_demands_are_those_of_the_hub_before_the_day_the_frequent_ones_first():
    found = demands_through(TRIPLES, "OSLK", DAY, operator_class="russian-state")
    assert [(d.origin, d.destination, d.type) for d in found] == [
        ("UUMU", "GABS", "IL76"),
        ("UUMU", "GABS", "A124"),
    ]
    assert [d.payload_t for d in found] == [40, 96]
    assert {(d.on, d.operator_class) for d in found} == {(DAY, "russian-state")}
    assert len(demands_through(TRIPLES, "OSLK", DAY, most=1)) == 1
    assert demands_through(TRIPLES, "HLTQ", DAY) == []


def test_substitutes_are_those_of_the_same_demands_after_it():
    demands = demands_through(TRIPLES, "OSLK", DAY)
    assert carried_after(TRIPLES, demands, "OSLK", DAY) == {"HL59": 1.5, "DAAG": 0.2}


def test_the_order_of_rows_does_not_matter():
    back = TRIPLES.take(pa.array(range(TRIPLES.num_rows))[::-1])
    assert demands_through(back, "OSLK", DAY) == demands_through(TRIPLES, "OSLK", DAY)
