"""Each question with its claims, its figures, its tables, and what it leaves open."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from waystation.briefing import page_figures as figures
from waystation.briefing.asked import Asked, event_of, midnight, rows_of
from waystation.briefing.charts_shares import Share, shares_chart
from waystation.briefing.claims_outflow import outflow_sites, to_country, trends_of
from waystation.briefing.claims_published import NO_EVIDENCE
from waystation.briefing.claims_relay import relay_rows
from waystation.briefing.claims_rotation import motifs
from waystation.briefing.claims_via import UNSEEN, sides, vias
from waystation.briefing.hub_rows import hub_sites, substitutes
from waystation.briefing.maps import RouteLine, draw_map
from waystation.briefing.page_figures import NARROW, WIDE, Figure
from waystation.briefing.page_rates import HEADED, asked_text, measure_of, rate_lines, together, type_of
from waystation.briefing.page_stopovers import is_payload, stopover_table
from waystation.briefing.page_tables import HUB_MEASURES, published_table
from waystation.briefing.page_weeks import hub_figure, outflow_figure
from waystation.briefing.stopover_figures import stopover_figures
from waystation.terms.claim_query import quoted, when
from waystation.terms.posteriors import share_interval
from waystation.world.basemap import load_basemap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from waystation.briefing.claims import Claimed
    from waystation.briefing.places import Places
    from waystation.briefing.rows_behind import RowLists
    from waystation.terms.case_view import CaseView, Question

__all__ = ["answers", "grounds"]

Row = dict[str, Any]
Claim = Mapping[str, Any]
LEADS: Final = {"via": 4}  # claims in large letters at the head of an answer; three where nothing is said
MAX_HUBS: Final = 6
_ORDER: Final = {"through-flow": 0, "transit ratio": 1, "dependence": 2, "betweenness": 3}


def answers(
    claimed: Claimed,
    stated: Sequence[Mapping[str, Any]],
    tables: Mapping[str, pa.Table],
    case: CaseView,
    places: Places,
    lists: RowLists,
) -> list[dict[str, Any]]:
    """One entry a question, in the order of the case; ``stated`` are the claims as the page shows them."""
    by_id = {c["claim_id"]: c for c in stated}
    once: set[str] = set()
    out = []
    for group in together(case.questions):
        first = group[0]
        asked = Asked(first, tables, case, places)
        ids = dict.fromkeys(i for q in group for i in claimed.asked.get(q.id, ()))
        claims = [by_id[i] for i in ids if i in by_id and i not in once]
        once |= {c["claim_id"] for c in claims}
        notes = [n.text for q in group for n in claimed.notes if n.question_id == q.id]
        out.append(
            {
                "id": first.id,
                "others": [q.id for q in group[1:]],
                "kind": first.kind,
                "text": asked_text(group, places, case),
                **_in_order(first, claims),
                "grounds": grounds(claims),
                "notes": list(dict.fromkeys(notes)),
                "figures": _figures(asked, lists) if claims else [],
                "map": _change_map(asked, lists) if first.kind == "hub-shift" and claims else None,
                **_tables([replace(asked, q=q) for q in group], claims),
            }
        )
    return out


OWN_GROUNDS: Final = (
    "Levels, ranks and what else was tried for single claims stand with each of them in the page on a "
    "screen, and in claims.csv."
)
_OF_ONE: Final = (
    "Share of ",
    "Flights a day: ",
    "What else was tried: ",
    "What the search for a date found: ",
    "Beside ",
)
_DIGITS: Final = re.compile(r"[\d.,–-]+")
_SENTENCE: Final = re.compile(r"(?<=[.?!]) (?=[A-Z])")


def grounds(claims: Sequence[Claim]) -> dict[str, Any]:
    """What claims rest on, each sentence said once: on paper it stands under the answer, for all of them."""
    sure = Counter(f"{c['level']}: {c['why']}" for c in claims)
    said = dict.fromkeys(t for c in claims for t in _SENTENCE.split(c["assumptions"]))
    alike = Counter(_DIGITS.sub("", t) for t in said)
    common = [t for t in said if alike[_DIGITS.sub("", t)] == 1 and not t.startswith(_OF_ONE)]
    own = [] if len(common) == len(said) else [OWN_GROUNDS]
    several = len(sure) > 1
    return {
        "confidence": [
            f"{text} ({n} of {len(claims)} claims)" if several else text for text, n in sure.items()
        ],
        "assumptions": " ".join([*common, *own]),
    }


def _in_order(first: Question, claims: Sequence[Claim]) -> dict[str, Any]:
    """``headline``: the one to read; ``leads``: in large letters; then others; ``listed``: under a table."""
    if first.kind == "rate":
        mine = {measure_of(c): c for c in reversed(claims) if type_of(c) == first.type}
        leads = [mine[m] for m in HEADED if m in mine]
        rest = [c for c in claims if c not in leads]
        return {
            "headline": mine.get("corrected", mine.get("named")),
            "leads": leads,
            "claims": [c for c in rest if not measure_of(c)],
            "listed": [c for c in rest if measure_of(c)],
        }
    if first.kind == "stopover":
        lines = [c for c in claims if is_payload(c)]
        others = [c for c in claims if not is_payload(c)]
        return {
            "headline": next(iter(claims), None),
            "leads": [*lines[:1], *others[:1]],
            "claims": others[1:],
            "listed": lines[1:],
        }
    n = LEADS.get(first.kind, 3)
    dated = [c for c in claims if c["unit"] == "date"] if first.kind == "via" else []
    return {
        "headline": next(iter([*dated, *claims]), None),
        "leads": claims[:n],
        "claims": claims[n:],
        "listed": [],
    }


def _figures(asked: Asked, lists: RowLists) -> list[Figure]:
    made: list[Figure | None]
    match asked.q.kind:
        case "rate":
            made = [figures.question_figure(asked, lists)]
        case "hub-shift":
            made = [hub_figure(asked, lists)]
        case "outflow":
            made = [outflow_figure(asked, site, lists) for site in outflow_sites(asked)]
        case "via":
            made = [_via_figure(asked)]
        case "stopover":
            made = list(stopover_figures(asked))
        case _:
            made = []
    return [f for f in made if f is not None]


def _tables(group: Sequence[Asked], claims: Sequence[Claim]) -> dict[str, Any]:
    """Rows for the tables of each kind; empty for the kinds that have none."""
    asked = group[0]
    kind = asked.q.kind if claims else ""
    hub = kind == "hub-shift"
    return {
        "rates": rate_lines(group, claims) if kind == "rate" else [],
        "hubs": _hubs(asked) if hub else [],
        "substitutions": [r for s in hub_sites(asked) for r in substitutes(asked, s)] if hub else [],
        "countries": _countries(asked) if kind == "outflow" else [],
        "motifs": motifs(asked) if kind == "rotation" else [],
        "relays": relay_rows(asked) if kind == "via" else [],
        "stopovers": stopover_table(asked, claims) if kind == "stopover" else None,
        **published_table(asked),
        "no_evidence": NO_EVIDENCE if asked.case.simulated else "",
    }


def _hubs(asked: Asked) -> list[Row]:
    """Per measure the leading airfields, before and after the event; without one over the whole period."""
    event = event_of(asked)
    rows = rows_of(asked, "hubs")
    periods = [f"before {event.id}", f"after {event.id}"] if event else ["whole"]
    if not any(r["period"] in periods for r in rows):
        periods = ["whole"]
    out = []
    for measure in sorted({r["measure"] for r in rows}, key=lambda m: (_ORDER.get(m, 9), m)):
        sides = [
            {r["airfield"]: r for r in rows if (r["measure"], r["period"]) == (measure, p)} for p in periods
        ]
        rank = {
            a: min(side[a]["rank"] or 999 for side in sides if a in side)
            for a in {a for s in sides for a in s}
        }
        order = sorted(rank, key=lambda a: (rank[a], a))[:MAX_HUBS]
        lines = [{"airfield": a, "sides": [side.get(a) for side in sides]} for a in order]
        heads = ["Before", "After"] if len(periods) == 2 else ["Whole period"]
        said = HUB_MEASURES.get(measure, measure)
        out.append({"measure": measure, "said": said, "heads": heads, "rows": lines})
    return out


def _countries(asked: Asked) -> list[Row]:
    """Every destination country: before, after, difference, trend."""
    event = event_of(asked)
    out = []
    for site in outflow_sites(asked):
        compared = {
            r["subject"]: r
            for r in rows_of(asked, "comparisons")
            if event and r["event"] == event.id and r["kind"] == "share"
        }
        trends, whole = (trends_of(asked, site, since=since) for since in (True, False))
        names = [
            s for s in (*compared, *trends, *whole) if s.startswith(f"{site}>") and len(s) == len(site) + 3
        ]
        out += [
            {"site": site, "to": to_country(s), "c": compared.get(s), "t": trends.get(s), "w": whole.get(s)}
            for s in dict.fromkeys(names)
        ]
    return sorted(out, key=lambda r: (r["site"], -((r["c"] or {}).get("after") or 0.0), r["to"]))


def _via_figure(asked: Asked) -> Figure | None:
    both, found = sides(asked), vias(asked)
    if not both or not found:
        return None
    rows: list[tuple[str, list[Share | None]]] = [
        (
            "not seen" if v.name == UNSEEN else asked.places.short(v.name),
            [Share(p / w, *share_interval(min(p, w), w)) if w > 0 else None for p, w in v.parts],
        )
        for v in found
    ]
    names = [s.word for s in both]
    wide, narrow = (
        shares_chart(rows, names, w, label="Share of journeys by stopover") for w in (WIDE, NARROW)
    )
    text = (
        "Share of journeys that stopped there, with 90 % intervals; one journey may stop at "
        "several places, so that shares may add up to more than 100 %."
    )
    return Figure(wide, narrow, text)


def _change_map(asked: Asked, lists: RowLists) -> Markup | None:
    """Named routes before and after the event in two colours, as wide as their flights."""
    event = event_of(asked)
    flights = asked.table("flights")
    if event is None or not flights.num_rows:
        return None
    at = midnight(event.date)
    named = flights.filter(
        pc.and_(pc.is_valid(flights.column("origin")), pc.is_valid(flights.column("destination")))
    )
    pairs: dict[tuple[str, str, str], list[str]] = {}
    columns = (named.column(c).to_pylist() for c in ("origin", "destination", "first_seen_utc", "flight_id"))
    for origin, destination, seen, flight_id in zip(*columns, strict=True):
        pairs.setdefault((origin, destination, "before" if seen < at else "after"), []).append(flight_id)
    routes = [
        RouteLine(a, b, len(ids), _route_anchor(a, b, side, when(at), ids, lists), side)
        for (a, b, side), ids in sorted(pairs.items())
    ]
    touched = {i for a, b, _ in pairs for i in (a, b)} | {s.id for s in asked.case.sites}
    near = asked.places.only(touched)
    visits: dict[str, tuple[int, str | None]] = {
        i: (sum(len(v) for (a, b, _), v in pairs.items() if i in {a, b}), None) for i in sorted(touched)
    }
    return draw_map([], routes, visits, near, load_basemap(), anchors={}, key=f"change-{asked.q.id}")


def _route_anchor(a: str, b: str, side: str, at: str, ids: list[str], lists: RowLists) -> str | None:
    sign = "<" if side == "before" else ">="
    pair = f"origin = {quoted(a)} and destination = {quoted(b)}"
    query = f"count of flights where {pair} and first_seen_utc {sign} {at}"
    return lists.add(f"{a} → {b}, {side} the event", query, ids)
