"""Addresses and what answers them. Every view has its own address and the same with ``.json`` behind it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from waystation.terms.errors import UsageError, WaystationError
from waystation.web import downloads
from waystation.web.decisions import decide, decision_of
from waystation.web.fleet_added import add_to_fleet, addition_of
from waystation.web.legs import legs_of
from waystation.web.pages import json_bytes, page
from waystation.web.reception import reception
from waystation.web.result import Result, Shelf
from waystation.web.security import Guard
from waystation.web.tracks import Picked, Tracks, make_tracks, pick
from waystation.web.tracks_sent import ARROW, streamed, view_of
from waystation.web.views import VIEWS, View
from waystation.web.window import span_of, window_of
from waystation.world.basemap import load_basemap

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import polars as pl
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]

__all__ = ["make_app"]

_STATIC: Final = Path(str(files("waystation.web"))) / "static"
_LONGEST_FORM: Final = 20_000  # bytes of a decision


@dataclass
class Desk:
    """What the views work on: the shelf, and what was computed for the result it holds.

    ``token``: stands in every form of this run; a page that cannot read ours cannot know it.
    """

    shelf: Shelf
    stamp: float = -1.0
    legs: pl.DataFrame | None = field(default=None, repr=False)
    tracks: Tracks | None = field(default=None, repr=False)
    track_stamp: float = -1.0
    busy: Lock = field(default_factory=Lock, repr=False)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def simulated(self) -> bool:
        """Whether what was shown last is made up; pages of faults say so too."""
        return self.shelf.held is not None and self.shelf.held.simulated

    def open(self) -> tuple[Result, pl.DataFrame]:
        """Return the result as it is now and its legs."""
        result = self.shelf.result()
        if self.legs is None or self.stamp != result.stamp:
            self.legs = legs_of(result.table("flights"), result.table("candidates"))
            self.stamp = result.stamp
        return result, self.legs

    def drawn(self, result: Result) -> Tracks:
        """Return the tracks of a result; made once, by whoever asks first."""
        with self.busy:
            if self.tracks is None or self.track_stamp != result.stamp:
                archive = result.archive
                if archive is None:
                    raise UsageError("the positions are not at hand; keep them with --archive DIR")
                self.tracks = make_tracks(archive, result.table("flights"), result.table("masks"))
                self.track_stamp = result.stamp
            return self.tracks


class _Built(StaticFiles):
    """The map, where it is built; it may be built later."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and say 404 where there is no folder yet."""
        if not _STATIC.is_dir():
            raise HTTPException(404)
        await super().__call__(scope, receive, send)


def make_app(folder: Path, case: Path | None = None, *, port: int) -> ASGIApp:
    """Return the workbench over the result in ``folder``. ``port``: where it will listen, for the guard."""
    desk = Desk(Shelf(folder, case))
    routes: list[Any] = [
        Route("/flight/{key}/decide", _deciding(desk, _decided), methods=["POST"]),
        Route("/airfield/{key}/others/add", _deciding(desk, _added), methods=["POST"]),
        Route("/coverage.json", _sending(desk, _reception)),
        Route("/tracks.arrow", _drawing(desk)),
        Route("/briefing.html", _sending(desk, _briefing)),
        Route("/bundle.zip", _sending(desk, downloads.handed_over)),
        Route("/chart/{name}.svg", _sending(desk, downloads.chart_file)),
        Route("/basemap.json", _basemap),
        Route("/", _answering(desk, "/overview", json=False)),
    ]
    for address in VIEWS:
        if address == "/table/{key}":  # its twin is the export of its rows as JSON
            routes.append(Route("/table/{key}.{form}", _sending(desk, downloads.table_file)))
        routes.append(Route(f"{address}.json", _answering(desk, address, json=True)))
        routes.append(Route(address, _answering(desk, address, json=False)))
    routes.append(Mount("/assets", StaticFiles(packages=[("waystation.web", "assets")])))
    routes.append(Mount("/static", _Built(directory=_STATIC, check_dir=False)))
    fallen = {404: _nothing(desk), 405: _nothing(desk)}
    return Guard(Starlette(routes=routes, exception_handlers=fallen), port)


def _answering(desk: Desk, address: str, *, json: bool) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            return await run_in_threadpool(_made, desk, address, request, json=json)
        except UsageError as error:
            return _fault(str(error), 400, json=json, simulated=desk.simulated)
        except WaystationError as error:
            return _fault(str(error), 404, json=json, simulated=desk.simulated)

    return endpoint


def _made(desk: Desk, address: str, request: Request, *, json: bool) -> Response:
    result, legs = desk.open()
    span = span_of(result)
    window = window_of(request.query_params, span)
    view: Any = VIEWS[address]
    made: View | None = view(request, result, legs, window, **request.path_params)
    if made is None:
        said = f"There is nothing at {request.url.path} in this result."
        return _fault(said, 404, json=json, simulated=result.simulated)
    if json:
        return Response(json_bytes(made.values), media_type="application/json")
    html = page(
        made.template,
        heading=made.title,
        case_title=result.title,
        window_query=window.query,
        twin=_twin(request),
        here=request.url.path,
        token=desk.token,
        again=_again(result) if request.query_params.get("decided") else "",
        bundled=bundled(),
        **{**made.values, "simulated": result.simulated, "window": window, "span": span},
        **made.extra,
    )
    return Response(html, media_type="text/html")


def bundled() -> bool:
    """Whether the map was built into this installation."""
    return (_STATIC / "workbench.js").is_file()


def _again(result: Result) -> str:
    return f"waystation run {result.case.path} --out {result.folder}" if result.case else ""


def _twin(request: Request) -> str:
    path = "/overview" if request.url.path == "/" else request.url.path
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{path}.json{query}"


def _fault(text: str, status: int, *, json: bool, simulated: bool) -> Response:
    if json:
        return JSONResponse({"error": text}, status_code=status)
    html = page("fault", text=text, status=status, simulated=simulated)
    return Response(html, status_code=status, media_type="text/html")


def _nothing(desk: Desk) -> Callable[[Request, Exception], Coroutine[Any, Any, Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        json = request.url.path.endswith(".json")
        return _fault("There is nothing at this address.", status, json=json, simulated=desk.simulated)

    return answer


def _sending(desk: Desk, made: Callable[[Request, Result, pl.DataFrame], Response]) -> Endpoint:
    """Answer with a file or plain data."""

    async def endpoint(request: Request) -> Response:
        try:
            return await run_in_threadpool(lambda: made(request, *desk.open()))
        except WaystationError as error:
            json = request.url.path.endswith(".json")
            return _fault(str(error), 400, json=json, simulated=desk.simulated)

    return endpoint


def _drawing(desk: Desk) -> Endpoint:
    """Stream the tracks of a window and a map as Arrow record batches."""

    async def endpoint(request: Request) -> Response:
        try:
            picked, spent = await run_in_threadpool(_picked, desk, request)
        except WaystationError as error:
            return _fault(str(error), 400, json=True, simulated=desk.simulated)
        headers = {"server-timing": f"pick;dur={spent:.1f}", "cache-control": "no-store"}
        return StreamingResponse(streamed(picked), media_type=ARROW, headers=headers)

    return endpoint


def _picked(desk: Desk, request: Request) -> tuple[Picked, float]:
    result, _ = desk.open()
    tracks = desk.drawn(result)
    started = time.perf_counter()
    asked = request.query_params
    picked = pick(tracks, window_of(asked, span_of(result)), view_of(asked, result))
    return picked, 1000.0 * (time.perf_counter() - started)


def _briefing(_: Request, result: Result, __: pl.DataFrame) -> Response:
    """The page as it was written. It names its own style and script by hash and forbids everything else."""
    page_file = result.folder / "briefing.html"
    if not page_file.is_file():
        raise UsageError("this result has no briefing; a case has one: waystation run CASE.toml")
    policy = {"content-security-policy": "frame-ancestors 'none'; form-action 'none'; base-uri 'none'"}
    return Response(page_file.read_bytes(), media_type="text/html", headers=policy)


def _reception(request: Request, result: Result, _: pl.DataFrame) -> Response:
    window = window_of(request.query_params, span_of(result))
    made = reception(result, window, request.query_params.get("band", ""))
    return Response(json_bytes(made), media_type="application/json")


def _deciding(desk: Desk, write: Callable[[Desk, str, dict[str, str]], Response]) -> Endpoint:
    """Write into the case file, for a form that carries our token."""

    def fault(text: str, status: int) -> Response:
        return _fault(text, status, json=False, simulated=desk.simulated)

    async def endpoint(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > _LONGEST_FORM:
                return fault(f"the form is longer than {_LONGEST_FORM} bytes", 413)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if not secrets.compare_digest(form.get("token", "").encode(), desk.token.encode()):
            return fault("this form is not of this run of the workbench; load the page again", 403)
        try:
            return await run_in_threadpool(write, desk, request.path_params["key"], form)
        except WaystationError as error:
            return fault(str(error), 400)

    return endpoint


def _decided(desk: Desk, flight: str, form: dict[str, str]) -> Response:
    result, _ = desk.open()
    if result.case is None:
        raise UsageError("these flights have no case file to hold a decision; make one: waystation new DIR")
    if not result.rows("flights", "flight_id", flight):
        raise UsageError("there is no such flight in this result")
    decide(result.case.path, decision_of(form, flight, result))
    return RedirectResponse(f"/flight/{flight}?decided=yes", status_code=303)


def _added(desk: Desk, ident: str, form: dict[str, str]) -> Response:
    result, _ = desk.open()
    if result.case is None:
        raise UsageError("these flights have no case file to hold a fleet; make one: waystation new DIR")
    add_to_fleet(result.case.path, addition_of(form))
    window = window_of(form, span_of(result))
    return RedirectResponse(f"/airfield/{quote(ident)}/others?{window.query}&decided=yes", status_code=303)


async def _basemap(_: Request) -> Response:
    land = [[[round(float(x), 2), round(float(y), 2)] for x, y in ring] for ring in load_basemap().land]
    borders = [[[round(float(x), 2), round(float(y), 2)] for x, y in line] for line in load_basemap().borders]
    made = {"land": land, "borders": borders, "source": load_basemap().source}
    return Response(
        json_bytes(made), media_type="application/json", headers={"cache-control": "max-age=86400"}
    )
