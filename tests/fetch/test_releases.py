"""Whole days of adsb.lol: parts from GitHub's list or by their names, and only whole days are read."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import servers_for_tests as sv
from servers_for_tests import Page, Server
from traces_for_tests import many, tar_of

from waystation.store.fetch_journal import Journal
from waystation.store.fetch_orders import DAYS as SOURCE
from waystation.store.fetch_orders import Order, Prepared, carry_out, ingest_inputs, prepare
from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from waystation.store.fetch_rules import FetchRules

DAY = date(2024, 12, 26)
TAG = "v2024.12.26-planes-readsb-prod-0"


def api(tag: str = TAG, year: int = 2024) -> str:
    return f"/repos/adsblol/globe_history_{year}/releases/tags/{tag}"


def put_day(
    server: Server, tag: str = TAG, year: int = 2024, parts: int = 2, n: int = 6, **changed: object
) -> list[bytes]:
    """A day's tar in parts, and GitHub's list of them."""
    tar = tar_of(many(n))
    cut = len(tar) // parts + 1
    bodies = [tar[i * cut : (i + 1) * cut] for i in range(parts)]
    names = [f"{tag}.tar" if parts == 1 else f"{tag}.tar.a{chr(97 + i)}" for i in range(parts)]
    assets = []
    for name, body in zip(names, bodies, strict=True):
        server.files[f"/adsblol/globe_history_{year}/releases/download/{tag}/{name}"] = Page(
            body, kind="application/octet-stream"
        )
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        asset = {"name": name, "size": len(body), "digest": digest, "browser_download_url": "http://evil/"}
        assets.append({**asset, **changed})
    server.files[api(tag, year)] = Page(json.dumps({"tag_name": tag, "assets": assets}).encode())
    return bodies


def prepared(archive: Path, server: Server, rules: FetchRules, day: date = DAY) -> Prepared:
    return prepare(Order(SOURCE, (), (day,), server.url), archive, Journal(archive), rules=rules)


def test_a_day_comes_in_parts_checked_against_the_list(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    bodies = put_day(server)
    p = prepared(tmp_path, server, quick)
    assert [w.size for w in p.wants] == [len(b) for b in bodies]
    summary = carry_out(p, tmp_path, Journal(tmp_path), rules=quick)
    assert summary.outcomes == {"fetched": 2}
    folder = tmp_path / "raw/adsb.lol/releases" / TAG
    assert [(folder / f"{TAG}.tar.a{c}").read_bytes() for c in "ab"] == bodies
    assert ingest_inputs(p, summary, tmp_path) == [str(folder / f"{TAG}.tar.aa")]


def test_a_second_time_nothing_is_asked_for_not_even_the_list(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    put_day(server)
    carry_out(prepared(tmp_path, server, quick), tmp_path, Journal(tmp_path), rules=quick)
    server.asked.clear()
    p = prepared(tmp_path, server, quick)
    assert carry_out(p, tmp_path, Journal(tmp_path), rules=quick).known == 2
    assert server.asked == []


@pytest.mark.parametrize("changed", [{"size": 77}, {"digest": f"sha256:{'0' * 64}"}])
def test_a_part_that_is_not_as_listed_is_refused_and_the_day_is_not_read(
    tmp_path: Path, server: Server, quick: FetchRules, changed: dict
) -> None:
    put_day(server, **changed)
    p = prepared(tmp_path, server, quick)
    summary = carry_out(p, tmp_path, Journal(tmp_path), rules=quick)
    assert summary.outcomes == {"failed": 2}
    assert "the list of files says" in summary.troubles[0]
    assert ingest_inputs(p, summary, tmp_path) == []


def test_half_a_day_is_not_read(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    put_day(server)
    p = prepared(tmp_path, server, quick)
    server.moods[p.wants[1].url.removeprefix(server.url)] = [sv.status(503)] * 99
    summary = carry_out(p, tmp_path, Journal(tmp_path), rules=quick)
    assert summary.outcomes == {"failed": 1, "fetched": 1}
    assert ingest_inputs(p, summary, tmp_path) == []


def test_a_part_goes_on_where_it_was_cut(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    bodies = put_day(server)
    p = prepared(tmp_path, server, quick)
    server.moods[p.wants[0].url.removeprefix(server.url)] = [sv.cut(1000)]
    assert carry_out(p, tmp_path, Journal(tmp_path), rules=quick).outcomes == {"fetched": 2}
    assert "bytes=1000-" in {h.get("Range") for _, h in server.asked}
    assert (tmp_path / "raw" / p.wants[0].path).read_bytes() == bodies[0]


def test_a_release_that_was_made_anew_meanwhile_is_listed_and_fetched_anew(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    put_day(server)
    p = prepared(tmp_path, server, quick)
    server.moods[p.wants[1].url.removeprefix(server.url)] = [sv.cut(500), *[sv.status(503)] * 99]
    carry_out(p, tmp_path, Journal(tmp_path), rules=quick)
    server.moods.clear()
    bodies = put_day(server, n=9)
    p = prepared(tmp_path, server, quick)
    summary = carry_out(p, tmp_path, Journal(tmp_path), rules=quick)
    assert summary.outcomes == {"fetched": 2}
    assert [path.read_bytes() for path in summary.paths] == bodies


def test_again_looks_for_a_release_that_was_made_anew(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    put_day(server)
    carry_out(prepared(tmp_path, server, quick), tmp_path, Journal(tmp_path), rules=quick)
    bodies = put_day(server, n=9)
    order = Order(SOURCE, (), (DAY,), server.url, again=True)
    p = prepare(order, tmp_path, Journal(tmp_path), rules=quick)
    assert [
        path.read_bytes() for path in carry_out(p, tmp_path, Journal(tmp_path), rules=quick).paths
    ] == bodies


@pytest.mark.parametrize("code", [403, 429, 500])
def test_without_the_list_the_parts_are_found_by_their_names(
    tmp_path: Path, server: Server, quick: FetchRules, code: int
) -> None:
    bodies = put_day(server, parts=3)
    server.moods[api()] = [sv.status(code)]
    p = prepared(tmp_path, server, quick)
    assert [w.size for w in p.wants] == [len(b) for b in bodies]
    assert carry_out(p, tmp_path, Journal(tmp_path), rules=quick).outcomes == {"fetched": 3}


def test_a_day_in_one_piece(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    put_day(server, parts=1)
    p = prepared(tmp_path, server, quick)
    summary = carry_out(p, tmp_path, Journal(tmp_path), rules=quick)
    assert ingest_inputs(p, summary, tmp_path) == [str(tmp_path / f"raw/adsb.lol/releases/{TAG}/{TAG}.tar")]


def test_new_years_eve_may_stand_with_the_next_year(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    put_day(server, "v2023.12.31-planes-readsb-prod-0", 2024)
    assert len(prepared(tmp_path, server, quick, date(2023, 12, 31)).wants) == 2


def test_another_machine_of_the_network_will_do(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    put_day(server, "v2024.12.26-planes-readsb-staging-0")
    assert "staging" in prepared(tmp_path, server, quick).wants[0].url


def test_a_release_without_its_first_part_is_a_trouble_and_asked_for_again(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    put_day(server)
    document = json.loads(server.files[api()].body)
    whole = server.files[api()]
    server.files[api()] = Page(json.dumps({"assets": document["assets"][1:]}).encode())
    p = prepared(tmp_path, server, quick)
    assert p.wants == ()
    assert "parts are missing: it has ab" in p.troubles[0]
    server.files[api()] = whole
    assert len(prepared(tmp_path, server, quick).wants) == 2


def test_no_release_is_remembered_for_an_old_day_only(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    for day, asked_again in ((DAY, False), (yesterday, True)):
        assert str(day) in prepared(tmp_path, server, quick, day).remarks[0]
        server.asked.clear()
        prepared(tmp_path, server, quick, day)
        assert bool(server.asked) is asked_again


def test_names_and_addresses_of_an_answer_lead_nowhere(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    put_day(server)
    document = json.loads(server.files[api()].body)
    for name in (
        "../../evil.tar.aa",
        f"{TAG}.tar.aa/../../x",
        f"/{TAG}.tar.ac",
        f"{TAG}.tar.ac\n",
        "x" * 999,
    ):
        document["assets"].append({"name": name, "size": 5, "browser_download_url": "file:///etc/passwd"})
    server.files[api()] = Page(json.dumps(document).encode())
    p = prepared(tmp_path, server, quick)
    assert [w.path for w in p.wants] == [f"adsb.lol/releases/{TAG}/{TAG}.tar.a{c}" for c in "ab"]
    assert all(
        w.url.startswith(f"{server.url}/adsblol/globe_history_2024/releases/download/") for w in p.wants
    )


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"assets": 3}', b'{"assets": [null, {"name": 4}]}', b"nonsense"]
)
def test_a_list_that_is_none_is_a_trouble(
    tmp_path: Path, server: Server, quick: FetchRules, body: bytes
) -> None:
    server.files[api()] = Page(body)
    p = prepared(tmp_path, server, quick)
    assert (p.wants, len(p.troubles)) == ((), 1)


def test_a_fleet_is_not_picked_out_of_whole_days(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    with pytest.raises(UsageError, match="most of it would be fetched and not read"):
        prepare(Order(SOURCE, ("154076",), (DAY,), server.url), tmp_path, Journal(tmp_path), rules=quick)
    assert server.asked == []
