from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from made_ends import reversed_flight, states_of, straight_flight

from waystation.flights.candidates import OTHER, PART_OF_FIELD, rank_ends, score_parts
from waystation.flights.field_table import ATTRIBUTES, field_table
from waystation.flights.model import EITHER, STATE, USUAL, load_model, model_from_dict, regime, who_flies
from waystation.flights.reasons import reasons
from waystation.flights.states import EndStates, designator
from waystation.terms.geodesy import destination_point
from waystation.world.airfields import load_airfields


@pytest.fixture(scope="module")
def airfields():
    return load_airfields()


def approaching(airfields, ident, km=60.0, course=90.0, **more):
    """A jet descending three degrees towards a field, last seen ``km`` before it."""
    i = airfields.index[ident]
    lat, lon = destination_point(airfields.lat[i], airfields.lon[i], course + 180.0, km)
    height = float(np.nan_to_num(airfields.elevation_ft[i])) + (km - 8.0) * 172.0
    more = {"alt": 35000.0, "rate": -1800.0, "end_alt": height, "kt": 320.0} | more
    return straight_flight(float(lat), float(lon), course, **more)


def top(airfields, ranked, e=0):
    return str(airfields.ident[ranked.airfield[ranked.start[e]]])


def test_probabilities_of_an_end_add_up_to_one_and_other_stands_last(airfields):
    s = states_of([approaching(airfields, "UUWW"), approaching(airfields, "HLLB", km=150)], [False, False])
    r = rank_ends(s, airfields)
    for e in range(2):
        part = slice(r.start[e], r.start[e + 1])
        assert r.probability[part].sum() == pytest.approx(1.0)
        assert r.evidence_only[part].sum() == pytest.approx(1.0)
        assert r.airfield[part][-1] == OTHER
        assert (r.airfield[part][:-1] >= 0).all()
        assert (np.diff(r.probability[part][:-1]) <= 1e-12).all()
        assert r.start[e + 1] - r.start[e] <= 51


def test_a_descent_towards_a_lone_airport_names_it_and_its_mirror_image_the_origin(airfields):
    f = approaching(airfields, "GABS", km=50)
    r = rank_ends(states_of([f, reversed_flight(f)], [False, True]), airfields)
    assert top(airfields, r, 0) == "GABS"
    assert airfields.ident[r.name[0]] == "GABS"
    assert r.name_probability[0] == r.probability[r.start[0]]
    assert top(airfields, r, 1) == "GABS"


def test_a_cruise_gets_candidates_but_no_name(airfields):
    s = states_of([approaching(airfields, "GABS", km=250, alt=35000.0, rate=0.0, end_alt=35000.0)], [False])
    r = rank_ends(s, airfields)
    assert r.name[0] == OTHER
    assert np.isnan(r.name_probability[0])
    assert "35,000 ft" in r.why_no_name[0] or "needs" in r.why_no_name[0]
    assert r.start[1] > 2


def test_the_middle_of_an_ocean_is_other(airfields):
    r = rank_ends(states_of([straight_flight(-47.0, -123.0, 90.0)], [False]), airfields)
    assert r.airfield[r.start[0]] == OTHER
    assert r.probability[r.start[0]] == pytest.approx(1.0)
    assert r.why_no_name[0] == "no airfield within reach"


def test_the_set_of_ninety_holds_the_best_and_is_never_empty(airfields):
    s = states_of([approaching(airfields, "EGLL", km=km) for km in (30, 90, 200)], [False] * 3)
    r = rank_ends(s, airfields)
    for e in range(3):
        part = slice(r.start[e], r.start[e + 1])
        chosen = r.in_set_90[part]
        assert chosen[0]
        assert chosen[:-1].sum() == r.set_size[e]
        assert r.probability[part][chosen].sum() >= load_model().set_mass - 1e-9


def test_shifting_time_or_longitude_by_a_whole_turn_changes_nothing(airfields):
    f = approaching(airfields, "NZAA", km=70, course=80.0)
    later = f | {"t": f["t"] + 3 * 3600.0}
    turned = f | {"lon": f["lon"] + 360.0}
    r = rank_ends(states_of([f, later, turned], [False] * 3), airfields)
    rows = [r.airfield[r.start[e] : r.start[e + 1]] for e in range(3)]
    for e in (1, 2):
        assert (rows[e] == rows[0]).all()
        assert r.probability[r.start[e] : r.start[e + 1]] == pytest.approx(
            r.probability[r.start[0] : r.start[1]], abs=1e-6
        )


def test_an_end_is_ranked_alike_alone_and_in_company(airfields):
    flights = [
        approaching(airfields, x, km=80, course=c)
        for x, c in (("OSLK", 120.0), ("LTAC", 30.0), ("HLLB", 200.0))
    ]
    together = rank_ends(states_of(flights, [False] * 3), airfields)
    alone = rank_ends(states_of(flights[1:2], [False]), airfields)
    part = slice(together.start[1], together.start[2])
    assert (together.airfield[part] == alone.airfield).all()
    assert together.probability[part] == pytest.approx(alone.probability)


def test_a_spike_of_height_at_the_end_is_not_believed(airfields):
    f = approaching(airfields, "EDDM", km=30)
    spiked = f | {"alt": f["alt"].copy()}
    spiked["alt"][-1] = 39000.0
    s = states_of([f, spiked], [False, False])
    assert s.altitude_ft[1] == pytest.approx(s.altitude_ft[0], abs=800.0)
    assert s.max_altitude_ft[1] == pytest.approx(s.max_altitude_ft[0], abs=1.0)


def test_state_transport_sees_a_base_where_an_airliner_does_not(airfields):
    f = approaching(airfields, "UUBW", km=120, course=110.0, rate=0.0, end_alt=30000.0, alt=30000.0, kt=420.0)
    s = states_of([f, f], [False, False], callsign=["AFL123", "RFF123"], type_=["A320", "IL76"])
    assert list(who_flies(s)) == [USUAL, STATE]
    r = rank_ends(s, airfields)
    base = airfields.military == "yes"
    mass = [
        r.probability[part][:-1][base[r.airfield[part][:-1]]].sum()
        for part in (slice(r.start[e], r.start[e + 1]) for e in (0, 1))
    ]
    assert mass[1] > mass[0]


def test_freight_types_that_states_share_stand_between(airfields):
    f = approaching(airfields, "UUBW", km=120)
    s = states_of([f], [False], callsign=["VDA123"], type_=["A124"])
    assert list(who_flies(s)) == [EITHER]


def test_the_silence_term_is_off_unless_given_and_bounded_by_the_transponder_being_off(airfields):
    s = states_of([approaching(airfields, "EGLL", km=60)], [False])
    plain = rank_ends(s, airfields)
    first = plain.airfield[plain.start[0]]

    def loud_on_the_way_to_the_first(_, airfield):
        return np.where(airfield == first, -50.0, 0.0)

    heard = rank_ends(s, airfields, silence=loud_on_the_way_to_the_first)
    again = heard.probability[heard.airfield == first]
    before = plain.probability[plain.start[0]]
    assert again < before
    odds = (before / (0.98 - before)) / (again / (0.98 - again))
    assert odds == pytest.approx(1 / 0.3, rel=0.02)


def test_reasons_are_words_with_weights_and_the_rival(airfields):
    s = states_of([approaching(airfields, "EGLL", km=60)], [False])
    r = rank_ends(s, airfields)
    text = reasons(s, airfields, r).to_pylist()
    assert len(text) == len(r.airfield)
    assert text[0].startswith("last seen at")
    assert "descending" in text[0]
    assert "km ahead" in text[0]
    rival = str(airfields.ident[r.airfield[1]])
    assert f"against {rival}: " in text[0]
    assert text[-1].startswith("not listed")


def test_weights_in_the_reasons_explain_the_odds(airfields):
    s = states_of([approaching(airfields, "EGLL", km=60)], [False])
    model = load_model()
    r = rank_ends(s, airfields, model)
    rows = field_table(airfields).position[r.airfield[:2]][None, :]
    parts = score_parts(s, airfields, model, rows)[0].sum(axis=1) / model.temperatures[regime(s)[0]]
    assert parts[0] - parts[1] == pytest.approx(np.log(r.probability[0] / r.probability[1]), abs=1e-3)


def test_designators_are_three_letters_before_a_digit():
    assert designator("RFF8042 ") == "RFF"
    assert designator("N425WW") == ""
    assert designator("DLH") == ""
    assert designator(None) == ""


def test_the_model_refuses_terms_of_another_shape():
    import json
    from importlib.resources import files

    d = json.loads((files("waystation.flights") / "data" / "endings-1.json").read_text())
    assert model_from_dict(d).name_from == 0.8
    with pytest.raises(ValueError, match="refit"):
        model_from_dict(d | {"terms": d["terms"] | {"run": [[0.0]]}})
    with pytest.raises(ValueError, match="refit"):
        model_from_dict(d | {"terms": {}})


def test_constants_that_kernels_compile_in_agree_with_the_tables():
    from waystation.flights.features import N_FIELD, PARTS
    from waystation.flights.state_kernel import COLUMNS

    assert len(ATTRIBUTES) == N_FIELD
    assert PARTS[PART_OF_FIELD] == "field"
    assert {f.name for f in fields(EndStates)} >= set(COLUMNS)


def test_unknown_height_course_and_speed_still_give_an_answer(airfields):
    s = states_of([approaching(airfields, "EGLL", km=30)], [False])
    blank = {
        k: np.array([np.nan])
        for k in (
            "altitude_ft",
            "vertical_rate_fpm",
            "vertical_rate_5min_fpm",
            "ground_speed_kt",
            "usual_speed_kt",
            "course_deg",
            "course_5min_deg",
            "course_15min_deg",
            "far_altitude_ft",
            "max_altitude_ft",
        )
    }
    r = rank_ends(replace(s, **blank), airfields)
    assert r.probability.sum() == pytest.approx(1.0)
    assert r.start[1] > 2
    assert "unknown height" in reasons(replace(s, **blank), airfields, r)[0].as_py()
