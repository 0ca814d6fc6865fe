"""Whole days of adsb.lol: releases on GitHub, each a tar of every aircraft's trace, split into parts.

    github.com/adsblol/globe_history_2024 / v2024.12.08-planes-readsb-prod-0 / ….tar.aa  ….tar.ab

The list of parts comes from GitHub's API; where that is out of allowance, from the names, which are regular.
Addresses are made from names that fit the pattern, never taken from an answer.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from waystation.store.fetch_http import Client, LineError, host_of
from waystation.store.fetch_rules import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from waystation.store.fetch_journal import Journal
    from waystation.store.fetch_pace import Pace

__all__ = ["API", "DOWNLOADS", "Lister", "release_wants", "whole_releases"]

API: Final = "https://api.github.com"
DOWNLOADS: Final = "https://github.com"
NETWORK: Final = "adsb.lol"
_KINDS: Final = ("prod-0", "prod-0tmp", "staging-0", "staging-0tmp")  # as adsb.lol names its machines
_LIST_BYTES: Final = 8 << 20
_MAX_PARTS: Final = 26  # 52 GB; a day has two or three
_HASH: Final = re.compile(r"sha256:([0-9a-f]{64})\Z")


class Lister:
    """Finds the parts of days. ``token``: for the API, which answers 60 questions an hour without one."""

    def __init__(
        self,
        client: Client,
        pace: Pace,
        journal: Journal,
        *,
        api: str = API,
        downloads: str = DOWNLOADS,
        token: str | None = None,
    ) -> None:
        self._client, self._pace, self._journal = client, pace, journal
        self._api, self._downloads = api.rstrip("/"), downloads.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def parts(
        self, day: date, settled: Callable[[Wanted], bool], *, final: bool, again: bool = False
    ) -> tuple[list[Wanted], str]:
        """Return the parts of a day in order, and what was in the way (then there are none).

        ``no-data`` as the trouble: there is no release of that day; with ``final`` that is kept in the
        journal and not asked again. A list is kept there too, and believed once all its parts are
        ``settled``: until then a release may be taken back and made anew. Raises ``LineError``.
        """
        key = f"{self._api}/repos/adsblol/globe_history_{day.year}/releases/tags/{_tag(day, _KINDS[0])}"
        kept = self._journal.last(key) or {}
        if kept.get("outcome") == "listed" and not again:
            wants = self._wants(day, kept["repository"], kept["tag"], kept["assets"])
            if all(settled(w) for w in wants):
                return wants, ""
        if kept.get("outcome") == "no-data" and not again:
            return [], "no-data"
        troubles = []
        about = {"utc": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "url": key, "day": day.isoformat()}
        for repository, tag in _candidates(day):
            assets, trouble = self._assets(repository, tag)
            if assets:
                found = {"repository": repository, "tag": tag, "assets": assets}
                self._journal.note({**about, "outcome": "listed", **found})
                return self._wants(day, repository, tag, assets), ""
            if trouble:
                troubles.append(f"{tag}: {trouble}")
        if not troubles and final:
            self._journal.note({**about, "outcome": "no-data", "status": 404, "network": NETWORK})
        return [], "; ".join(troubles) or "no-data"

    def _wants(self, day: date, repository: str, tag: str, assets: list[dict[str, Any]]) -> list[Wanted]:
        return release_wants(day, repository, tag, assets, self._downloads)

    def _assets(self, repository: str, tag: str) -> tuple[list[dict[str, Any]], str]:
        url = f"{self._api}/repos/adsblol/{repository}/releases/tags/{tag}"
        document, status = self._json(url)
        if status in {403, 429} or status >= 500:
            return self._guessed(repository, tag), ""
        if status != 200:
            return [], "" if status == 404 else f"the list of parts is refused ({status})"
        listed = document.get("assets") if isinstance(document, dict) else None
        dicts = [a for a in listed if isinstance(a, dict)] if isinstance(listed, list) else []
        assets = [_plain(a) for a in dicts if _suffix(str(a.get("name")), tag) is not None]
        names = sorted(str(_suffix(a["name"], tag)) for a in assets)
        if not names:
            return [], "the release has no tar yet"
        if names != [""] and names != _suffixes(len(names)):
            return [], f"parts are missing: it has {', '.join(names)}"
        return sorted(assets, key=lambda a: str(a["name"])), ""

    def _json(self, url: str) -> tuple[Any, int]:
        self._pace.turn(host_of(url))
        reply = self._client.get(url, {"Accept": "application/json", **self._headers})
        try:
            return (json.loads(reply.small(_LIST_BYTES)) if reply.status == 200 else None), reply.status
        except ValueError as error:
            raise LineError(f"{url}: the list of parts is no JSON ({error})") from error
        finally:
            reply.close()

    def _guessed(self, repository: str, tag: str) -> list[dict[str, Any]]:
        """Find parts by their names and ask each for its length: one byte is fetched."""
        base = f"{self._downloads}/adsblol/{repository}/releases/download/{tag}/{tag}.tar"
        found: list[dict[str, Any]] = []
        for suffix in _suffixes(_MAX_PARTS):
            size = self._length(f"{base}.{suffix}")
            if size is None:
                break
            found.append({"name": f"{tag}.tar.{suffix}", "size": size})
        if not found and (size := self._length(base)) is not None:
            found.append({"name": f"{tag}.tar", "size": size})
        return found

    def _length(self, url: str) -> int | None:
        self._pace.turn(host_of(url))
        reply = self._client.get(url, {"Range": "bytes=0-0", "Accept-Encoding": "identity"})
        try:
            if reply.status in {404, 410}:
                return None
            total = reply.headers.get("content-range", "").rpartition("/")[2]
            if reply.status == 200:
                total = reply.headers.get("content-length", "")
            if reply.status not in {200, 206} or not total.isdigit():
                raise LineError(f"{url} answers {reply.status}; its length cannot be told")
            return int(total)
        finally:
            reply.close()


def release_wants(
    day: date, repository: str, tag: str, assets: list[dict[str, Any]], downloads: str
) -> list[Wanted]:
    """Return the parts of one release as files to fetch."""
    wants = []
    for n, asset in enumerate(assets):
        name = asset["name"]
        assert _suffix(name, tag) is not None
        wants.append(
            Wanted(
                f"{downloads}/adsblol/{repository}/releases/download/{tag}/{name}",
                f"{NETWORK}/releases/{tag}/{name}",
                NETWORK,
                "tar" if n == 0 else "part",
                day,
                size=asset.get("size"),
                sha256=asset.get("sha256"),
            )
        )
    return wants


def whole_releases(wants: Sequence[Wanted], there: Callable[[str], bool]) -> list[str]:
    """Return the first part of every release that has all its parts: ingest finds the others beside it."""
    of_day: dict[str, list[Wanted]] = {}
    for w in wants:
        of_day.setdefault(w.path.rpartition("/")[0], []).append(w)
    return [ws[0].path for ws in of_day.values() if all(there(w.path) for w in ws)]


def _candidates(day: date) -> list[tuple[str, str]]:
    """Where a day may be, the likeliest first. New Year's Eve may stand with the next year."""
    years = [day.year, day.year + 1] if (day.month, day.day) == (12, 31) else [day.year]
    return [(f"globe_history_{y}", _tag(day, kind)) for kind in _KINDS for y in years]


def _tag(day: date, kind: str) -> str:
    return f"v{day:%Y.%m.%d}-planes-readsb-{kind}"


def _suffix(name: str, tag: str) -> str | None:
    """Return ``aa`` of ``<tag>.tar.aa``, nothing for ``<tag>.tar``, None for any other name."""
    m = re.fullmatch(re.escape(tag) + r"\.tar(?:\.([a-z]{2}))?", name)
    return (m[1] or "") if m else None


def _suffixes(n: int) -> list[str]:
    return [chr(97 + i // 26) + chr(97 + i % 26) for i in range(n)]


def _plain(asset: dict[str, Any]) -> dict[str, Any]:
    size, digest = asset.get("size"), _HASH.match(str(asset.get("digest")))
    return {
        "name": str(asset["name"]),
        "size": size if isinstance(size, int) and size > 0 else None,
        "sha256": digest[1] if digest else None,
    }
