"""Evidence as plain words for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waystation.evidence.why import EndEvidence, FlightEvidence

__all__ = ["tell_claim", "tell_flight"]

_WHEELS = {"origin": "took off", "destination": "landed"}


def tell_flight(e: FlightEvidence) -> str:
    """The evidence of one flight in paragraphs: what it was, each end, silences, doubts, files."""
    return "\n".join(_flight_lines(e)) + "\n"


def tell_claim(claim: Mapping[str, Any], shown: int = 20) -> str:
    """One claim: its sentence, number, query, assumptions, and the rows behind it (the first ``shown``)."""
    low, high = claim["low"], claim["high"]
    shown_as = _day if claim["unit"] == "date" else "{:.4g}".format
    span = "" if low is None else f" (90 % interval {shown_as(low)} to {shown_as(high)})"
    number = _day(claim["value"]) if claim["unit"] == "date" else f"{claim['value']:g} {claim['unit']}"
    lines = [
        f"Claim {claim['claim_id']}" + ("  SIMULATED DATA" if claim["simulated"] else ""),
        f"  {claim['sentence']}",
        f"  number:      {number}{span}",
    ]
    if claim["likelihood"]:
        lines.append(f"  likelihood:  {claim['likelihood']} (probability {claim['probability']:.3f})")
    lines += [
        f"  confidence:  {claim['confidence']}",
        f"  counted by:  {claim['query']}",
        f"  assumes:     {claim['assumptions']}",
        f"  would change it: {claim['would_change']}",
        f"  rows: {len(claim['row_ids'])}",
        *(f"    {row}" for row in claim["row_ids"][:shown]),
    ]
    if len(claim["row_ids"]) > shown:
        lines.append(f"    and {len(claim['row_ids']) - shown} more (waystation show claims --json)")
    return "\n".join(lines) + "\n"


def _day(days: float) -> str:
    """Days since 1970 → ``2024-12-13``."""
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days):%Y-%m-%d}"


def _flight_lines(e: FlightEvidence) -> Iterator[str]:
    f = e.flight
    who = " ".join(x for x in (f["registration"], f["type"], f["operator"]) if x) or "aircraft unknown"
    yield f"Flight {f['flight_id']}"
    yield f"  {who}, address {f['icao24']}, callsign {f['callsigns'] or 'none heard'}"
    span = f"{_time(f['first_seen_utc'])} to {_time(f['last_seen_utc'])}"
    yield f"  heard {span} in {f['n_positions']} positions"
    for n in e.networks:
        yield f"  {_network(n)}"
    for end in e.ends:
        yield ""
        yield from _end_lines(end)
    yield ""
    yield from _silence_lines(e)
    for o in e.overrides:
        act = "left out" if o.get("exclude") else f"{o.get('end')} is {o.get('airfield')}"
        state = f"overruled: {o['overruled']}" if o.get("acted") else "did not act"
        yield f"Decision of {o.get('by')}, {o.get('date')}: {act}; {o.get('reason')} ({state})"
    for a in e.aircraft:
        if a.get("doubt"):
            yield f"Doubt on the identity: {a['doubt']}"
    yield f"Counted in: {', '.join(e.claims) or 'no claim'}"
    yield f"Files ({len(e.sources)}):"
    for s in e.sources:
        yield f"  {s['source_id']}  {s['uri']}"
        yield f"    SHA-256 {s['sha256']}"


def _network(n: Mapping[str, Any]) -> str:
    odd = n["n_disagreements"]
    at_odds = f"; {odd} positions at odds with another network's" if odd else ""
    share = f"{n['share_of_minutes']:.0%} of the minutes, {n['n_minutes_alone']} alone"
    return f"{n['network']} heard {share}{at_odds}"


def _end_lines(end: EndEvidence) -> Iterator[str]:
    row = end.row
    if not row:
        yield f"{end.end.capitalize()}: no row in the table of ends"
        return
    sure = "" if row["probability"] is None else f", probability {row['probability']:.3f}"
    yield f"{end.end.capitalize()}: {row['airfield'] or 'not named'} ({row['ending']}{sure})"
    yield f"  because: {row['reason']}"
    yield f"  {_WHEELS[end.end]}: {_between(row['earliest_utc'], row['latest_utc'])}"
    if row["ending"] != "seen":
        for c in end.candidates:
            share = "" if c["probability"] is None else f"{c['probability']:.3f}"
            yield f"  candidate {c['rank']:>2}  {c['airfield']:<8} {share:<6} {c['reasons'] or ''}".rstrip()
    yield f"  the {'first' if end.end == 'origin' else 'last'} positions used:"
    for p in end.positions:
        yield f"    {_position(p)}"


def _position(p: Mapping[str, Any]) -> str:
    height = "on the ground" if p.get("on_ground") else "height unknown"
    if not p.get("on_ground") and p.get("altitude_ft") is not None:
        height = f"{p['altitude_ft']:,} ft"
    speed = p.get("ground_speed_kt")
    moving = "" if speed is None else f", {speed:.0f} kt"
    place = f"{p['lat']:.4f} {p['lon']:.4f}"
    moment = _time(p["time_utc"], seconds=True)
    return f"{moment}  {place}  {height}{moving}  ({p['source_id']} record {p['record']})"


def _silence_lines(e: FlightEvidence) -> Iterator[str]:
    if not e.gaps:
        yield f"Silences: none long enough for a row; the longest {e.flight['longest_gap_s'] or 0:.0f} s"
    for g in e.gaps:
        why = f" ({g['reason']})" if g["reason"] else ""
        label = g["label"] or "not labelled"
        yield f"Silence of {g['silence_s'] / 60:.0f} min from {_time(g['from_utc'])}: {label}{why}"
    for s in e.silences:
        lasted = f"{s['silence_s'] / 60:.0f} min from {_time(s['from_utc'])}"
        yield f"{s['network']} heard nothing for {lasted}: {s['label'] or 'not labelled'} ({s['reason']})"
    for kind, n in sorted(e.n_masked.items()):
        yield f"Not used: {n} positions inside the flight are masked as {kind}"


def _between(earliest: datetime | None, latest: datetime | None) -> str:
    if earliest is None and latest is None:
        return "not known when"
    if earliest == latest:
        return f"{_time(earliest, seconds=True)}"
    return f"between {_time(earliest, seconds=True)} and {_time(latest, seconds=True)}"


def _time(t: datetime | None, *, seconds: bool = False) -> str:
    if t is None:
        return "an unknown time"
    return t.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC" if seconds else "%Y-%m-%d %H:%M UTC")
