"""What the page says besides claims: endings, abstentions, silences, routes, doubts, sources."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation.briefing.kinds_said import kind_said
from waystation.briefing.maps import RouteLine
from waystation.briefing.wording import counted, duration_text, number_text
from waystation.terms.claim_query import answer, quoted
from waystation.terms.endings import ENDINGS
from waystation.terms.simulated import NETWORK
from waystation.world.networks import attribution, network_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waystation.briefing.places import Places
    from waystation.briefing.rows_behind import RowLists

__all__ = [
    "abstentions",
    "attributions",
    "doubts",
    "endings",
    "mask_counts",
    "route_lines",
    "route_table",
    "silences",
    "source_line",
    "visits",
]

MEANING = {
    "seen": "On the ground inside the airfield, for long enough not to be one wrong bit.",
    "approach": "Low near the airfield and lined up with it, climbing out or descending; "
    "the wheels were not seen.",
    "inferred": "Not seen: airfields are ranked with probabilities, and the first of them is named.",
    "outside": "The track leaves the region that the sources cover. No airfield is named.",
    "unknown": "The track starts or stops in the air and nothing says where it came from or went. "
    "No airfield is named.",
    "listed": "As a list of flights says, from elsewhere; no track was read.",
}
MAX_REASONS = 12
_VALUE = re.compile(r"[−-]?(?:[A-Z]{2}-\d+|\w*\d[\w.,:]*\w|\d)|\b[A-Z]{3,4}\b")


def endings(tables: Mapping[str, pa.Table], lists: RowLists) -> list[dict[str, Any]]:
    """How many ends are known in which way, each with its rows."""
    out = []
    for word in ENDINGS:
        query = f"count of ends where ending = {quoted(word)}"
        found = answer(query, tables)
        if word == "listed" and not found.value:
            continue  # a case without flight lists need not hear of them
        anchor = lists.add(f"Ends that are “{word}”", query, found.row_ids)
        out.append({"word": word, "n": int(found.value), "anchor": anchor, "meaning": MEANING[word]})
    return out


def abstentions(tables: Mapping[str, pa.Table], lists: RowLists) -> list[dict[str, Any]]:
    """Reasons of the ends that are not named, most frequent first; numbers in them are set aside."""
    rows = tables["ends"].filter(pc.is_null(tables["ends"].column("airfield")))
    kinds: dict[str, list[str]] = {}
    for end in rows.select(["flight_id", "end", "reason"]).to_pylist():
        reason = end["reason"] or "no reason is recorded"
        kind = _kind(reason)
        kinds.setdefault(kind, []).append(f"{end['flight_id']}/{end['end']}")
    ordered = sorted(kinds.items(), key=lambda k: (-len(k[1]), k[0]))
    query = "ends where airfield is null, by reason"
    out = [
        {
            "text": kind,
            "n": len(ids),
            "anchor": lists.add(f"Unnamed ends: {kind}", query, ids),
        }
        for kind, ids in ordered[:MAX_REASONS]
    ]
    rest = [i for _, ids in ordered[MAX_REASONS:] for i in ids]
    if rest:
        anchor = lists.add("Unnamed ends: other reasons", query, rest)
        out.append({"text": "other reasons", "n": len(rest), "anchor": anchor})
    return out


def _kind(reason: str) -> str:
    """The reason without measured values and idents, in words, so that alike reasons meet."""
    return kind_said(re.sub(r"…(?: …)+", "…", _VALUE.sub("…", reason)))


def silences(tables: Mapping[str, pa.Table], lists: RowLists) -> dict[str, Any]:
    """Gaps by label, and the longest of them."""
    gaps = tables.get("gaps")
    if gaps is None or gaps.num_rows == 0:
        return {"n": 0, "labels": [], "longest": None}
    inside = gaps.filter(pc.is_valid(gaps.column("flight_id")))
    labels = []
    for label, n in sorted(Counter(inside.column("label").to_pylist()).items(), key=lambda c: -c[1]):
        rows = inside.filter(pc.equal(inside.column("label"), label)) if label else inside
        ids = sorted(set(rows.column("flight_id").to_pylist()))
        query = f"count of gaps where flight_id is not null and label = {quoted(label or '')}"
        labels.append(
            {
                "label": label or "not labelled",
                "n": n,
                "anchor": lists.add(f"Flights with a silence: {label}", query, ids),
            }
        )
    longest = pc.max(inside.column("silence_s")).as_py()
    return {"n": inside.num_rows, "labels": labels, "longest": duration_text(longest) if longest else None}


def mask_counts(tables: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    """Positions kept but not used, by reason. Not linked to flights: a masked position may belong to none."""
    masks = tables.get("masks")
    if masks is None or masks.num_rows == 0:
        return []
    kinds = Counter(
        zip(
            masks.column("mask").to_pylist(),
            map(_kind, masks.column("reason").fill_null("").to_pylist()),
            strict=True,
        )
    )
    return [{"mask": m, "reason": r, "n": number_text(n)} for (m, r), n in kinds.most_common(MAX_REASONS)]


def doubts(tables: Mapping[str, pa.Table], lists: RowLists) -> list[dict[str, Any]]:
    """Addresses of this briefing whose identity something speaks against."""
    aircraft = tables.get("aircraft")
    if aircraft is None:
        return []
    flown = set(tables["flights"].column("icao24").to_pylist())
    out = []
    for a in aircraft.to_pylist():
        if not a["doubt"] or a["icao24"] not in flown:
            continue
        query = f"count of flights where icao24 = {quoted(a['icao24'])}"
        found = answer(query, tables)
        anchor = lists.add(f"Flights of {a['icao24']}", query, found.row_ids)
        out.append({**a, "n": int(found.value), "anchor": anchor})
    return out


def route_table(tables: Mapping[str, pa.Table], lists: RowLists) -> list[dict[str, Any]]:
    """Routes over all types with their rows, most flown first."""
    routes = tables.get("routes")
    if routes is None:
        return []
    by_pair: dict[tuple[str, str], list[str]] = {}
    flights = tables["flights"]
    columns = (flights.column(c).to_pylist() for c in ("origin", "destination", "flight_id"))
    for origin, destination, flight_id in zip(*columns, strict=True):
        by_pair.setdefault((origin, destination), []).append(flight_id)
    out = []
    for r in routes.to_pylist():
        ids = by_pair.get((r["origin"], r["destination"]), [])
        if r["type"] is None and ids:
            query = (
                f"count of flights where origin = {quoted(r['origin'])} "
                f"and destination = {quoted(r['destination'])}"
            )
            anchor = lists.add(f"{r['origin']} → {r['destination']}", query, ids)
            out.append({**r, "anchor": anchor})
    return out


def route_lines(rows: list[dict[str, Any]]) -> list[RouteLine]:
    """The same for the map."""
    return [RouteLine(r["origin"], r["destination"], r["n_flights"], r["anchor"]) for r in rows]


def attributions(tables: Mapping[str, pa.Table]) -> list[str]:
    """Whom the positions are from, as far as the sources say; the terms are theirs."""
    sources = tables.get("sources")
    counts = Counter(sources.column("network").to_pylist()) if sources is not None else Counter()
    return [
        f"Positions in {counted(n, 'file')}: {network}. {_terms(network)}"
        if network
        else f"Positions in {counted(n, 'file')}: the network is not recorded. See each source for its terms."
        for network, n in sorted(counts.items(), key=lambda c: (-c[1], c[0] or ""))
    ]


def source_line(tables: Mapping[str, pa.Table], title: str, manifest: Mapping[str, Any]) -> str:
    """What stands under a figure that leaves the page: who heard it, until when, and what made it."""
    sources = tables.get("sources")
    names = sorted({n for n in sources.column("network").to_pylist() if n}) if sources is not None else []
    times = [t for t in sources.column("last_utc").to_pylist() if t] if sources is not None else []
    until = f", data to {max(times):%Y-%m-%d}" if times else ""
    version = manifest.get("versions", {}).get("waystation", "")
    return (
        f"Source: {', '.join(names[:4]) or 'files of the case'}{until}. {title}. Times are UTC. "
        f"Made with Waystation {version}".rstrip()
        + "."
    )


def _terms(network: str) -> str:
    if network == NETWORK:
        return "Made up from a scenario; nobody heard them."
    return attribution(network) if network_of(network) else "Its terms apply to what is published."


def visits(
    tables: Mapping[str, pa.Table], lists: RowLists, places: Places
) -> dict[str, tuple[int, str | None]]:
    """Airfield → (takeoffs and landings named there, anchor of their rows)."""
    ends: dict[str, list[str]] = {}
    named = tables["ends"].filter(pc.is_valid(tables["ends"].column("airfield")))
    for e in named.select(["flight_id", "end", "airfield"]).to_pylist():
        ends.setdefault(e["airfield"], []).append(f"{e['flight_id']}/{e['end']}")
    return {
        ident: (
            len(ids),
            lists.add(
                f"Takeoffs and landings at {places.name(ident)}",
                f"count of ends where airfield = {quoted(ident)}",
                ids,
            ),
        )
        for ident, ids in sorted(ends.items(), key=lambda i: (-len(i[1]), i[0]))
    }
