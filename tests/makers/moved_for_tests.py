"""A made-up winter in which a hub moves, as finished tables: nothing in it happened.

Journeys UUMU → OSLK → GABS → OSLK → UUMU twice a week until ``MOVED``, by HL59 after it; a shuttle from OSLK
to HL59 after the event; flights out of OSLK to Russia and Belarus all the time. What patterns, network and
evidence would compute is set here by hand, with the numbers that the tests ask for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

from briefed_for_tests import EVIL, ends_of, table

from waystation import network
from waystation.terms.case_view import CaseView, Event, Question, Site

START, STOP = datetime(2024, 10, 1, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)
EVENT, MOVED = datetime(2024, 12, 8, tzinfo=UTC), datetime(2024, 12, 13, 12, tzinfo=UTC)
SINCE = datetime(2024, 12, 15, tzinfo=UTC)

AIRFIELDS = SimpleNamespace(
    ident=["OSLK", "GABS", "UUMU", "UMMS", "HL59"],
    name=["Bassel Al-Assad International Airport", "Modibo Keita International Airport", "Chkalovsky Air Base", "Minsk National Airport", "Al Khadim Air Base"],
    lat=[35.40, 12.53, 55.88, 53.88, 32.0],
    lon=[35.95, -7.95, 38.06, 28.03, 21.2],
    iso_country=["SY", "ML", "RU", "BY", "LY"],
)  # fmt: skip

CASE = CaseView(
    title="After Hmeimim, made up",
    period_from=START.date(),
    period_to=date(2025, 2, 28),
    sites=(
        Site("OSLK", "Hmeimim", "Syria"),
        Site("HL59", "al-Khadim", "Libya"),
        Site("GABS", "Bamako"),
    ),
    events=(Event("assad-falls", EVENT.date(), "Fall of Assad"),),
    questions=(
        Question("q1", "rate", route=("OSLK", "HL59"), since=SINCE.date()),
        Question("q2", "outflow", site="Syria", event="assad-falls"),
        Question("q3", "hub-shift", site="OSLK", event="assad-falls"),
        Question("q4", "via", route=("UUMU", "GABS"), event="assad-falls"),
        Question("q5", "rotation", event="assad-falls"),
        Question("q6", "published", counts="published.csv"),
        Question("q7", "stopover", route=("UUMU", "GABS"), type="IL76"),
    ),
    simulated=True,
)
REAL = replace(CASE, simulated=False)


def _flight(n, start, origin, destination, kind, icao24):
    named = destination != "HL59" or n % 5 > 0  # one landing in five at HL59 is not seen
    return {
        "flight_id": f"{n:016x}",
        "icao24": icao24,
        "registration": f"RA-{icao24}",
        "type": kind,
        "operator": "made up",
        "callsigns": f"RFF{n:04d}",
        "origin": origin,
        "origin_ending": "seen",
        "origin_probability": 1.0,
        "takeoff_utc": start,
        "destination": destination if named else None,
        "destination_ending": "approach" if named else "unknown",
        "destination_probability": 0.95 if named else None,
        "landing_utc": start + timedelta(hours=5) if named else None,
        "first_seen_utc": start,
        "last_seen_utc": start + timedelta(hours=5),
        "n_positions": 300,
        "longest_gap_s": 1200.0,
        "distance_km": 3000.0,
        "interference": False,
    } | {"_to": destination}


def _days(start, stop, step):
    while start < stop:
        yield start
        start += timedelta(days=step)


def _journeys():
    """(start, airfields, type, address): every fourth day, hub by the date."""
    for i, day in enumerate(_days(START + timedelta(hours=6), STOP - timedelta(days=4), 4)):
        hub = "OSLK" if day < MOVED else "HL59"
        kind, address = ("A124", "154076") if i % 3 == 0 else ("IL76", f"1544{i % 4:02d}")
        yield day, ["UUMU", hub, "GABS", hub, "UUMU"], kind, address
    for i, day in enumerate(_days(SINCE + timedelta(hours=9), STOP, 3)):
        yield day, ["OSLK", "HL59"], "A124" if i % 2 else "IL76", f"1545{i % 3:02d}"
    for i, day in enumerate(_days(START + timedelta(days=1), STOP, 9)):
        yield day, ["OSLK", "UUMU" if i % 3 else "UMMS"], "IL76", f"1546{i % 3:02d}"


def tables():
    """Return every table that a run of the whole project would leave."""
    flown, itineraries, visits, triples = [], [], [], []
    for j, (day, stops, kind, address) in enumerate(sorted(_journeys())):
        legs = [
            _flight(len(flown) + k, day + timedelta(hours=14 * k), a, b, kind, address)
            for k, (a, b) in enumerate(pairwise(stops))
        ]
        flown += legs
        ids = [f["flight_id"] for f in legs]
        key = f"it-{j:03d}"
        itineraries.append(
            {
                "itinerary_id": key, "icao24": address, "flight_ids": ids, "airfields": stops, "from_utc": day,
                "to_utc": legs[-1]["last_seen_utc"], "home": stops[0], "closed": stops[0] == stops[-1], "probability": 0.9,
            }
        )  # fmt: skip
        for k, stop in enumerate(stops):
            arrived = legs[k - 1]["last_seen_utc"] if k else None
            left = legs[k]["first_seen_utc"] if k < len(legs) else None
            visits.append(
                {
                    "visit_id": f"v-{j:03d}-{k}", "icao24": address, "type": kind, "airfield": stop, "probability": 0.95,
                    "arrived_utc": arrived, "left_utc": left, "arrival_flight": ids[k - 1] if k else None,
                    "departure_flight": ids[k] if k < len(ids) else None, "itinerary_id": key,
                }
            )  # fmt: skip
            if arrived and left:
                triples.append(
                    {
                        "triple_id": f"t-{j:03d}-{k}", "icao24": address, "type": kind, "origin": stops[k - 1], "via": stop,
                        "destination": stops[k + 1], "from_flight": ids[k - 1], "to_flight": ids[k], "arrived_utc": arrived,
                        "left_utc": left, "probability": 0.9, "itinerary_id": key,
                    }
                )  # fmt: skip
    lost = [f for f in flown if f["destination"] is None]
    candidates = [
        {"flight_id": f["flight_id"], "end": "destination", "rank": r, "airfield": a, "probability": p}
        for f in lost
        for r, (a, p) in enumerate([("HL59", 0.7), ("GABS", 0.2), ("OTHER", 0.1)], 1)
    ]
    flights = [{k: v for k, v in f.items() if k != "_to"} for f in flown]
    made = {
        "flights": table("flights", flights),
        "ends": table("ends", [e for f in flights for e in ends_of(f)]),
        "candidates": table("candidates", candidates),
        "visits": table("visits", visits),
        "itineraries": table("itineraries", itineraries),
        "triples": table("triples", triples),
        "sources": table("sources", [{"source_id": "s1", "uri": "made/up.json", "sha256": "ab" * 32, "network": "SIMULATED", "bytes": 1, "n_positions": 9}]),
        **found_by_others(),
    }  # fmt: skip
    made["exposures"] = table("exposures", list(_exposures()))
    made["rates"] = table("rates", list(_rates(flown)))
    made["routes"] = routes_of(made)
    return made


def routes_of(made):
    """The routes table as its room makes it, or empty while that room is being rebuilt."""
    try:
        from waystation.network.routes import build
    except ImportError:
        build = network.build
    return build(made["flights"], made["candidates"])


WINDOWS = ((START, STOP), (SINCE, STOP))
SUBJECTS = {
    "OSLK>HL59": (("OSLK",), ("HL59",)),
    "Syria>RU": (("OSLK",), ("UUMU",)),
    "Syria>BY": (("OSLK",), ("UMMS",)),
    "Syria>LY": (("OSLK",), ("HL59",)),
    "Syria>ML": (("OSLK",), ("GABS",)),
}


def _weeks():
    at = START
    while at < STOP:
        stop = min(at + timedelta(days=7 - at.weekday()), STOP)
        yield at, stop
        at = stop


def _exposures():
    for subject in SUBJECTS:
        for a, b in (*WINDOWS, *_weeks()):
            days = (b - a).days
            blind = a == datetime(2024, 11, 4, tzinfo=UTC)
            share = 0.2 if a == datetime(2025, 1, 13, tzinfo=UTC) else 0.8
            yield {
                "subject": subject, "from_utc": a, "to_utc": b, "days": float(days),
                "exposure_days": None if blind else days * share, "low": None if blind else days * (share - 0.1),
                "high": None if blind else days * (share + 0.1),
                "reason": "no aircraft of any kind was looked for there" if blind else "measured from all traffic",
            }  # fmt: skip


def _rates(flown):
    for subject, (origins, destinations) in SUBJECTS.items():
        mine = [f for f in flown if f["origin"] in origins and f["_to"] in destinations]
        for a, b in (*WINDOWS, *_weeks()):
            whole = (a, b) in WINDOWS
            for kind in (None, *(("A124", "IL76") if whole else ())):
                inside = [f for f in mine if a <= f["first_seen_utc"] < b and kind in {None, f["type"]}]
                named = sum(f["destination"] is not None for f in inside)
                blind = a == datetime(2024, 11, 4, tzinfo=UTC)
                days = None if blind else (b - a).days * 0.8
                yield {
                    "subject": subject, "type": kind, "from_utc": a, "to_utc": b, "n_flights": named,
                    "n_expected": named * 0.95 + (len(inside) - named) * 0.7, "exposure_days": days,
                    "per_day": None if blind else len(inside) / days, "low": None if blind else 0.6 * len(inside) / days,
                    "high": None if blind else (1.5 * len(inside) + 2) / days, "level": None if blind else 0.9,
                }  # fmt: skip


def found_by_others():
    """What patterns, network and evidence would find: set by hand."""
    change = {
        "kind": "share",
        "date_utc": MOVED,
        "low_utc": MOVED - timedelta(days=6),
        "high_utc": MOVED + timedelta(days=5),
    }
    quiet = "log10 Bayes factor of a change at any date: 0.3; coverage and other traffic did not change then"
    compared = {
        "kind": "share",
        "event": "assad-falls",
        "event_utc": EVENT,
        "n_placebos": 50,
        "controls": quiet,
    }
    trend = {"from_utc": EVENT, "to_utc": STOP}
    published = {
        "actor": "Russian military",
        "origin": "OSLK",
        "destination": "HL59",
        "aircraft": "A124,IL76",
        "from_utc": SINCE,
        "to_utc": STOP,
    }
    return {
        "changes": table("changes", [
            {"subject": "OSLK", **change, "before": 0.41, "after": 0.12, "log10_bayes_factor": 6.2, "controls": quiet},
            {"subject": "HL59", **change, "before": 0.01, "after": 0.47, "log10_bayes_factor": 8.9, "controls": quiet},
        ]),
        "comparisons": table("comparisons", [
            {"subject": "OSLK", **compared, "n_before": 40.0, "n_after": 11.0, "before": 0.41, "after": 0.13, "difference": -0.28, "low": -0.4, "high": -0.16, "placebo_rank": 1.0},
            {"subject": "Syria>RU", **compared, "n_before": 20.0, "n_after": 6.0, "before": 0.5, "after": 0.16, "difference": -0.34, "low": -0.5, "high": -0.1, "placebo_rank": 2.0},
            {"subject": "Syria>BY", **compared, "n_before": 3.0, "n_after": 3.0, "before": 0.08, "after": 0.08, "difference": 0.0, "low": -0.1, "high": 0.1, "placebo_rank": 31.0},
            {"subject": "Syria>LY", **compared, "n_before": 0.4, "n_after": 24.0, "before": 0.01, "after": 0.7, "difference": 0.69, "low": 0.5, "high": 0.8, "placebo_rank": 1.0},
            {"subject": "Syria>ML", **compared, "n_before": 17.0, "n_after": 1.0, "before": 0.41, "after": 0.03, "difference": -0.38, "low": -0.5, "high": -0.2, "placebo_rank": 1.0},
        ]),
        "trends": table("trends", [
            {"subject": "Syria>LY", **trend, "n_expected": 24.0, "first_share": 0.3, "last_share": 0.8, "odds_ratio_per_week": 1.21, "low": 1.08, "high": 1.36, "probability_rising": 0.992},
            {"subject": "Syria>RU", **trend, "n_expected": 6.0, "first_share": 0.4, "last_share": 0.1, "odds_ratio_per_week": 0.86, "low": 0.7, "high": 1.02, "probability_rising": 0.06},
            {"subject": "Syria>BY", **trend, "n_expected": 3.0, "first_share": 0.1, "last_share": 0.09, "odds_ratio_per_week": 0.99, "low": 0.8, "high": 1.2, "probability_rising": 0.45},
        ]),
        "rotations": table("rotations", [
            {"itinerary_id": None, "event": "assad-falls", "motif": "all since assad-falls", "fits": "no", "p_value": 0.0004, "power": 0.97, "reasons": "motif"},
            *({"itinerary_id": f"it-{n:03d}", "event": "assad-falls", "motif": "UUMU>HL59>GABS>HL59>UUMU", "fits": "no" if n % 2 else "cannot-tell", "p_value": 0.004, "power": 0.6, "reasons": f"a new stop {EVIL}"} for n in (30, 31, 32)),
        ]),
        "hubs": table("hubs", [
            {"airfield": a, "period": p, "measure": m, "value": v, "low": v * 0.7, "high": v * 1.3, "rank": r}
            for p, m, a, v, r in (
                ("before assad-falls", "through-flow", "OSLK", 32.0, 1), ("before assad-falls", "through-flow", "GABS", 15.0, 2),
                ("after assad-falls", "through-flow", "HL59", 30.0, 1), ("after assad-falls", "through-flow", "OSLK", 2.0, 3),
                ("before assad-falls", "transit ratio", "OSLK", 0.82, 1), ("after assad-falls", "transit ratio", "HL59", 0.7, 1),
                ("whole", "betweenness", "HL59", 0.31, 1), ("whole", "dependence", "OSLK", 0.4, 1),
            )
        ]),
        "substitutions": table("substitutions", [
            {"lost_hub": "OSLK", "date": date(2024, 12, 13), "substitute": "HL59", "share": 0.86, "low": 0.7, "high": 0.95, "residual": 0.1, "placebo_rank": 0.02},
            {"lost_hub": "OSLK", "date": date(2024, 12, 13), "substitute": "UMMS", "share": 0.04, "low": 0.0, "high": 0.1, "residual": 0.1, "placebo_rank": 0.4},
        ]),
        "published": table("published", [
            {"published_id": "C17", **published, "count": 1.0, "qualifier": "more than", "unit": "flights/day", "source": "https://example.org/cnn", "says": f"more than one flight a day {EVIL}", "tracks_value": 0.41, "tracks_low": 0.25, "tracks_high": 0.6, "comparable": True, "reason": "same route and days", "query": "count / 76 of flights"},
            {"published_id": "C18", **published, "count": 10.0, "qualifier": "at least", "unit": "flights", "source": "https://example.org/hur", "says": "at least ten in two months", "tracks_value": 20.0, "tracks_low": 18.0, "tracks_high": 25.0, "comparable": True, "reason": "same route and days", "query": "count of flights"},
            {"published_id": "C14", **published, "count": 6.0, "qualifier": "at least", "unit": "aircraft", "source": "https://example.org/nyt", "says": "six aircraft", "tracks_value": None, "tracks_low": None, "tracks_high": None, "comparable": False, "reason": "aircraft on the ground are not flights of a route", "query": None},
        ]),
        "observations": table("observations", [
            {"observation_id": "o1", "date": date(2024, 12, 26), "site": "HL59", "kind": "report", "source": "https://example.org/x", "says": f"An-124 on the apron {EVIL}", "grade": "B2", "supports": "C17", "contradicts": None},
            {"observation_id": "o2", "date": date(2024, 12, 17), "site": "OSLK", "kind": "satellite", "source": "https://example.org/y", "says": "two An-124 with noses up", "grade": "A1", "supports": None, "contradicts": None},
        ]),
        "archive_days": table("archive_days", [
            {"network": "SIMULATED", "day_utc": date(2024, 11, 5) + timedelta(days=i), "files": 0 if i in {0, 1} else 40, "folders_found": 0 if i in {0, 1} else 256, "folders_expected": 256, "share_present": 0.0 if i in {0, 1} else 1.0 if i != 4 else 0.5, "reason": "the day is missing" if i in {0, 1} else "half the folders" if i == 4 else "whole"}
            for i in range(10)
        ]),
    }  # fmt: skip


def nothing_changed():
    """The same flights where nobody found any change."""
    t = tables()
    for name in ("changes", "substitutions"):
        t[name] = t[name].slice(0, 0)
    rows = [r | {"fits": "yes", "p_value": 0.6, "power": 0.9} for r in t["rotations"].to_pylist()]
    t["rotations"] = table("rotations", rows)
    t["trends"] = table(
        "trends",
        [r | {"probability_rising": 0.5, "odds_ratio_per_week": 1.0} for r in t["trends"].to_pylist()],
    )
    return t
