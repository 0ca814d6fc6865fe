"""Words for the tables of what is counted over all flights: a sentence for the row, then its own columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from waystation.terms.column_words_seen import TableWords

__all__ = ["COUNTED_WORDS"]

_SHARE: Final = "0 to 1"
_A_DAY: Final = "flights a day"
_SUBJECT: Final = "a route (OSLK>HL59), an airfield, a group of sites, or a group and a country (Syria>LY)"
_LOW, _HIGH = "low end of the 90 % interval", "high end of the 90 % interval"
_AS_BEFORE: Final = "share 0 to 1, or flights a day"
_SCENARIO: Final = "the what-if of the case; empty: as the rules stand"
_STOP: Final = "ident of the airfield in between; empty: without a stop"
_BAND: Final = "heights in thousand feet: 0-5, 5-15, 15-28, 28+"

COUNTED_WORDS: Final[dict[str, TableWords]] = {
    "stays": (
        "Time of one aircraft on the ground at one airfield, between two flights.",
        {
            "stay_id": "the stay",
            "from_utc": "landing; where the wheels were not seen, the earliest it can have been",
            "to_utc": "takeoff; where the wheels were not seen, the latest it can have been",
            "from_flight": "the flight that came",
            "to_flight": "the flight that left",
            "probability": "how sure it is that both ends were at this airfield",
            "confidence": (
                "4: seen on the ground at both ends; 3: seen or on approach at one; 2: both ends inferred",
                "1 to 4",
            ),
        },
    ),
    "itineraries": (
        "What one aircraft flew from home, or from a long stay, to the next.",
        {
            "itinerary_id": "the itinerary",
            "flight_ids": "its flights, in order",
            "airfields": "its airfields, in order; ?: a place, or a flight, that nobody saw",
            "from_utc": "first position of its first flight",
            "to_utc": "last position of its last flight",
            "home": "the airfield where the aircraft rests longest; empty: not known",
            "closed": "it came back home; empty where no home is known",
            "probability": "how sure the named airfields are together",
        },
    ),
    "routes": (
        "A directed pair of airfields and the flights between them, in all and by type.",
        {
            "type": "ICAO code of the aircraft type; empty: all types",
            "n_flights": "flights whose two ends are named",
            "n_expected": ("flights expected: the probabilities of both ends, summed", "flights"),
            "n_aircraft": "different addresses among the named flights",
            "first_utc": "first position of the first flight",
            "last_utc": "last position of the last flight",
        },
    ),
    "rates": (
        "How many flights a day, in a window of time, corrected for what could not be heard.",
        {
            "subject": _SUBJECT,
            "type": "ICAO code of the aircraft type; empty: all types",
            "from_utc": "first moment of the window",
            "to_utc": "first moment after the window",
            "n_flights": "flights that were heard and named at their ends",
            "n_expected": (
                "flights heard, each by the probability that it belongs to the subject",
                "flights",
            ),
            "exposure_days": "days of it on which such a flight would have been heard; empty: cannot tell",
            "per_day": ("n_expected over exposure_days: what was flown; empty: cannot tell", _A_DAY),
            "low": (_LOW, _A_DAY),
            "high": (_HIGH, _A_DAY),
            "level": ("probability that the interval is made for", _SHARE),
        },
    ),
    "changes": (
        "A dated change of a share or a rate that was found. The search was given no date.",
        {
            "subject": _SUBJECT,
            "kind": "share (of visits, departures or stopovers) or rate (flights a day)",
            "date_utc": "most central date of the change",
            "low_utc": "earliest date of the 90 % interval",
            "high_utc": "latest date of the 90 % interval",
            "before": ("level before the change", _AS_BEFORE),
            "after": ("level after the change", _AS_BEFORE),
            "log10_bayes_factor": (
                "how much better a change explains them than none: 1 is ten times, 2 a hundred",
                "power of ten",
            ),
            "controls": "other explanations that were tried (reception, other traffic, a drift), in numbers",
        },
    ),
    "hubs": (
        "How much the network leans on an airfield, by one measure, in one period.",
        {
            "period": "whole, or before or after an event or the day on which a hub was lost",
            "measure": "through-flow (journeys that lead on), transit ratio, dependence or betweenness",
            "value": ("the measure", "journeys, or 0 to 1"),
            "low": (_LOW, "as the value"),
            "high": (_HIGH, "as the value"),
            "rank": "place among all airfields by this measure",
        },
    ),
    "substitutions": (
        "Who took over what had flowed through a hub that was lost.",
        {
            "lost_hub": "ident of the airfield that was lost",
            "date": "when it was lost",
            "substitute": "ident of the airfield that took over; empty: none was found",
            "share": "of the lost traffic, what it took over",
            "low": (_LOW, _SHARE),
            "high": (_HIGH, _SHARE),
            "residual": ("of the lost traffic, what no airfield took over", _SHARE),
            "placebo_rank": (
                "of hubs and dates without a loss (this one counted), those with as large a gain",
                _SHARE,
            ),
        },
    ),
    "rotations": (
        "Whether an itinerary since an event fits the earlier ones, or all of them together do.",
        {
            "itinerary_id": "the itinerary; empty: all since the event, together",
            "event": "the event of the case that divides earlier from since then",
            "motif": "its airfields in order",
            "fits": "yes, no or cannot-tell",
            "p_value": ("how often the earlier pattern alone makes something as odd", _SHARE),
            "power": ("probability that a strong change would have shown", _SHARE),
            "reasons": "why, with the numbers",
        },
    ),
    "stopovers": (
        "An airfield that could carry a demand of the case, with its score; physics and rules, not tracks.",
        {
            "stopover": _STOP,
            "payload_t": "load asked for",
            "scenario": _SCENARIO,
            "payload_max_t": "greatest load that arrives, middle of range and wind",
            "payload_low_t": "low end of its 90 % band",
            "payload_high_t": "high end of its 90 % band",
            "feasible_probability": "probability that the load asked for arrives",
            "range_margin_km": "range left over on the tighter leg",
            "detour": ("length of the way over that of the direct one", "ratio"),
            "runway": "whether the runway will do: yes, no, unknown",
            "access": "whether it is open to this operator: open, own, unknown, doubtful, closed",
            "used_before": (
                "flights of the fleet with a named end there, before the day asked about",
                "count",
            ),
            "score": ("all of these together; for the order of the list only", _SHARE),
        },
    ),
    "stopover_curve": (
        "The probability that a load arrives, for each way to go.",
        {"stopover": _STOP, "scenario": _SCENARIO, "payload_t": "load", "probability": "that it arrives"},
    ),
    "stopover_map": (
        "A shape of the stopover map.",
        {
            "payload_t": "load asked for",
            "scenario": _SCENARIO,
            "feature": "reach (no stop), through (one stop), their payloads, closed, way, end, airfield",
            "ident": "ident of the airfield",
            "name": "name of the airfield or closed area",
            "level": ("probability that bounds the area, or load of the line", "0 to 1, or t"),
            "rank": "place in the list of stopovers",
            "probability": "that the load asked for arrives through it",
            "payload_max_t": "greatest load that arrives through it",
            "used_before": ("flights of the fleet there before", "count"),
            "wkt": "the shape as text (WKT), longitude first, in degrees",
        },
    ),
    "nonstop_checks": (
        "Whether a flight without a stop lies within the range of its type, read most generously.",
        {
            "variant": "variant of the type that reaches farthest",
            "distance_km": "great circle between its two airfields",
            "range_km": "range of the empty variant, in the middle of what is known",
            "range_high_km": "range of the empty variant at the very most",
            "payload_max_t": "greatest load over that distance",
            "verdict": "feasible, violation (a fault of the data or of the model) or cannot tell",
            "reason": "why the verdict is so",
        },
    ),
    "observations": (
        "Evidence that is not a flight, as others reported it.",
        {
            "observation_id": "the entry",
            "date": "day of what was observed",
            "site": "ident of the airfield, or id of the site",
            "kind": "report, video, image, satellite, visit, port-call or statement",
            "source": "where it was published",
            "says": "what it says, in short",
            "grade": "Admiralty code: source A (reliable) to F, item 1 (confirmed) to 6",
            "sha256": "SHA-256 of an archived copy; empty: nothing was archived",
            "supports": "flights that stand beside it; beside is not proved by",
            "contradicts": "stays that put the aircraft somewhere else at that time",
        },
    ),
    "claims": (
        "One sentence with its number, the query that counts it and the rows behind it.",
        {
            "claim_id": "the claim",
            "question": "the question of the case that it answers",
            "sentence": "the claim",
            "value": ("its number", "as in column unit"),
            "low": (_LOW, "as in column unit"),
            "high": (_HIGH, "as in column unit"),
            "unit": "unit of the number; dates are days since 1970-01-01",
            "probability": "how probable the sentence is, where that can be said",
            "likelihood": "the same in a fixed word (ICD 203: likely is 55 to 80 %)",
            "confidence": "how good the evidence is, with the reason: low, moderate, high",
            "row_ids": "the rows that were counted",
            "query": "how the number is counted; waystation verify counts it again",
            "assumptions": "what is taken for granted",
            "would_change": "what would change it",
        },
    ),
    "coverage": (
        "How well aircraft are heard in a cell of the map, by height and hour, measured from all traffic.",
        {
            "cell": "H3 cell of level 4, about 45 km across",
            "altitude_band": _BAND,
            "hour_utc": "start of three hours of the day",
            "looks": ("crossings by aircraft that were heard before and after", "count"),
            "seen": ("of these, crossings that were heard in the cell", "count"),
            "low": ("low end of the 90 % interval of the chance to be heard", _SHARE),
            "high": ("high end of that interval", _SHARE),
            "bodies": ("different aircraft heard there", "count"),
            "ends": ("aircraft that appear or vanish there in the air", "count"),
        },
    ),
    "coverage_weeks": (
        "How well aircraft are heard in a large cell of the map, by height and week.",
        {
            "cell": "H3 cell of level 3, about 120 km across",
            "altitude_band": _BAND,
            "week_utc": "Monday of the week",
            "looks": ("crossings by aircraft that were heard before and after", "count"),
            "seen": ("of these, crossings that were heard in the cell", "count"),
            "low": ("low end of the 90 % interval of the chance to be heard", _SHARE),
            "high": ("high end of that interval", _SHARE),
            "bodies": ("different aircraft heard there", "count"),
            "after_silence": ("crossings by aircraft that had just crossed a cell unheard", "count"),
            "after_silence_seen": ("of these, crossings that were heard", "count"),
        },
    ),
    "archive_days": (
        "What the archive holds of a day, and what it lacks.",
        {
            "day_utc": "the day",
            "files": ("files of the day", "count"),
            "bytes": "their size",
            "folders_found": ("folders of traces that are there", "count"),
            "folders_expected": ("folders that a whole day has; empty where that cannot be said", "count"),
            "first_utc": "first position of the day",
            "last_utc": "last position of the day",
            "hours": "hours of the day that are covered",
            "lag_h": "from the end of the day until the server wrote the last of its files",
            "share_present": ("how much of the day is there; empty: cannot tell", _SHARE),
            "reason": "what is missing",
        },
    ),
    "exposures": (
        "For how many days of a window a flight of the subject could have been heard.",
        {
            "subject": _SUBJECT,
            "from_utc": "first moment of the window",
            "to_utc": "first moment after the window",
            "days": "calendar days of the window",
            "exposure_days": "days on which such a flight would have been heard; empty: cannot tell",
            "low": (_LOW, "days"),
            "high": (_HIGH, "days"),
            "reason": "why it cannot be told",
        },
    ),
    "visits": (
        "A time on the ground, at one possible airfield. The rows of one visit add up to 1 at most.",
        {
            "visit_id": "the visit",
            "probability": "how probable this airfield is",
            "arrival_flight": "the flight that came; empty: not seen",
            "departure_flight": "the flight that left; empty: not seen",
        },
    ),
    "triples": (
        "Two flights of one aircraft that follow each other: from, through, to.",
        {
            "triple_id": "the pair of flights",
            "from_flight": "the flight in",
            "to_flight": "the flight out",
            "probability": "how sure the three airfields are together",
        },
    ),
    "relays": (
        "A flight in and one out by different aircraft; an inference, for tracks show no cargo.",
        {
            "relay_id": "the pair of flights",
            "from_flight": "the flight in",
            "to_flight": "the flight out",
            "from_icao24": "address of the aircraft that came",
            "to_icao24": "address of the aircraft that left",
            "hours": "between the landing of one and the takeoff of the other",
            "probability": "how sure the ends of the two flights are together",
        },
    ),
    "relay_counts": (
        "How many relays a route has through an airfield, beside what chance makes.",
        {
            "period": "whole, or before or after the event",
            "n_arrivals": "flights in from the origin",
            "n_departures": "flights out to the destination",
            "n_pairs": "pairs half an hour to 48 hours apart",
            "n_expected": ("pairs, each by its probability", "pairs"),
            "by_chance": ("pairs after moving the flights in to other days, mean", "pairs"),
            "by_chance_high": ("the largest of these counts, but for one in twenty", "pairs"),
            "p_value": ("how often chance makes as many; 0.05 is once in twenty", _SHARE),
            "reason": "how chance was tried, or why it could not be",
        },
    ),
    "comparisons": (
        "Before and after a date that was given: whether they differ, not when.",
        {
            "subject": _SUBJECT,
            "kind": "share (of visits, departures or stopovers) or rate (flights a day)",
            "event": "the event of the case, or the date asked about",
            "event_utc": "date that divides before from after",
            "n_before": "the subject’s own visits, departures or flights before, expected",
            "n_after": "the same after",
            "before": ("level before; empty: cannot tell", _AS_BEFORE),
            "after": ("level after; empty: cannot tell", _AS_BEFORE),
            "difference": ("after minus before", _AS_BEFORE),
            "low": (_LOW, _AS_BEFORE),
            "high": (_HIGH, _AS_BEFORE),
            "placebo_rank": (
                "place of this date among random ones, by size of the difference",
                "1 is the first",
            ),
            "n_placebos": "random dates that it was compared with",
            "controls": "what the search for a change at any date found, and did not report, in numbers",
        },
    ),
    "trends": (
        "Whether a country’s share of the departures rises or falls, week by week.",
        {
            "subject": "group or airfield, and country (Syria>LY)",
            "from_utc": "first week",
            "to_utc": "end of the last week",
            "n_expected": ("departures, each by its probability", "flights"),
            "first_share": "fitted share at the beginning",
            "last_share": "fitted share at the end",
            "odds_ratio_per_week": (
                "odds of going there, each week over the week before; 1.08: 8 % higher every week",
                "ratio",
            ),
            "low": (_LOW, "ratio"),
            "high": (_HIGH, "ratio"),
            "probability_rising": ("that the share rises", _SHARE),
        },
    ),
    "published": (
        "A count that others published, beside what the tracks say in the same unit.",
        {
            "published_id": "the published count",
            "actor": "whose flights it speaks of",
            "origin": "from where: airfield, group or country; empty: anywhere",
            "destination": "to where; empty: anywhere",
            "aircraft": "types that it speaks of; empty: all",
            "from_utc": "first moment of the time that it speaks of",
            "to_utc": "first moment after it",
            "count": ("the published number", "as in column unit"),
            "qualifier": "exactly, at least, more than …, as published",
            "unit": "flights, flights a day, landings, aircraft or round trips",
            "source": "where it was published",
            "says": "the words of the report, in short",
            "tracks_value": ("what the tracks say, named ends counted", "as in column unit"),
            "tracks_low": (
                "low end, if every unseen end is as its probabilities say (90 %)",
                "as in column unit",
            ),
            "tracks_high": ("high end of that", "as in column unit"),
            "comparable": "whether the two may stand beside each other",
            "reason": "why not, or what to bear in mind",
            "query": "how the tracks’ number is counted",
        },
    ),
}
