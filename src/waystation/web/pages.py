"""HTML out of the same plain values that the JSON twin sends. Jinja escapes every text."""

from __future__ import annotations

import json
import struct
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from waystation.briefing.intervals import interval_text
from waystation.briefing.simulated import opening_of
from waystation.briefing.wording import unit_text, value_text

__all__ = ["json_bytes", "page"]


_FLOAT32: Final = 3e38


def page(template: str, **values: Any) -> str:  # noqa: ANN401 - what the template names
    """Render one of ``templates/``."""
    return _environment().get_template(f"{template}.html.j2").render(**values)


def json_bytes(values: object) -> bytes:
    """Return plain values as JSON: times as ISO 8601 in UTC, no number that JSON does not have."""
    return json.dumps(_plain(values), ensure_ascii=False, allow_nan=False).encode()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return value if value - value == 0 else None  # infinities and nan have no JSON
    return value if isinstance(value, str | int | bool | None) else str(value)


@cache
def _environment() -> Environment:
    env = Environment(
        loader=PackageLoader("waystation.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "time": _time,
        "day": _day,
        "number": _number,
        "tenths": _tenths,
        "raw": _raw,
        "moment": _moment,
        "percent": _percent,
        "hours": _hours,
        "value": value_text,
        "unit": unit_text,
        "interval": interval_text,
        "opening": opening_of,
    }
    return env


def _time(value: datetime | None) -> str:
    """In UTC; the page's script adds the local time on hover."""
    if value is None:
        return "–"
    return Markup('<time datetime="{}">{} UTC</time>').format(value.isoformat(), f"{value:%Y-%m-%d %H:%M}")


def _moment(value: datetime | date) -> str:
    """A time of a table, to the millisecond that tables hold."""
    if not isinstance(value, datetime):
        return value.isoformat()
    return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds").replace("+00:00", "Z")


def _day(value: datetime | date | None) -> str:
    return "–" if value is None else f"{value:%Y-%m-%d}"


def _number(value: float | None, digits: int = 1) -> str:
    if value is None:
        return "–"
    if 0 < abs(value) < 0.5 * 10**-digits:  # what rounds to nothing is not nothing
        return f"{'<' if value > 0 else '> −'} {10**-digits:.{digits}f}".replace("− ", "−")
    text = f"{value:,.{digits}f}" if isinstance(value, float) else f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _tenths(value: float | None) -> str:
    """One digit after the point for every number of a column, so that points stand under each other."""
    if value is None:
        return "–"
    return _number(value) if 0 < abs(value) < 0.05 else f"{value:,.1f}"


def _raw(value: float) -> str:
    """A number of a table as it was written: positions to six decimals, short floats without their noise."""
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) < _FLOAT32 and struct.unpack("f", struct.pack("f", value))[0] == value:
        text = f"{value:.7g}"
        return text if "e" in text else f"{float(text):,}".removesuffix(".0")
    if value != value or 0 < abs(value) < 1e-6 or abs(value) >= 1e12:  # noqa: PLR0124 - not a number
        return f"{value:.3g}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _percent(value: float | None) -> str:
    if value is None:
        return "–"
    if 0 < value < 0.001:  # less than the last digit shown
        return "< 0.1 %"
    if 0.999 < value < 1:
        return "> 99.9 %"
    return f"{100 * value:.0f} %" if 0.01 <= value <= 0.99 or value in {0.0, 1.0} else f"{100 * value:.1f} %"


def _hours(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
