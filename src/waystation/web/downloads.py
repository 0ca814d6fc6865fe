"""Files to take away: tables, charts ready to print, the whole result. Made-up data says so in every name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup
from starlette.responses import Response

from waystation.briefing.svg import el
from waystation.store.forms import FORMS, as_bytes
from waystation.terms.errors import UsageError
from waystation.web import charts, charts_weeks
from waystation.web.airfield_view import airfield_view
from waystation.web.bundle import bundle
from waystation.web.flight_view import flight_view
from waystation.web.overview import overview
from waystation.web.sheets import WIDE
from waystation.web.views import filtered
from waystation.web.weeks import subjects, weeks
from waystation.web.window import span_of, window_of

if TYPE_CHECKING:
    import polars as pl
    from starlette.requests import Request

    from waystation.web.result import Result
    from waystation.web.window import Window

__all__ = ["chart_file", "handed_over", "table_file"]

MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
    "kml": "application/vnd.google-earth.kml+xml",
}

# A file has no page around it, so the print colours stand in it: those of workbench.css in light.
_STYLE: Final = """
text{font:11px "DejaVu Sans",sans-serif;fill:#5a6270}.head{font-size:15px;font-weight:700;fill:#1b1e23}
.bar,.flight{fill:#0072b2}.bar.out{fill:#c4500a}.missing,.unheard{fill:#5a6270;opacity:.28}.heard{fill:#007a5e}
.grid{stroke:#d8dce2}.axis{stroke:#5a6270}.event{stroke:#c4500a;stroke-width:1.5;stroke-dasharray:5 3}
.event-name{fill:#1b1e23}.observation{fill:#007a5e}.height{fill:none;stroke:#0072b2;stroke-width:1.6}
.silent{fill:none;stroke:#5a6270;stroke-width:1.4;stroke-dasharray:5 4}
.gap{fill:#5a6270;opacity:.22}.gap.dark{fill:#1b1e23;opacity:.38}.gap.interference{fill:#c4500a;opacity:.38}
.masked{fill:none;stroke:#c4500a}.estimate line{stroke:#0072b2;stroke-width:1.6}.estimate circle{fill:#0072b2}
.made-up{fill:#8a1f11;font-weight:700;letter-spacing:.1em}
"""


def table_file(request: Request, result: Result, _: pl.DataFrame) -> Response:
    """Answer with the rows of a table in one of ``FORMS``, filtered and sorted as the address asks."""
    name, form = request.path_params["key"], request.path_params["form"]
    if form not in FORMS:
        raise UsageError(f"no format {form!r}; there are {', '.join(FORMS)}")
    data = as_bytes(form, name, filtered(request, result, name), lambda: result.table("ends"))
    return _file(data, f"{name}.{form}", MEDIA[form], result)


def handed_over(request: Request, result: Result, _: pl.DataFrame) -> Response:
    """Answer with the whole result as a zip; ``without`` names what to leave out (``bundle.bundle``)."""
    words = [w for t in request.query_params.getlist("without") for w in t.replace(",", " ").split()]
    return _file(
        bundle(result, words), f"{result.folder.resolve().name}-bundle.zip", "application/zip", result
    )


def chart_file(request: Request, result: Result, legs: pl.DataFrame) -> Response:
    """Answer with one chart as SVG, with its heading, source and date."""
    window, name = window_of(request.query_params, span_of(result)), request.path_params["name"]
    key = request.query_params.get("of", "")
    if name == "timeline":
        v = overview(result, legs, window)
        drawn = charts.timeline(v["days"], v["events"], v["observations"], v["coverage"])
        head = f"Flights a day, {window.first} to {window.last}"
    elif name == "weeks":
        known = {s["id"]: s["name"] for s in subjects(result)}
        events = overview(result, legs, window)["events"]
        drawn = charts_weeks.weeks_chart(weeks(result, key, window), events, window, known.get(key, key))
        head = f"{known.get(key, key)}: flights a day by week, 90 % intervals"
    else:
        head, drawn = _of_one(name, key, result, window)
    whole = framed(drawn, head, _source(result), simulated=result.simulated)
    return _file(
        whole.encode(), f"{name}{'-' + key.replace('>', '-') if key else ''}.svg", "image/svg+xml", result
    )


def _of_one(name: str, key: str, result: Result, window: Window) -> tuple[str, Markup]:
    if name == "movements" and (at := airfield_view(result, key, window)):
        head = f"{at['place']['name']}: landings and takeoffs"
        return head, charts_weeks.movements_chart(at["moves"], window, at["place"]["name"])
    if name == "height" and (flown := flight_view(result, key)):
        said = flown["flight"]
        head = f"{said['registration'] or said['icao24']}, {said['first_seen_utc']:%Y-%m-%d}: height"
        return head, charts.altitude_profile(flown["track"], flown["gaps"])
    raise UsageError(f"no chart {name!r} of {key!r}; there are timeline, weeks, movements and height")


def framed(chart: Markup, head: str, source: str, *, simulated: bool) -> Markup:
    """Return a chart that can stand alone: white ground, heading above, source and date below."""
    if "viewBox" not in str(chart):
        raise UsageError("there is nothing to draw in this window")
    height = float(str(chart).split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split()[1])
    mark = (
        [el("text", "SIMULATED", x=WIDE.width - 8, y=22, text_anchor="end", class_="made-up")]
        if simulated
        else []
    )
    inner = str(chart).replace("<svg ", f'<svg y="34" width="{WIDE.width}" height="{height:.0f}" ', 1)
    return el(
        "svg",
        el("style", _markup(_STYLE)),
        el("rect", width=WIDE.width, height=height + 60, fill="#fff"),
        el("text", head, x=8, y=22, class_="head"),
        *mark,
        _markup(inner),
        el("text", source, x=8, y=height + 52),
        xmlns="http://www.w3.org/2000/svg",
        width=WIDE.width,
        height=height + 60,
        viewBox=f"0 0 {WIDE.width} {height + 60:.0f}",
    )


def _markup(text: str) -> Markup:
    """Text of ours that is markup already."""
    return Markup(text)  # noqa: S704 - a constant, or what ``el`` made


def _source(result: Result) -> str:
    """Who was heard by whom, and when the newest of it was read."""
    sources = result.table("sources")
    networks = sorted({n for n in sources.column("network").to_pylist() if n}) or ["files of the case"]
    days = [t for t in sources.column("last_utc").to_pylist() if t]
    until = f", data to {max(days):%Y-%m-%d}" if days else ""
    mark = "SIMULATED, not evidence. " if result.simulated else ""
    return (
        f"{mark}Source: {', '.join(networks[:4])}{until}. {result.title}. Made with Waystation; times in UTC."
    )


def _file(data: bytes, name: str, media: str, result: Result) -> Response:
    mark = "SIMULATED-" if result.simulated else ""
    plain = "".join(c if c.isalnum() or c in "-._" else "-" for c in name)
    headers = {"content-disposition": f'attachment; filename="{mark}{plain}"'}
    return Response(data, media_type=media, headers=headers)
