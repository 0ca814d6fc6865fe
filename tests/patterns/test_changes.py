"""Changes: found where there are some, dated, refused where something else explains them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
import ruptures
from bench.patterns.worlds import (
    NEW,
    OLD,
    START,
    RateWorld,
    ShareWorld,
    case,
    day_of,
    exposures,
    flights,
    rate_tables,
    share_tables,
)

from waystation import patterns
from waystation.patterns.dates import date_interval
from waystation.patterns.rate_change import dispersion, rate_changes
from waystation.patterns.reception import log_evidence_of_reception, read_exposure
from waystation.patterns.share_change import ShareRules, design_effect, log_evidence, share_changes
from waystation.patterns.units import drawn, gathered
from waystation.terms.case_view import Question
from waystation.terms.schema import TABLES

COUNTRIES = {OLD: "SY", NEW: "LY", "LTAG": "TR", "HECA": "EG", "OJAQ": "JO"}
HUBS = case(Question("q1", "hub-shift", event="middle"))


def changed(tables, asked=HUBS, **given):
    return patterns.build(tables, asked, countries=COUNTRIES, **given)["changes"].to_pylist()


def visits(rows):
    """(day, airfield → probability, itinerary)."""
    made = [
        {
            "visit_id": f"v{i}",
            "airfield": a,
            "probability": p,
            "arrived_utc": START + timedelta(days=t),
            "itinerary_id": g,
        }
        for i, (t, places, g) in enumerate(rows)
        for a, p in places.items()
    ]
    return pa.Table.from_pylist(made, schema=TABLES["visits"])


def test_a_hub_that_moves_is_found_and_dated_and_the_event_is_no_input():
    tables = share_tables(ShareWorld(4, (200.0,)), np.random.default_rng(1))
    rows = {r["subject"]: r for r in changed(tables)}
    assert {OLD, NEW} <= set(rows)
    for r in rows.values():
        assert abs(day_of(r["date_utc"]) - 200) < 30
        assert r["low_utc"] < r["date_utc"] < r["high_utc"]
        assert r["kind"] == "share"
        assert r["log10_bayes_factor"] > 1
    assert rows[OLD]["before"] > 0.7
    assert rows[OLD]["after"] < 0.3
    assert rows[NEW]["before"] < 0.2
    assert rows[NEW]["after"] > 0.4
    elsewhere = replace(HUBS, events=(replace(HUBS.events[0], date=date(2024, 3, 1)),))
    assert changed(tables, elsewhere) == changed(tables)


def test_a_hub_that_comes_back_makes_two_changes():
    rows = changed(share_tables(ShareWorld(5, (120.0, 240.0)), np.random.default_rng(2)))
    first, second = sorted((r for r in rows if r["subject"] == OLD), key=lambda r: r["date_utc"])
    assert abs(day_of(first["date_utc"]) - 120) < 15
    assert abs(day_of(second["date_utc"]) - 240) < 15
    assert first["after"] < 0.4 < second["after"]


def test_no_move_is_no_change_and_the_comparison_says_so():
    out = patterns.build(share_tables(ShareWorld(4), np.random.default_rng(3)), HUBS, countries=COUNTRIES)
    assert out["changes"].num_rows == 0
    rows = out["comparisons"].to_pylist()
    assert {r["subject"] for r in rows} >= {OLD}
    assert all("no change found" in r["controls"] for r in rows)


def test_new_callsigns_are_no_change():
    tables = rate_tables(RateWorld(6, callsigns=("RFF1", "RFF9")), np.random.default_rng(4))
    asked = case(Question("q1", "outflow", site="Syria"), Question("q2", "rate", route=(OLD, NEW)))
    assert changed(tables, asked) == []


def test_order_of_rows_does_not_matter():
    tables = share_tables(ShareWorld(3, (150.0,), known_right=0.9), np.random.default_rng(5))
    order = np.random.default_rng(6).permutation(tables["visits"].num_rows)
    assert changed(tables) == changed({"visits": tables["visits"].take(order)})


def test_when_only_the_reception_changed_nothing_is_reported():
    world = ShareWorld(6, detection=0.9, heard_old_after=0.15, old=(0.6, 0.3))
    tables = share_tables(world, np.random.default_rng(7))
    assert changed({"visits": tables["visits"]}), "without exposure it does look like a change"
    out = patterns.build(tables, HUBS, countries=COUNTRIES)
    assert out["changes"].num_rows == 0
    said = out["comparisons"].to_pylist()[0]["controls"]
    assert 'does not beat "only the reception changed"' in said


def test_a_real_move_beats_a_change_of_reception():
    tables = share_tables(ShareWorld(4, (180.0,)), np.random.default_rng(8))
    told = exposures({OLD: [0.6] * 26 + [0.4] * 26, NEW: [0.6] * 52}, 360, np.random.default_rng(9))
    rows = changed(tables, exposures=told)
    assert {OLD, NEW} <= {r["subject"] for r in rows}
    assert all('beats "only the reception changed"' in r["controls"] for r in rows)


def test_other_traffic_that_changes_likewise_takes_a_change_away():
    world = ShareWorld(6, detection=0.9, heard_old_after=0.15, old=(0.6, 0.3))
    tables = {"visits": share_tables(world, np.random.default_rng(7))["visits"]}
    rng = np.random.default_rng(10)
    days = [(float(t), OLD) for t in rng.uniform(0, 180, 300)] + [
        (float(t), OLD) for t in rng.uniform(180, 360, 50)
    ]
    days += [(float(t), NEW) for t in rng.uniform(0, 360, 600)]
    others = flights([(t, a, "EDDF", "DLH1") for t, a in days])
    assert changed(tables)
    assert changed(tables | {"other_flights": others}) == []


def test_the_evidence_of_a_change_of_reception_is_exact():
    before, after = np.array([6.0, 2.0]), np.array([2.0, 5.0])
    same = log_evidence_of_reception(before, after, np.ones((3, 2)))
    assert same == pytest.approx(float(log_evidence(before + after)), abs=1e-8)
    ratios = np.array([[0.2, 1.3]])
    shares = np.random.default_rng(0).dirichlet([0.5, 0.5], 300_000)
    late = shares * ratios
    late /= late.sum(axis=1, keepdims=True)
    drawn_mean = np.exp((np.log(shares) * before).sum(1) + (np.log(late) * after).sum(1)).mean()
    assert log_evidence_of_reception(before, after, ratios) == pytest.approx(np.log(drawn_mean), abs=0.02)


def test_evidence_is_that_of_a_dirichlet_multinomial_sequence():
    # of one given order: ½/1 · 1½/2 · ½/3
    assert float(log_evidence(np.array([2, 1]))) == pytest.approx(np.log(0.5 * 0.75 * 0.5 / 3))


def test_a_last_odd_visit_after_a_long_silence_is_no_change():
    rows = [(float(t), {OLD: 1.0}, None) for t in range(100)]
    for odd in (1, 2):
        late = [(340.0 + k, {NEW: 1.0}, None) for k in range(odd)]
        assert changed({"visits": visits(rows + late)}) == []


def test_gap_mass_goes_with_the_length_of_the_gap():
    times = np.array([0.0, 1, 2, 3, 4, 64, 65, 66, 67, 68])
    labels = np.array([[0, 0, 0, 0, 0, 1, 1, 1, 1, 1]])
    (change,) = share_changes(times, labels, 2, rules=ShareRules(bayes_factor=2.0)).changes
    assert 4 < change.date.low < change.date.high < 64
    assert change.date.high - change.date.low > 50, "nobody knows where in the silence"


def test_the_interval_is_cut_where_its_level_is_reached():
    found = date_interval(np.array([0.0, 10.0]), np.array([10.0, 30.0]), np.array([0.8, 0.2]), 0.9)
    assert (found.low, found.high) == (0.0, pytest.approx(20.0))
    assert found.median == pytest.approx(6.25)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(3.0, {OLD: 1.0}, None)],
        [(float(t), {OLD: 1.0}, None) for t in range(40)],
        [(5.0, {OLD: 1.0}, None)] * 20 + [(5.0, {NEW: 1.0}, None)] * 20,
        [(float(t), {OLD: 0.5, NEW: 0.5}, None) for t in range(60)],
        [(float(t), {OLD: 0.001}, "i1") for t in range(60)],
    ],
    ids=["none", "one", "one hub", "one moment", "soft halves", "nobody knows"],
)
def test_hard_cases_give_no_change_and_no_exception(rows):
    assert changed({"visits": visits(rows)}) == []


def test_missing_tables_give_empty_ones():
    asked = case(
        *(Question(k, k, route=(OLD, NEW), event="middle") for k in ("rate", "via", "outflow", "rotation"))
    )
    out = patterns.build({}, asked, countries={})
    assert {name: out[name].schema for name in out} == {name: TABLES[name] for name in out}
    assert out["changes"].num_rows == out["trends"].num_rows == 0


def test_an_itinerary_counts_an_airfield_once():
    rows = [(0.0, {OLD: 1.0}, "a"), (1.0, {OLD: 1.0}, "a"), (2.0, {NEW: 1.0}, "a"), (3.0, {OLD: 1.0}, None)]
    units = gathered((t, str(i), g, p) for i, (t, p, g) in enumerate(rows))
    assert drawn(units, 1).labels.tolist() == [[1, -1, 0, 1]]
    assert drawn(units, 1).names == (NEW, OLD)


def test_doubtful_places_keep_their_shares_over_the_draws():
    units = gathered((float(i), f"{i:03}", None, {OLD: 0.7, NEW: 0.2}) for i in range(300))
    found = drawn(units, 1)
    share = dict(zip(found.names, found.expected(), strict=True))
    assert share[OLD] == pytest.approx(210, abs=3)
    assert share[NEW] == pytest.approx(60, abs=3)


def test_legs_that_hang_together_count_less():
    chains = [[0, 1, 2] if i % 2 else [3, 4, 5] for i in range(60)]
    order = np.random.default_rng(1).permutation(60)
    labels = np.array([k for i in order for k in chains[i]])
    assert design_effect(labels, np.repeat(np.arange(60), 3), 6) > 1.5
    assert design_effect(labels, -1 - np.arange(180), 6) == 1.0


def test_local_sorties_are_no_visits_of_the_network():
    rows = [(float(t), {OLD: 1.0}, f"i{t}") for t in range(30)]
    trips = [
        {"itinerary_id": f"i{t}", "airfields": [OLD, OLD], "flight_ids": [], "from_utc": START}
        for t in range(30)
    ]
    tables = {
        "visits": visits(rows),
        "itineraries": pa.Table.from_pylist(trips, schema=TABLES["itineraries"]),
    }
    assert patterns.build(tables, HUBS, countries=COUNTRIES)["comparisons"].num_rows == 0


def test_five_thousand_doubtful_visits_take_seconds():
    rng = np.random.default_rng(11)
    names = np.array([OLD, NEW, "LTAG", "HECA", "OJAQ"])
    rows = [
        (float(t), {str(rng.choice(names)): 0.7, str(rng.choice(names)): 0.3}, None)
        for t in np.sort(rng.uniform(0, 700, 5000))
    ]
    tables = {"visits": visits(rows)}
    began = time.process_time()
    assert changed(tables) == []
    assert time.process_time() - began < 60, "seconds on a free core: a slip of order, not a benchmark"


def test_halved_coverage_is_no_change_of_rate_but_fools_a_naive_count():
    rng = np.random.default_rng(12)
    asked = case(Question("q1", "rate", route=(OLD, NEW)))
    naive = 0
    for _ in range(5):
        tables = rate_tables(RateWorld(7, detection_after=0.3), rng)
        assert changed(tables, asked) == []
        days = np.arange(360.0)
        counts = np.bincount(
            [int(day_of(t)) for t in tables["flights"].column("first_seen_utc").to_pylist()], minlength=360
        )
        naive += bool(rate_changes(days, counts, np.ones(360)).changes)
    assert naive >= 2


def test_a_rate_that_rises_fourfold_is_found():
    tables = rate_tables(RateWorld(2, 8), np.random.default_rng(13))
    (row,) = changed(tables, case(Question("q1", "rate", route=(OLD, NEW))))
    assert (row["subject"], row["kind"]) == (f"{OLD}>{NEW}", "rate")
    assert abs(day_of(row["date_utc"]) - 180) < 25
    assert row["before"] == pytest.approx(2 / 7, rel=0.5)
    assert row["after"] == pytest.approx(8 / 7, rel=0.4)


def test_without_exposure_no_rate_changes_and_the_reason_is_told():
    tables = {"flights": rate_tables(RateWorld(2, 8), np.random.default_rng(13))["flights"]}
    out = patterns.build(tables, case(Question("q1", "rate", route=(OLD, NEW))), countries=COUNTRIES)
    assert out["changes"].num_rows == 0
    (row,) = out["comparisons"].to_pylist()
    assert row["before"] is None
    assert row["placebo_rank"] is None
    assert "cannot tell: no exposure is known" in row["controls"]


def test_the_reason_of_an_unknown_exposure_is_passed_on():
    row = {"subject": "A>B", "from_utc": START, "to_utc": START + timedelta(days=7), "reason": "a watch-list"}
    table = pa.Table.from_pylist([row], schema=TABLES["exposures"])
    assert read_exposure(table, "A>B", 0, 10, 1) == "a watch-list"


def test_flights_in_bunches_are_overdispersed_and_a_step_is_not():
    rng = np.random.default_rng(14)
    weeks = rng.poisson(1.0, 52).repeat(7) * np.tile([4, 0, 0, 0, 0, 0, 0], 52)
    assert dispersion(weeks.astype(float), np.ones(364)) > 2
    step = rng.poisson(np.where(np.arange(364) < 182, 0.2, 2.0))
    assert dispersion(step.astype(float), np.ones(364)) < 1.6


def test_flights_of_one_itinerary_are_one_decision():
    rng = np.random.default_rng(15)
    errands = rng.poisson(np.where(np.arange(364) < 182, 0.25, 0.55)).astype(float)
    alone = rate_changes(np.arange(364.0), 4 * errands, np.ones(364))
    together = rate_changes(np.arange(364.0), 4 * errands, np.ones(364), bunched=4.0)
    assert together.log10_bayes_factor < 0.5 * alone.log10_bayes_factor


class _Multinomial(ruptures.base.BaseCost):
    """−2 log likelihood of one-hot rows: another hand's segmentation over the same likelihood."""

    model = "multinomial"
    min_size = 3

    def fit(self, signal):
        self.signal = signal
        return self

    def error(self, start, end):
        counts = self.signal[start:end].sum(axis=0)
        seen = counts[counts > 0]
        return float(-2 * (seen * np.log(seen / seen.sum())).sum())


@pytest.mark.parametrize("turns", [(180.0,), (120.0, 240.0)])
def test_ruptures_finds_the_same_places(turns):
    rng = np.random.default_rng(15)
    times = np.sort(rng.uniform(0, 360, 200))
    moved = np.searchsorted(np.array(turns), times) % 2 == 1
    labels = np.where(rng.random(200) < np.where(moved, 0.1, 0.9), 0, 1)
    ours = share_changes(times, labels[None, :], 2).changes
    algo = ruptures.Dynp(custom_cost=_Multinomial(), jump=1).fit(np.eye(2)[labels])
    theirs = [times[i] for i in algo.predict(n_bkps=len(turns))[:-1]]
    assert len(ours) == len(turns)
    for change, place in zip(ours, theirs, strict=True):
        assert change.date.low - 3 <= place <= change.date.high + 3
