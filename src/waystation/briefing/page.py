"""The page: everything the briefing says, as one self-contained HTML file.

Jinja escapes all text; the only markup that passes is what ``svg.py`` built. The page loads nothing: style
and script stand in it, and its content policy names them by hash and forbids the rest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from waystation.briefing import page_blind as blind
from waystation.briefing import page_figures as figures
from waystation.briefing import page_parts as parts
from waystation.briefing.claim_row import renders
from waystation.briefing.intervals import interval_text
from waystation.briefing.ledger import ledger
from waystation.briefing.map_regions import regions
from waystation.briefing.map_tracks import flight_tracks
from waystation.briefing.maps import RouteLine, draw_map
from waystation.briefing.page_answers import answers, grounds
from waystation.briefing.page_flights import MAX_FLIGHTS, MAX_PRINTED, flight_views, shown_flights
from waystation.briefing.page_networks import networks_heard
from waystation.briefing.page_print import margins
from waystation.briefing.page_tables import measured, measured_span
from waystation.briefing.rows_behind import RowLists
from waystation.briefing.simulated import opening_of
from waystation.briefing.wording import (
    day_text,
    duration_text,
    number_text,
    percent_text,
    period_text,
    plural,
    time_text,
    unit_text,
    value_text,
)
from waystation.world.basemap import load_basemap

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from waystation.briefing.claims import Claimed
    from waystation.briefing.places import Places
    from waystation.terms.case_view import CaseView

__all__ = ["render"]


def render(
    tables: Mapping[str, pa.Table],
    claimed: Claimed,
    case: CaseView,
    tracks: pa.Table | None,
    places: Places,
    manifest: Mapping[str, Any],
) -> str:
    """Return the HTML text. ``tables`` are those the claims were counted over."""
    shown = shown_flights(tables["flights"])
    lists = RowLists(frozenset(shown.column("flight_id").to_pylist()), tables)
    stated = [_claim(row, lists) for row in claimed.claims.to_pylist() if renders(row)]
    overrides = list(manifest.get("overrides", ()))
    routes = parts.route_table(tables, lists)
    visits = parts.visits(tables, lists, places)
    anchors = {f: f"f-{f}" for f in lists.shown}
    asked = {i for ids in claimed.asked.values() for i in ids}
    general = [c for c in stated if c["claim_id"] not in asked]
    environment = _environment()
    simulated = case.simulated or any(c["simulated"] for c in stated)
    style = _text(environment, "page.css") + margins(case.title, simulated=simulated)
    script = _text(environment, "page.js") + _text(environment, "figures.js")
    return environment.get_template("page.html.j2").render(
        case=case,
        manifest=manifest,
        rules=_flat(manifest.get("rules", {})),
        simulated=simulated,
        period=_period(case, tables["flights"]),
        fleet=_fleet(case),
        questions=answers(claimed, stated, tables, case, places, lists),
        general=general,
        general_grounds=grounds(general),
        maps=_maps(shown, tracks, parts.route_lines(routes), visits, places, anchors),
        basemap=load_basemap().source,
        all_flights=figures.all_flights(tables, case, lists),
        strips=figures.strip_figures(tables, lists),
        routes=routes,
        places=places,
        ledger=ledger(tables, case),
        flights=flight_views(shown, tables, places, overrides),
        n_flights=tables["flights"].num_rows,
        max_flights=MAX_FLIGHTS,
        max_printed=MAX_PRINTED,
        endings=parts.endings(tables, lists),
        abstentions=parts.abstentions(tables, lists),
        silences=parts.silences(tables, lists),
        masks=parts.mask_counts(tables),
        coverage_known="coverage" in tables and tables["coverage"].num_rows > 0,
        exposure=blind.exposure_figure(tables, places),
        exposure_reasons=blind.exposure_reasons(tables),
        holes=blind.archive_holes(tables, lists),
        networks=networks_heard(tables),
        would_change=list(dict.fromkeys(c["would_change"] for c in stated if c["would_change"])),
        doubts=parts.doubts(tables, lists),
        overrides=overrides,
        sources=tables["sources"].to_pylist() if "sources" in tables else [],
        attributions=[*manifest.get("attributions", ()), *parts.attributions(tables)],
        source_line=parts.source_line(tables, case.title, manifest),
        lists=lists.lists,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _maps(
    shown: pa.Table,
    positions: pa.Table | None,
    routes: Sequence[RouteLine],
    visits: Mapping[str, tuple[int, str | None]],
    places: Places,
    anchors: Mapping[str, str],
) -> list[tuple[Markup, int]]:
    """Maps with their number of tracks: everything; where that is too far apart to see, the main regions."""
    tracks = flight_tracks(shown, positions)
    basemap = load_basemap()
    drawn = [(draw_map(tracks, routes, visits, places, basemap, anchors=anchors), len(tracks))]
    ends = {
        f["flight_id"]: {f["origin"], f["destination"]}
        for f in shown.select(["flight_id", "origin", "destination"]).to_pylist()
    }
    for i, group in enumerate(regions(tracks), start=1):
        touched = set().union(*(ends[t.flight_id] for t in group))
        near = {ident: v for ident, v in visits.items() if ident in touched}
        flown = [r for r in routes if r.origin in touched and r.destination in touched]
        part = draw_map(group, flown, near, places.only(touched), basemap, anchors=anchors, key=f"region-{i}")
        drawn.append((part, len(group)))
    return [(m, n) for m, n in drawn if m is not None]


def _flat(rules: Mapping[str, Any], prefix: str = "") -> dict[str, dict[str, Any]]:
    """Thresholds by rule: nested groups become dotted names."""
    out: dict[str, dict[str, Any]] = {}
    for name, value in rules.items():
        if isinstance(value, Mapping):
            out |= _flat(value, f"{prefix}{name}.")
        else:
            out.setdefault(prefix.rstrip("."), {})[name] = value
    return out


@cache
def _environment() -> Environment:
    env = Environment(
        loader=PackageLoader("waystation.briefing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "opening": opening_of,
        "number": number_text,
        "percent": percent_text,
        "time": time_text,
        "day": day_text,
        "duration": duration_text,
        "plural": plural,
        "unit": unit_text,
        "value": value_text,
        "share": lambda share: "–" if share is None else percent_text(share),
        "measured": measured,
        "measured_span": measured_span,
        "signed": lambda share: value_text(share, "change of share"),
        "span": lambda a, b: period_text(a.date(), (b - timedelta(microseconds=1)).date()),
    }
    return env


def _text(environment: Environment, name: str) -> str:
    loader = environment.loader
    assert loader is not None
    return loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    """The form in which a content policy allows one inline block."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _claim(row: dict[str, Any], lists: RowLists) -> dict[str, Any]:
    level, _, why = (row["confidence"] or "").partition(": ")
    anchor = lists.add(row["sentence"], row["query"], row["row_ids"])
    return {**row, "anchor": anchor, "level": level, "why": why, "interval": interval_text(row)}


def _period(case: CaseView, flights: pa.Table) -> str:
    if case.period_from and case.period_to:
        return period_text(case.period_from, case.period_to)
    days = [t.date() for c in ("first_seen_utc", "last_seen_utc") for t in flights.column(c).to_pylist()]
    return period_text(min(days), max(days)) if days else "no flights"


def _fleet(case: CaseView) -> str:
    f = case.fleet
    named = [
        f"{word} {', '.join(values)}"
        for word, values in (
            ("types", f.types),
            ("operators", f.operators),
            ("registrations", f.registrations),
            ("addresses", f.icao24),
        )
        if values
    ]
    if f.military is not None:
        named.append("military aircraft" if f.military else "civil aircraft")
    return "; ".join(named) if named else "every aircraft in the sources"
