"""Labels of silences, given who was listening."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from waystation.coverage import label_by_networks
from waystation.terms.schema import TABLES

START = datetime(2024, 12, 14, 6, tzinfo=UTC)


def minute(n):
    return START + timedelta(minutes=n)


def table(name, *rows):
    return pa.Table.from_pylist(list(rows), schema=TABLES[name])


def gap(label="dark", **more):
    row = {
        "gap_id": "g",
        "icao24": "155c3a",
        "flight_id": "f",
        "from_utc": minute(10),
        "to_utc": minute(60),
        "silence_s": 3000.0,
        "label": label,
        "reason": "so it is",
    }
    return table("gaps", row | more)


def silence(network="a.net", filled_by=None, n=0):
    return table(
        "network_silences",
        {
            "flight_id": "f",
            "network": network,
            "from_utc": minute(5),
            "to_utc": minute(70),
            "silence_s": 3900.0,
            "filled_by": filled_by,
            "n_positions": n,
        },
    )


def source(network, day=0, folder="3a", n=1000):
    begin = START + timedelta(days=day)
    return {
        "source_id": f"{network}{day}{folder}",
        "network": network,
        "uri": f"/raw/{network}/globe_history/x/traces/{folder}/trace_full_00003a.json",
        "first_utc": begin,
        "last_utc": begin + timedelta(hours=2),
        "n_positions": n,
    }


BOTH = table("sources", source("a.net"), source("b.net"))


def judged(gaps=None, silences=None, masks=None, sources=BOTH):
    made = label_by_networks(
        gap() if gaps is None else gaps,
        silence() if silences is None else silences,
        table("masks") if masks is None else masks,
        sources,
    )
    assert made["gaps"].schema == TABLES["gaps"]
    assert made["network_silences"].schema == TABLES["network_silences"]
    return made["gaps"].to_pylist(), made["network_silences"].to_pylist()


def test_dark_stays_where_both_listened_and_names_them():
    ((g,), _) = judged()
    assert g["label"] == "dark"
    assert g["reason"] == "so it is; heard by none of a.net and b.net, all of which have files of the day"


@pytest.mark.parametrize("label", ["coverage", "unknown", "interference"])
def test_other_labels_are_left_as_they_are(label):
    gaps = gap(label)
    assert judged(gaps, sources=table("sources", source("a.net")))[0] == gaps.to_pylist()


def test_a_network_that_lacks_the_day_leaves_it_open():
    ((g,), _) = judged(sources=table("sources", source("a.net"), source("b.net", day=3)))
    assert g["label"] == "unknown"
    assert g["reason"] == "so it is; but b.net has no file of 2024-12-14, and reception was measured with it"


def test_a_network_too_small_to_move_the_measure_has_no_say():
    ((g,), _) = judged(sources=table("sources", source("a.net"), source("b.net", day=3, n=50)))
    assert g["label"] == "dark"


def test_a_folder_that_is_missing_counts_for_the_aircraft_in_it():
    folders = [f"{n:02x}" for n in range(256)]
    world = [source("b.net", folder=f) for f in folders if f != "3a"]
    ((g,), _) = judged(sources=table("sources", source("a.net", n=200_000), *world))
    assert g["label"] == "unknown"
    assert "b.net lacks the folder 3a of 2024-12-14, where this aircraft would be" in g["reason"]
    there = [source("b.net", folder=f) for f in folders if f != "3b"]
    ((g,), _) = judged(sources=table("sources", source("a.net", n=200_000), *there))
    assert g["label"] == "dark", "another aircraft's folder"


@pytest.mark.parametrize(
    ("mask", "label"), [("teleport", "unknown"), ("frozen", "dark"), ("duplicate", "dark")]
)
def test_what_was_heard_and_not_used_is_not_silence_unless_it_is_old(mask, label):
    mine = {
        "icao24": "155c3a",
        "source_id": "s",
        "record": 1,
        "mask": mask,
        "reason": "r",
        "time_utc": minute(30),
    }
    masks = table("masks", mine, mine | {"time_utc": minute(10.5)}, mine | {"icao24": "155c3b"})
    ((g,), _) = judged(masks=masks)
    assert g["label"] == label
    assert ("1 positions in it were heard, masked as out of reach" in g["reason"]) == (label == "unknown")


def test_one_networks_silence_is_labelled_by_who_filled_it_or_as_the_gap_it_lies_over():
    _, (s,) = judged(silences=silence(filled_by="b.net", n=7))
    assert (s["label"], s["reason"]) == (
        "coverage",
        "b.net heard it 7 times in between: a.net was deaf, the aircraft was not silent",
    )
    _, (s,) = judged()
    assert s["label"] == "dark"
    assert s["reason"].startswith("no other network heard it either: so it is; heard by none of")
    _, (s,) = judged(gaps=gap(from_utc=minute(80), to_utc=minute(100)))
    assert (s["label"], s["reason"]) == ("unknown", "no other network heard it in between")


def test_order_does_not_matter():
    more = table("sources", *BOTH.to_pylist()[::-1])
    assert judged(sources=more) == judged()
