"""A result whose positions rest in a bucket shows the same tracks and records as one with a folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cluster_for_tests import BUCKET
from flown_for_tests import case_folder
from starlette.testclient import TestClient

from waystation import pipeline
from waystation.case import read_case
from waystation.web import make_app

if TYPE_CHECKING:
    from pathlib import Path

PORT = 8765


@pytest.fixture
def both(bucket: Any, tmp_path: Path) -> tuple[TestClient, TestClient, str]:
    """The same case over a folder and over a bucket, and one of its flights."""
    assert bucket.process.poll() is None
    case = case_folder(tmp_path)
    clients = []
    for name, archive in (("here", None), ("there", f"s3://{BUCKET}/web/archive")):
        pipeline.run(read_case(case), tmp_path / name, archive=archive)
        app = make_app(tmp_path / name, case, port=PORT)
        clients.append(TestClient(app, base_url=f"http://127.0.0.1:{PORT}"))
    flights = clients[0].get("/table/flights.json").json()
    return clients[0], clients[1], (flights["rows"] if isinstance(flights, dict) else flights)[0]["flight_id"]


def test_a_bucket_holds_what_the_views_ask_for(both: tuple[TestClient, TestClient, str]) -> None:
    here, there, flight = both
    one, other = (c.get(f"/flight/{flight}.json").json() for c in both[:2])
    assert len(one["track"]) > 100
    assert other["track"] == one["track"]
    records = [c.get(f"/flight/{flight}/records.json").json()["rows"] for c in both[:2]]
    assert records[0] == records[1]
    assert len(records[0]) > 10
    drawn = [c.get("/tracks.arrow?zoom=9") for c in (here, there)]
    assert [d.status_code for d in drawn] == [200, 200]
    assert drawn[0].content == drawn[1].content
    refused = there.get("/airfield/LFPG/others")
    assert refused.status_code == 400
    assert "is in a bucket; copy the days" in refused.text
    assert (
        json.loads((there.get("/overview.json")).text)["numbers"]
        == here.get("/overview.json").json()["numbers"]
    )
