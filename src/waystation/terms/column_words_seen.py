"""Words for the tables of what was read and seen: what a row is, then each column that needs its own words.

A text, or a text with its unit where the name of the column does not tell the unit (``column_words``).
"""

from __future__ import annotations

from typing import Final

__all__ = ["SEEN_WORDS", "TableWords"]

TableWords = tuple[str, dict[str, str | tuple[str, str]]]

_ENDING: Final = (
    "seen (on the ground there), approach (low, lined up), inferred (the likeliest of several), "
    "outside (left the region), unknown"
)
_SILENCE: Final = "coverage (nobody could hear), dark (others were heard there), interference, or unknown"

SEEN_WORDS: Final[dict[str, TableWords]] = {
    "positions": (
        "One report of where an address was, as it was received.",
        {
            "time_utc": "when the position was received",
            "lat": "latitude",
            "lon": "longitude",
            "altitude_ft": "height by air pressure (standard atmosphere); empty on the ground",
            "geometric_altitude_ft": "height by satellite navigation, above the ellipsoid",
            "on_ground": "the aircraft said that it was on the ground",
            "ground_speed_kt": "speed over the ground",
            "track_angle_deg": "direction of motion, clockwise from true north",
            "vertical_rate_fpm": "climb; below zero: descent",
            "callsign": "what the crew had entered as the name of the flight",
            "squawk": "transponder code given by air traffic control, four octal digits",
            "nic": ("how well the aircraft trusts its own position; 0: not at all", "0 to 11"),
            "nac_p": ("how exact the aircraft says its position is; 0: unknown", "0 to 11"),
            "heard_by": "adsb, adsr, tisb, adsc, mlat, mode_s or other; with _other: not an ICAO address",
            "flags": (
                "the source’s own marks, not trusted (readsb: 1 stale, 2 new leg)",
                "sum of marks",
            ),
        },
    ),
    "identities": (
        "What one file says an address is.",
        {"flags": ("the source’s own marks (readsb’s database: 1 military)", "sum of marks")},
    ),
    "masks": (
        "A position that was kept but not used, and why.",
        {
            "time_utc": "when the position was received",
            "mask": "why not: duplicate, lower-source, teleport, frozen, spoof, jam, no-place, altitude",
            "reason": "the measurement behind it",
        },
    ),
    "sources": (
        "A file that was read: where it is, what it holds, its hash.",
        {
            "uri": "where the file is; a member of an archive stands behind its name",
            "sha256": "SHA-256 of its bytes: proves that the file is still the one that was read",
            "bytes": "size",
            "format": "format, recognised from the content",
            "n_positions": "positions read from it",
            "n_rejected": "records that could not be read (table rejected)",
            "ingested_utc": "when it was read",
            "selection": "which part of it was kept, where not all was",
            "licence": "licence, where the source names one",
            "attribution": "whom its licence asks to be named",
            "published_utc": "when the server wrote the file",
        },
    ),
    "rejected": (
        "A record, or a value of it, that could not be used, as it stood in the file.",
        {"reason": "what is wrong with it", "raw": "the record as it was written"},
    ),
    "aircraft": (
        "What an address stood for, from when to when, and what speaks against it.",
        {
            "military": "yes if any source says so; empty if none says anything",
            "heard_as": "how the address was heard (adsb, mlat …)",
            "doubt": "what speaks against this identity",
        },
    ),
    "flights": (
        "One takeoff and the next landing of one aircraft.",
        {
            "callsigns": "callsigns used on the way",
            "origin_ending": f"how the origin is known: {_ENDING}",
            "origin_probability": "how sure the origin is",
            "takeoff_utc": "wheels off; empty where only an interval is known (table ends)",
            "destination_ending": f"how the destination is known: {_ENDING}",
            "destination_probability": "how sure the destination is",
            "landing_utc": "wheels on; empty where only an interval is known (table ends)",
            "first_seen_utc": "first position; the flight counts for the day of it",
            "last_seen_utc": "last position",
            "n_positions": "positions used",
            "longest_gap_s": "longest silence on the way",
            "distance_km": "length of the way through its positions in the air",
            "interference": "positions on the way were jammed or false",
        },
    ),
    "flight_networks": (
        "What one network of receivers heard of one flight; only where several networks are there.",
        {
            "n_positions": "positions that it heard",
            "n_minutes": "minutes in which it heard the flight",
            "n_minutes_alone": "minutes in which no other network did",
            "share_of_minutes": (
                "of the minutes in which anyone heard the flight, those in which it did",
                "0 to 1",
            ),
            "n_disagreements": "instants at which another network has the address more than 5 km away",
        },
    ),
    "network_silences": (
        "A silence of one network, over 15 minutes long, inside a flight that several heard.",
        {
            "silence_s": "length of the silence",
            "filled_by": "the network that heard the aircraft meanwhile; empty: none did",
            "n_positions": "positions of that other network in it",
            "label": _SILENCE,
            "reason": "why it has that label",
        },
    ),
    "ends": (
        "One end of a flight: where and when it began or ended, and how that is known. Two rows a flight.",
        {
            "end": "origin or destination",
            "ending": f"how it is known: {_ENDING}",
            "probability": "how sure the airfield is",
            "earliest_utc": "earliest moment at which the wheels can have left or met the ground",
            "latest_utc": "latest moment of that",
            "lat": "latitude of the first or last position",
            "lon": "longitude of the first or last position",
            "altitude_ft": "height of the first or last position, by air pressure",
            "reason": "why this airfield, or none; the page of a flight has it in plain words",
        },
    ),
    "candidates": (
        "An airfield that an unseen end of a flight may have been. The rows of one end add up to 1.",
        {
            "end": "origin or destination",
            "rank": "place in the list, likeliest first",
            "airfield": "ident of the airfield; OTHER: all that are not listed",
            "evidence_only_probability": "the same without habits (where it and others like it went before)",
            "probability": "how probable this airfield is",
            "in_set_90": "belongs to the likeliest airfields that together hold 90 %",
            "reasons": "what spoke for and against it, in the model’s own terms",
        },
    ),
    "gaps": (
        "A silence of an aircraft. It has no motive.",
        {
            "gap_id": "the silence",
            "flight_id": "the flight that it lies in; empty between two flights",
            "from_utc": "last position before it",
            "to_utc": "first position after it",
            "silence_s": "length of the silence",
            "from_lat": "latitude where it begins",
            "from_lon": "longitude where it begins",
            "to_lat": "latitude where it ends",
            "to_lon": "longitude where it ends",
            "implied_speed_kt": "distance between the two positions by the time between them",
            "label": _SILENCE,
            "reason": "why it has that label",
        },
    ),
}
