"""What each address shows: a template and its plain values, which are also its JSON twin."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc

from waystation.briefing.rows_behind import flights_behind, table_of
from waystation.case import read_case
from waystation.store.filters import apply_filters, check_columns
from waystation.store.forms import FORMS
from waystation.terms.column_words import column_words, table_words
from waystation.terms.errors import UsageError
from waystation.terms.schema import TABLES
from waystation.web import charts, charts_weeks
from waystation.web.aircraft_view import aircraft_view
from waystation.web.airfield_view import airfield_view
from waystation.web.flight_view import flight_view, records_of
from waystation.web.others import others
from waystation.web.overview import overview
from waystation.web.questions import questions
from waystation.web.sheets import both
from waystation.web.sql import ask
from waystation.web.stopovers_view import stopovers_view
from waystation.web.weeks import subjects, weeks

if TYPE_CHECKING:
    import polars as pl
    from starlette.requests import Request

    from waystation.web.result import Result
    from waystation.web.window import Window

__all__ = ["VIEWS", "View", "filtered"]

_PAGE_ROWS: Final = 100  # of a table on one page
_RECORD_NUMBERS: Final = (
    "lat",
    "lon",
    "altitude_ft",
    "ground_speed_kt",
    "track_angle_deg",
    "nic",
    "record",
)
_STRIP_WEEKS: Final = 30  # of an aircraft's strip; the window moves it on


@dataclass(frozen=True)
class View:
    """What a view answers: a template with its values. ``values`` is the JSON twin, ``extra`` only drawn."""

    template: str
    title: str
    values: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)


def _overview(request: Request, result: Result, legs: pl.DataFrame, window: Window) -> View:
    values = overview(result, legs, window)
    values["questions"] = questions(result)
    values["subjects"] = subjects(result)
    known = {s["id"]: s["name"] for s in values["subjects"]}
    subject = request.query_params.get("subject") or next(iter(known), "")
    if subject and subject not in known:
        raise UsageError(f"no rate was made of {subject!r}; there are {', '.join(known) or 'none'}")
    values["subject"] = subject
    values["weeks"] = weeks(result, subject, window) if subject else []
    told = (values[k] for k in ("days", "events", "observations", "coverage"))
    chart = both(partial(charts.timeline, *told))
    by_week = both(
        partial(charts_weeks.weeks_chart, values["weeks"], values["events"], window, known.get(subject, ""))
    )
    drawn = [r for r in values["routes"] if r["from"] and r["to"] and r["origin"] != r["destination"]]
    sides = ("n_before", "n_after") if values["event"] else ("n_expected",)
    extra = {
        "chart": chart,
        "by_week": by_week,
        "archive_known": bool(result.table("archive_days").num_rows),
        "widest": max((r[s] for r in drawn for s in sides), default=0.0),
        "largest": max((a["through_flow"] for a in values["airfields"]), default=0.0),
    }
    return View("overview", "Overview", values, extra)


def _flight(_: Request, result: Result, __: pl.DataFrame, ___: Window, key: str) -> View | None:
    values = flight_view(result, result.flight_id(key))
    if values is None:
        return None
    chart = (
        both(partial(charts.altitude_profile, values["track"], values["gaps"])) if values["track"] else None
    )
    extra = {"chart": chart, "case_file": result.case.path.name if result.case else None}
    return View("flight", f"Flight {values['flight']['flight_id'][:8]}", values, extra)


def _records(request: Request, result: Result, _: pl.DataFrame, __: Window, key: str) -> View | None:
    start, key = _whole(request.query_params.get("start", "0")), result.flight_id(key)
    values = records_of(result, key, start, _PAGE_ROWS)
    if values is None:
        return None
    flight = result.rows("flights", "flight_id", key)[0]
    known = f"{flight['registration'] or flight['icao24']}, {flight['first_seen_utc']:%Y-%m-%d}"
    extra = {"known": known, "numbers": _RECORD_NUMBERS}
    return View("records", f"Records of {known}", values | {"flight_id": key, "step": _PAGE_ROWS}, extra)


def _airfield(_: Request, result: Result, __: pl.DataFrame, window: Window, key: str) -> View | None:
    values = airfield_view(result, key, window)
    if values is None:
        return None
    chart = both(partial(charts_weeks.movements_chart, values["moves"], window, values["place"]["name"]))
    return View("airfield", values["place"]["name"], values, {"chart": chart})


def _others(_: Request, result: Result, __: pl.DataFrame, window: Window, key: str) -> View:
    values = others(result, key, window)
    name = result.place(key).name
    case = read_case(result.case.path) if result.case else None  # as it is now: additions are in it
    extra = {
        "held": case.view.fleet.icao24 if case else (),
        "case_file": case.path.name if case and not case.view.fleet.everything else None,
        "names": {a: result.place(a).name for a in values["fleet"]["airfields"]},
    }
    return View("others", f"Who else came to {name}", values | {"ident": key}, extra)


def _aircraft(_: Request, result: Result, __: pl.DataFrame, window: Window, key: str) -> View | None:
    values = aircraft_view(result, key, window)
    if values is None:
        return None
    first, stop = window.bounds
    shown = [f["first_seen_utc"] for f in values["flights"]]
    if shown:  # the strip begins in the week of the first flight, not in empty ones
        first += timedelta(weeks=(min(shown) - first).days // 7)
        stop = min(stop, max(f["last_seen_utc"] for f in values["flights"]) + timedelta(days=1))
    shown_to = min(stop, first + timedelta(weeks=_STRIP_WEEKS))
    extra = {
        "chart": both(partial(charts.strip, values, first, shown_to)),
        "cut": shown_to if shown_to < stop else None,
    }
    return View("aircraft", values["icao24"], values, extra)


def _claim(_: Request, result: Result, __: pl.DataFrame, ___: Window, key: str) -> View | None:
    found = result.rows("claims", "claim_id", key)
    if not found:
        return None
    claim, flights = found[0], result.table("flights")
    ids = flights_behind(table_of(claim["query"]), claim["row_ids"], result.tables)
    behind = flights.filter(pc.is_in(flights.column("flight_id"), value_set=pa.array(ids, pa.string())))
    values = {
        "claim": claim,
        "flights": behind.slice(0, 500).to_pylist(),
        "n_flights": behind.num_rows,
        "simulated": result.simulated,
    }
    if not behind.num_rows:
        values |= _route_flights(result, claim["question"] or "")
    return View("claim", "Claim", values, {"counted": table_of(claim["query"])})


def _route_flights(result: Result, question: str) -> dict[str, Any]:
    """Flights between the places of a question, for a claim that counts cells of other tables."""
    words = question.rpartition(": ")[2].split(">")
    if len(words) != 2 or result.case is None:
        return {}
    flights = result.table("flights")
    keep = None
    for end, word in zip(("origin", "destination"), words, strict=True):
        idents = pa.array(result.case.view.sites_of(word), pa.string())
        here = pc.is_in(flights.column(end), value_set=idents)
        keep = here if keep is None else pc.and_(keep, here)
    near = flights.filter(keep)
    return {"near": near.slice(0, 300).to_pylist(), "n_near": near.num_rows}


def _tables(_: Request, result: Result, __: pl.DataFrame, ___: Window) -> View:
    rows = [
        {
            "name": n,
            "rows": t.num_rows,
            "says": table_words(n),
            "columns": t.column_names,
            "words": [asdict(w) for w in column_words(n, t.column_names)],
        }
        for n, t in sorted(result.tables.items())
    ]
    return View("tables", "Tables", {"tables": rows, "simulated": result.simulated})


def filtered(request: Request, result: Result, name: str) -> pa.Table:
    """Return the rows of a table that an address asks for. Raises ``UsageError`` for what there is not."""
    if name not in result.tables:
        raise UsageError(
            f"there is no table {name} in this result; there are {', '.join(sorted(result.tables))}"
        )
    rows = apply_filters(result.tables[name], [f for f in request.query_params.getlist("where") if f.strip()])
    sort = request.query_params.get("sort", "")
    if sort:
        check_columns(rows, [sort.removeprefix("-")])
        rows = rows.sort_by([(sort.removeprefix("-"), "descending" if sort[0] == "-" else "ascending")])
    return rows


def _table(request: Request, result: Result, _: pl.DataFrame, __: Window, key: str) -> View:
    rows = filtered(request, result, key)
    start = _whole(request.query_params.get("start", "0"))
    kept = [(k, v) for k, v in request.query_params.multi_items() if k in {"where", "sort"} and v.strip()]
    values = {
        "name": key,
        "n": rows.num_rows,
        "start": start,
        "step": _PAGE_ROWS,
        "columns": rows.column_names,
        "rows": rows.slice(start, _PAGE_ROWS).to_pylist(),
        "where": [v for k, v in kept if k == "where"],
        "sort": request.query_params.get("sort", ""),
    }
    numbers = _numbers(rows)
    forms = [f for f in FORMS if f not in {"geojson", "kml"} or key in _ON_A_MAP]
    wheres = urlencode([(k, v) for k, v in kept if k == "where"])
    words = {w.name: w for w in column_words(key, rows.column_names)}
    extra = {
        "forms": forms,
        "query": urlencode(kept),
        "wheres": wheres,
        "numbers": numbers,
        "words": words,
        "says": table_words(key),
    }
    return View("table", key, values, extra)


def _numbers(rows: pa.Table | None) -> set[str]:
    """Columns whose values stand under each other."""
    fields = rows.schema if rows is not None else ()
    return {f.name for f in fields if pa.types.is_integer(f.type) or pa.types.is_floating(f.type)}


_ON_A_MAP: Final = ("flights", "ends", "gaps")


def _sql(request: Request, result: Result, _: pl.DataFrame, __: Window) -> View:
    text = request.query_params.get("q", "").strip()
    names = {n: None for n in result.tables if n in TABLES}
    answer = ask(result.folder, names, text) if text else None
    rows = answer.rows if answer else None
    values = {
        "q": text,
        "error": answer.error if answer else None,
        "columns": rows.column_names if rows is not None else [],
        "rows": rows.to_pylist() if rows is not None else [],
        "more": bool(answer and answer.more),
        "simulated": result.simulated,
    }
    columns = {n: result.tables[n].column_names for n in sorted(names)}
    said = {n: {w.name: w for w in column_words(n, c)} for n, c in columns.items()}
    return View("sql", "SQL", values, {"tables": columns, "said": said, "numbers": _numbers(rows)})


def _whole(text: str) -> int:
    if not text.isdigit():
        raise UsageError(f"start is {text!r}; give a whole number")
    return int(text)


# Address → view. Every one answers with ``.json`` behind it too; ``/`` is ``/overview`` there.
def _stopovers(_: Request, result: Result, __: pl.DataFrame, ___: Window) -> View:
    values, figures = stopovers_view(result)
    return View("stopovers", "What could carry it", values, {"figures": figures})


VIEWS: Final = {
    "/overview": _overview,
    "/stopovers": _stopovers,
    "/flight/{key}/records": _records,
    "/flight/{key}": _flight,
    "/airfield/{key}/others": _others,
    "/airfield/{key}": _airfield,
    "/aircraft/{key}": _aircraft,
    "/claim/{key}": _claim,
    "/tables": _tables,
    "/table/{key}": _table,
    "/sql": _sql,
}
