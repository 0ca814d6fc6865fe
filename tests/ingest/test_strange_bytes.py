"""Whatever a file holds, something comes back: rows that fit the schema, or reasons."""

from __future__ import annotations

import io
import json
import random

import pytest
from traces_for_tests import START, rows, trace

from waystation.ingest import build

JUNK = [
    None,
    True,
    "x",
    {},
    [],
    float("inf"),
    float("nan"),
    -1,
    10**30,
    "ground",
    "1e5",
    [[]],
    {"a": 1},
    "\ud800",
]
RECORDS = [{"timestamp": START + i, "icao24": "4b1814", "latitude": 47.0, "longitude": 8.0, "altitude": 1.0, "squawk": "1000", "onground": False, "callsign": "X"} for i in range(10)]  # fmt: skip
FLIGHT = {
    "identification": {"callsign": "E"},
    "aircraft": {"model": {"code": "A"}, "identification": {"modes": "4B1901", "registration": "H"}},
    "owner": {"name": "x"},
    "track": [
        {"latitude": 47.0, "longitude": 8.0, "altitude": {"feet": 0}, "squawk": "1", "timestamp": START + i}
        for i in range(5)
    ],
}
DOCUMENTS = {
    "readsb": json.loads(trace(records=rows(12))),
    "records": RECORDS,
    "columns": {k: {str(i): r[k] for i, r in enumerate(RECORDS)} for k in RECORDS[0]},
    "fr24": {"result": {"response": {"data": {"flight": FLIGHT}}}},
}
TABLE = b"icao,time,lat,lon,altitude,details\n" + b"".join(
    b"4b1814,%d,47,8,ground,\"{'flight':'x'}\"\n" % (START + i) for i in range(10)
)


def changed(value, dice: random.Random):
    """Some values replaced by junk, some keys lost."""
    if dice.random() < 0.05:
        return dice.choice(JUNK)
    if isinstance(value, dict):
        return {k: changed(v, dice) for k, v in value.items() if dice.random() > 0.02}
    return [changed(v, dice) for v in value] if isinstance(value, list) else value


def scratched(data: bytes, dice: random.Random) -> bytes:
    """A few bytes overwritten, and sometimes the end missing."""
    out = bytearray(data)
    for _ in range(dice.randint(0, 3)):
        out[dice.randrange(len(out))] = dice.randrange(256)
    return bytes(out[: dice.randrange(len(out) + 1)]) if dice.random() < 0.2 else bytes(out)


def check(data: bytes) -> int:
    parsed = build(io.BytesIO(data), source_id="0" * 16, uri="x", now_ms=(START + 86_400) * 1000)
    for table in (parsed.positions, parsed.identities, parsed.rejected):
        table.validate(full=True)
    assert parsed.positions.num_rows or parsed.rejected.num_rows
    return parsed.positions.num_rows


@pytest.mark.parametrize("kind", [*DOCUMENTS, "csv"])
def test_junk_of_every_kind_is_judged_not_stumbled_over(kind):
    dice = random.Random(kind)
    kept = 0
    for _ in range(150):
        data = TABLE if kind == "csv" else json.dumps(changed(DOCUMENTS[kind], dice)).encode()
        kept += check(scratched(data, dice))
    assert kept > 50
