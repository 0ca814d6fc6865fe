"""OpenSky's REST interface: the flights it saw of an aircraft, the track of each, and the present.

Credentials are those of an API client of one's OpenSky account, named in the environment:
``OPENSKY_CLIENT_ID`` and ``OPENSKY_CLIENT_SECRET``. Without them only the present is shown.
"""

from __future__ import annotations

import json
import os
import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from waystation.store.fetch_http import Client, LineError
from waystation.store.fetch_rules import Wanted
from waystation.terms.errors import NetworkError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["API", "Credentials", "flight_wants", "state_want", "track_wants"]

API: Final = "https://opensky-network.org/api"
TOKEN_URL: Final = (
    "https://auth.opensky-network.org/auth/realms/opensky-network/protocol/openid-connect/token"  # noqa: S105 - an address
)
TRACKS_KEPT_DAYS: Final = 30
_EARLY_S: Final = 60.0  # a token is renewed so long before it ends
_DAY_S: Final = 86_400


class Credentials:
    """The headers of a request: a token, fetched when needed and renewed before it ends; none without env."""

    def __init__(self, token_url: str = TOKEN_URL) -> None:
        self._url = token_url
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    @property
    def named(self) -> bool:
        """Whether the environment names credentials."""
        return bool(os.environ.get("OPENSKY_CLIENT_ID") and os.environ.get("OPENSKY_CLIENT_SECRET"))

    def __call__(self, client: Client) -> dict[str, str]:
        """Return the headers. Raises ``NetworkError`` where the credentials are refused."""
        if not self.named:
            return {}
        with self._lock:
            if time.monotonic() > self._until:
                self._renew(client)
            return {"Authorization": f"Bearer {self._token}"}

    def _renew(self, client: Client) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": os.environ["OPENSKY_CLIENT_ID"],
            "client_secret": os.environ["OPENSKY_CLIENT_SECRET"],
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        remedy = "check OPENSKY_CLIENT_ID and OPENSKY_CLIENT_SECRET (account page at opensky-network.org)"
        try:
            reply = client.get(self._url, headers, data=urlencode(form).encode())
            data = reply.small(1 << 16)
            if reply.status != 200:
                raise NetworkError(f"{self._url} refuses the credentials ({reply.status}); {remedy}")
            answer = json.loads(data)
            self._token = str(answer["access_token"])
            self._until = time.monotonic() + float(answer.get("expires_in", 1800)) - _EARLY_S
        except (LineError, ValueError, KeyError, TypeError) as error:
            raise NetworkError(f"{self._url} gave no token ({error}); {remedy}") from error


def flight_wants(api: str, addresses: Sequence[str], days: Sequence[date]) -> list[Wanted]:
    """Return the list of flights of every address on every day; one day a request, as OpenSky keeps them."""
    wants = []
    for day in days:
        begin = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        for a in addresses:
            query = urlencode({"icao24": a, "begin": begin, "end": begin + _DAY_S - 1})
            path = f"opensky/flights/{day:%Y/%m/%d}/{a}.json"
            wants.append(Wanted(f"{api}/flights/aircraft?{query}", path, "opensky", "json", day, a))
    return wants


def track_wants(api: str, flights: Sequence[Wanted], raw: Path, today: date) -> list[Wanted]:
    """Return the track of every flight in lists that are there, as far back as OpenSky keeps tracks."""
    wants: dict[str, Wanted] = {}
    for w in flights:
        path = raw / w.path
        assert w.day is not None
        if not path.is_file() or w.day < today - timedelta(days=TRACKS_KEPT_DAYS):
            continue
        for middle in _middles(path.read_bytes()):
            url = f"{api}/tracks/all?{urlencode({'icao24': w.address, 'time': middle})}"
            goal = f"opensky/tracks/{w.day:%Y/%m/%d}/{w.address}_{middle}.json"
            wants.setdefault(url, Wanted(url, goal, "opensky", "json", w.day, w.address))
    return list(wants.values())


def state_want(api: str, addresses: Sequence[str], now: datetime) -> Wanted:
    """Return the present: where the addresses (none: all aircraft) are now."""
    query = [("icao24", a) for a in addresses] + [("extended", "1")]
    path = f"opensky/states/{now:%Y/%m/%d}/{now:%H%M%S}.json"
    return Wanted(f"{api}/states/all?{urlencode(query)}#{int(now.timestamp())}", path, "opensky", "json")


def _middles(data: bytes) -> list[int]:
    """Return a time within every flight of a list; what is no list of flights gives none."""
    try:
        flights = json.loads(data)
        return [(int(f["firstSeen"]) + int(f["lastSeen"])) // 2 for f in flights]
    except (ValueError, KeyError, TypeError):
        return []
