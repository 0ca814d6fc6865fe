"""From any name of an airfield to its ident."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from waystation.world.airfield_table import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waystation.world.airfield_table import Airfields

__all__ = ["canonical_ident", "similar"]

_SIZE = {kind: i for i, kind in enumerate(("seaplane_base", *KINDS[:3]))}
_NO_WORD = re.compile("[^a-z0-9]+")
_NOBODY = -1  # a name that two fields carry


def canonical_ident(airfields: Airfields, text: str) -> str | None:
    """Return the ident that the text stands for, or None.

    Tried in this order, the first that knows the text decides: ident, ident or code of another release,
    ICAO, GPS, IATA, local code, exact name. A code that two fields carry stands for the larger; a name
    that two fields carry stands for neither: a wrong airfield is worse than a question.
    """
    text = text.strip()
    if text in airfields.index:
        return text
    i = _codes(airfields).get(text.upper(), _NOBODY)
    if i == _NOBODY:
        i = _names(airfields).get(_plain(text), _NOBODY)
    return None if i == _NOBODY else str(airfields.ident[i])


def similar(airfields: Airfields, text: str, k: int = 5) -> list[str]:
    """Return up to ``k`` idents whose name, other names or place resemble the text: for "did you mean".

    A part of a name first, larger fields before smaller, then names spelt nearly so. It suggests, it never
    decides: ``canonical_ident`` does.
    """
    want = _plain(text)
    if not want:
        return []
    texts, order = _search(airfields)
    found = [int(i) for i in order if want in texts[i]][:k]
    if len(found) < k:
        by_name = {_plain(airfields.name[i]): int(i) for i in reversed(order)}
        near = difflib.get_close_matches(want, by_name, n=k, cutoff=0.75)
        found += [by_name[n] for n in near if by_name[n] not in found]
    return [str(airfields.ident[i]) for i in found[:k]]


def _largest_first(a: Airfields) -> list[int]:
    rank = np.array([_SIZE[k] for k in a.kind]) * 2 + a.scheduled_service
    return [int(i) for i in np.argsort(-rank, kind="stable")]


@lru_cache(maxsize=4)
def _codes(a: Airfields) -> dict[str, int]:
    order = _largest_first(a)
    codes: dict[str, int] = {}
    _add(codes, ((i, ident) for i, ident in enumerate(a.ident)))
    _add(codes, ((i, alias) for i in order if a.aliases[i] for alias in a.aliases[i].split(";")))
    for column in (a.icao_code, a.gps_code, a.iata_code, a.local_code):
        _add(codes, ((i, column[i]) for i in order if column[i]))
    return codes


@lru_cache(maxsize=4)
def _names(a: Airfields) -> dict[str, int]:
    names: dict[str, int] = {}
    for i, name in enumerate(a.name):
        plain = _plain(name)
        names[plain] = i if names.get(plain, i) == i else _NOBODY
    names.pop("", None)
    return names


@lru_cache(maxsize=4)
def _search(a: Airfields) -> tuple[list[str], list[int]]:
    parts = zip(a.name, a.other_names, a.municipality, strict=True)
    return [_plain(" ".join(p)) for p in parts], _largest_first(a)


def _add(codes: dict[str, int], pairs: Iterable[tuple[int, str]]) -> None:
    for i, code in pairs:
        codes.setdefault(code.upper(), i)


def _plain(name: str) -> str:
    if name.isascii():
        return _NO_WORD.sub(" ", name.casefold()).strip()
    text = unicodedata.normalize("NFKD", name)
    return " ".join(
        "".join(c if c.isalnum() else " " for c in text.casefold() if not unicodedata.combining(c)).split()
    )
