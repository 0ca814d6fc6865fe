from __future__ import annotations

import csv
import gzip
import itertools
from collections import Counter

import pytest

from waystation.world.address_blocks import blocks, prefix_states, state_of
from waystation.world.russia import check_arithmetic, expected_address, expected_digits, other_series


@pytest.fixture(scope="module")
def register(dev_data):
    with gzip.open(dev_data / "aircraft" / "tar1090_db_20260406.csv.gz", "rt") as stream:
        return [(r["icao24"], r["registration"]) for r in csv.DictReader(stream)]


def test_blocks_rise_and_never_overlap():
    every = blocks()
    assert len(every) > 185
    assert all(a.last < b.first for a, b in itertools.pairwise(every))
    assert all(b.first <= b.last <= 0xFFFFFF for b in every)


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("154076", "RU"),
        ("100000", "RU"),
        ("1fffff", "RU"),
        ("a00000", "US"),
        ("018001", "LY"),
        ("778abc", "SY"),
        ("510001", "BY"),
        ("05c123", "ML"),
        ("4ca2d1", "IE"),
    ],
)
def test_known_addresses_lie_in_their_states_block(address, state):
    assert state_of(address).iso_country == state


@pytest.mark.parametrize("address", ["~154076", "000001", "b00000", "200000", "f00001"])
def test_addresses_of_nobody_have_no_state(address):
    assert state_of(address) is None


@pytest.mark.parametrize(
    ("registration", "states"),
    [
        ("RA-82038", {"RU"}),
        ("N123AB", {"US"}),
        ("B-2032", {"CN", "TW"}),
        ("g-abcd", {"GB"}),
        ("61-0301", set()),  # a military serial
        ("ZZ666", set()),
        ("D-479", set()),  # the navy's, not Germany's
        ("", set()),
        (None, set()),
        ("N", set()),
    ],
)
def test_registrations_name_states_only_where_they_are_civil_marks(registration, states):
    assert prefix_states(registration) == states


def test_blocks_agree_with_the_registrations_of_a_public_register(register):
    agree = disagree = 0
    for address, registration in register:
        states, block = prefix_states(registration), state_of(address)
        if states and block:
            agree += block.iso_country in states
            disagree += block.iso_country not in states
    share = agree / (agree + disagree)
    print(f"state block and registration agree: {agree} of {agree + disagree} rows ({share:.3%})")
    assert agree > 500_000
    assert share > 0.999


def test_nearly_every_registered_address_lies_in_a_block(register):
    outside = [a for a, _ in register if state_of(a) is None]
    print(f"in no block: {len(outside)} of {len(register)}")
    assert len(outside) / len(register) < 0.0002


@pytest.mark.parametrize(
    ("address", "registration", "says"),
    [
        ("154076", "RA-82038", "agree"),
        ("154076", "ra-82038", "agree"),
        ("154077", "RA-82038", "disagree"),
        ("154076", "RF-82038", "agree"),
        ("154076", "UR-82038", "not-applicable"),
        ("154076", "RA-2917G", "not-applicable"),
        ("154076", None, "not-applicable"),
        ("~154076", "RA-82038", "not-applicable"),
    ],
)
def test_the_russian_arithmetic(address, registration, says):
    assert check_arithmetic(address, registration) == says


def test_the_arithmetic_reads_both_ways():
    assert expected_address("RA-00000") == "140000"
    assert expected_digits("154076") == "82038"
    assert expected_digits("15869f") == "99999"
    assert expected_digits("1586a0") is None
    assert expected_digits("13ffff") is None


def test_another_series_is_told_from_a_disagreement():
    assert other_series("1d2be4", "RF-76772") == "1c0000"
    assert other_series("154076", "RA-82038") is None  # the usual one
    assert other_series("154077", "RA-82038") is None
    assert other_series("a54076", "RA-82038") is None
    assert other_series("154076", None) is None


def test_the_arithmetic_holds_for_most_russian_rows_and_not_for_all(register):
    russian = [(a, r) for a, r in register if (b := state_of(a)) is not None and b.iso_country == "RU"]
    said = Counter(check_arithmetic(a, r) for a, r in russian)
    applicable = said["agree"] + said["disagree"]
    other = sum(other_series(a, r) is not None for a, r in russian)
    share, both = said["agree"] / applicable, (said["agree"] + other) / applicable
    print(
        f"Russian arithmetic: {dict(said)}, {share:.1%}; {other} more in another series, together {both:.1%}"
    )
    assert said["agree"] > 1500
    assert 0.92 < share < 0.95
    assert 0.95 < both < 0.98
