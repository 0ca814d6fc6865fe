"""Addresses and what answers them. Every view has its own address and the same with ``.json`` behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from waystation.store.filters import apply_filters, check_columns
from waystation.store.forms import FORMS, as_bytes
from waystation.terms.errors import UsageError, WaystationError
from waystation.terms.schema import TABLES
from waystation.web import charts
from waystation.web.aircraft_view import aircraft_view
from waystation.web.airfield_view import airfield_view
from waystation.web.flight_view import flight_view, records_of
from waystation.web.legs import legs_of
from waystation.web.overview import overview
from waystation.web.pages import json_bytes, page
from waystation.web.result import Result, Shelf
from waystation.web.security import Guard
from waystation.web.sql import ask
from waystation.web.window import span_of, window_of
from waystation.world.basemap import load_basemap

if TYPE_CHECKING:
    import polars as pl
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from waystation.web.window import Window

__all__ = ["make_app"]

PAGE_ROWS = 100  # of a table on one page
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
    "kml": "application/vnd.google-earth.kml+xml",
}


@dataclass
class Desk:
    """What the views work on: the shelf, and what was computed for the result it holds."""

    shelf: Shelf
    stamp: float = -1.0
    legs: pl.DataFrame | None = field(default=None, repr=False)

    def open(self) -> tuple[Result, pl.DataFrame]:
        """Return the result as it is now and its legs."""
        result = self.shelf.result()
        if self.legs is None or self.stamp != result.stamp:
            self.legs = legs_of(result.table("flights"), result.table("candidates"))
            self.stamp = result.stamp
        return result, self.legs


def make_app(folder: Path, case: Path | None = None, *, port: int) -> ASGIApp:
    """Return the workbench over the result in ``folder``. ``port``: where it will listen, for the guard."""
    desk = Desk(Shelf(folder, case))
    static = Path(str(files("waystation.web"))) / "static"
    routes = [
        Route("/", _answer(desk, _overview)),
        Route("/overview.json", _answer(desk, _overview, json=True)),
        Route("/flight/{key}.json", _answer(desk, _flight, json=True)),
        Route("/flight/{key}/records.json", _answer(desk, _records, json=True)),
        Route("/flight/{key}/records", _answer(desk, _records)),
        Route("/flight/{key}", _answer(desk, _flight)),
        Route("/airfield/{key}.json", _answer(desk, _airfield, json=True)),
        Route("/airfield/{key}", _answer(desk, _airfield)),
        Route("/aircraft/{key}.json", _answer(desk, _aircraft, json=True)),
        Route("/aircraft/{key}", _answer(desk, _aircraft)),
        Route("/claim/{key}.json", _answer(desk, _claim, json=True)),
        Route("/claim/{key}", _answer(desk, _claim)),
        Route("/tables", _answer(desk, _tables)),
        Route("/table/{key}.{form}", _exporter(desk)),
        Route("/table/{key}", _answer(desk, _table)),
        Route("/sql.json", _answer(desk, _sql, json=True)),
        Route("/sql", _answer(desk, _sql)),
        Route("/basemap.json", _basemap),
        Mount("/assets", StaticFiles(packages=[("waystation.web", "assets")])),
    ]
    if static.is_dir():
        routes.append(Mount("/static", StaticFiles(directory=static)))
    return Guard(Starlette(routes=routes), port)


@dataclass(frozen=True)
class View:
    """What a view answers: a template with its values. ``values`` is the JSON twin, ``extra`` only drawn."""

    template: str
    title: str
    values: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)


def _answer(desk: Desk, view: Any, *, json: bool = False) -> Any:  # noqa: ANN401 - an endpoint of Starlette
    async def endpoint(request: Request) -> Response:
        try:
            return await run_in_threadpool(_made, desk, view, request, json=json)
        except UsageError as error:
            return _fault(str(error), 400, json=json)
        except WaystationError as error:
            return _fault(str(error), 404, json=json)

    return endpoint


def _made(desk: Desk, view: Any, request: Request, *, json: bool) -> Response:  # noqa: ANN401
    result, legs = desk.open()
    window = window_of(request.query_params, span_of(result))
    made: View | None = view(request, result, legs, window)
    if made is None:
        return _fault("There is nothing of that name in this result.", 404, json=json)
    if json:
        return Response(json_bytes(made.values), media_type="application/json")
    html = page(
        made.template,
        heading=made.title,
        case_title=result.title,
        window_query=window.query,
        twin=_twin(request),
        bundled=(Path(str(files("waystation.web"))) / "static" / "workbench.js").is_file(),
        **{**made.values, "simulated": result.simulated, "window": window, "span": span_of(result)},
        **made.extra,
    )
    return Response(html, media_type="text/html")


def _twin(request: Request) -> str:
    path = "/overview" if request.url.path == "/" else request.url.path
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{path}.json{query}"


def _fault(text: str, status: int, *, json: bool) -> Response:
    if json:
        return JSONResponse({"error": text}, status_code=status)
    return PlainTextResponse(f"{text}\n", status_code=status)


def _overview(_: Request, result: Result, legs: pl.DataFrame, window: Window) -> View:
    values = overview(result, legs, window)
    claims = result.table("claims")
    shown = [
        c
        for c in ("claim_id", "question", "sentence", "likelihood", "confidence")
        if c in claims.column_names
    ]
    values["claims"] = claims.select(shown).to_pylist()
    chart = charts.timeline(values["days"], values["events"], values["observations"], values["coverage"])
    return View("overview", "Overview", values, {"chart": chart})


def _flight(request: Request, result: Result, _: pl.DataFrame, __: Window) -> View | None:
    values = flight_view(result, request.path_params["key"])
    if values is None:
        return None
    chart = charts.altitude_profile(values["track"], values["gaps"]) if values["track"] else None
    return View("flight", f"Flight {values['flight']['flight_id'][:8]}", values, {"chart": chart})


def _records(request: Request, result: Result, _: pl.DataFrame, __: Window) -> View | None:
    start = _whole(request.query_params.get("start", "0"))
    values = records_of(result, request.path_params["key"], start, PAGE_ROWS)
    if values is None:
        return None
    return View("records", "Records", values | {"flight_id": request.path_params["key"], "step": PAGE_ROWS})


def _airfield(request: Request, result: Result, _: pl.DataFrame, window: Window) -> View | None:
    values = airfield_view(result, request.path_params["key"], window)
    return None if values is None else View("airfield", values["place"]["name"], values)


def _aircraft(request: Request, result: Result, _: pl.DataFrame, window: Window) -> View | None:
    values = aircraft_view(result, request.path_params["key"], window)
    if values is None:
        return None
    first, stop = window.bounds
    stop = min(stop, first + timedelta(weeks=30))
    return View("aircraft", values["icao24"], values, {"chart": charts.strip(values, first, stop)})


def _claim(request: Request, result: Result, _: pl.DataFrame, __: Window) -> View | None:
    found = result.rows("claims", "claim_id", request.path_params["key"])
    if not found:
        return None
    claim = found[0]
    known = set(result.table("flights").column("flight_id").to_pylist())
    ids = list(dict.fromkeys(r.partition("/")[0] for r in claim["row_ids"]))
    flights = [i for i in ids if i in known]
    rows = pa.compute.is_in(
        result.table("flights").column("flight_id"), value_set=pa.array(flights, pa.string())
    )
    behind = result.table("flights").filter(rows).slice(0, 500).to_pylist()
    return View("claim", "Claim", {"claim": claim, "flights": behind, "n_flights": len(flights)})


def _tables(_: Request, result: Result, __: pl.DataFrame, ___: Window) -> View:
    rows = [
        {"name": n, "rows": t.num_rows, "columns": t.column_names} for n, t in sorted(result.tables.items())
    ]
    return View("tables", "Tables", {"tables": rows})


def _filtered(request: Request, result: Result) -> pa.Table:
    name = request.path_params["key"]
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


def _table(request: Request, result: Result, _: pl.DataFrame, __: Window) -> View:
    rows = _filtered(request, result)
    start = _whole(request.query_params.get("start", "0"))
    kept = [(k, v) for k, v in request.query_params.multi_items() if k in {"where", "sort"}]
    values = {
        "name": request.path_params["key"],
        "n": rows.num_rows,
        "start": start,
        "step": PAGE_ROWS,
        "columns": rows.column_names,
        "rows": rows.slice(start, PAGE_ROWS).to_pylist(),
        "where": [v for k, v in kept if k == "where"],
        "sort": request.query_params.get("sort", ""),
    }
    return View("table", values["name"], values, {"forms": FORMS, "query": _encoded(kept)})


def _encoded(pairs: list[tuple[str, str]]) -> str:
    from urllib.parse import urlencode

    return urlencode(pairs)


def _exporter(desk: Desk) -> Any:  # noqa: ANN401 - an endpoint of Starlette
    def work(request: Request) -> Response:
        result, _ = desk.open()
        name, form = request.path_params["key"], request.path_params["form"]
        if form not in FORMS:
            raise UsageError(f"no format {form!r}; there are {', '.join(FORMS)}")
        data = as_bytes(form, name, _filtered(request, result), lambda: result.table("ends"))
        mark = "SIMULATED-" if result.simulated else ""
        headers = {"content-disposition": f'attachment; filename="{mark}{name}.{form}"'}
        return Response(data, media_type=MEDIA[form], headers=headers)

    async def endpoint(request: Request) -> Response:
        try:
            return await run_in_threadpool(work, request)
        except WaystationError as error:
            return _fault(str(error), 400, json=False)

    return endpoint


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
    }
    return View("sql", "SQL", values, {"tables": {n: result.tables[n].column_names for n in sorted(names)}})


async def _basemap(_: Request) -> Response:
    land = [[[round(float(x), 2), round(float(y), 2)] for x, y in ring] for ring in load_basemap().land]
    borders = [[[round(float(x), 2), round(float(y), 2)] for x, y in line] for line in load_basemap().borders]
    made = {"land": land, "borders": borders, "source": load_basemap().source}
    return Response(
        json_bytes(made), media_type="application/json", headers={"cache-control": "max-age=86400"}
    )


def _whole(text: str) -> int:
    if not text.isdigit():
        raise UsageError(f"start is {text!r}; give a whole number")
    return int(text)
