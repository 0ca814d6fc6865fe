"""From any name of an airfield to its ident."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from waystation.world.airfield_table import KINDS

if TYPE_CHECKING:
    from waystation.world.airfield_table import Airfields, Texts

__all__ = ["canonical_ident"]

_SIZE = {kind: i for i, kind in enumerate(("seaplane_base", *KINDS[:3]))}


def canonical_ident(airfields: Airfields, text: str) -> str | None:
    """Return the ident that the text stands for, or None.

    Tried in this order, the first that knows the text decides: ident, ident or code of another release,
    ICAO, IATA, local code, name, other name. A code that two fields carry stands for the larger; a name
    that two fields carry stands for neither: a wrong airfield is worse than a question.
    """
    text = text.strip()
    if not text:
        return None
    i = airfields.index.get(text.upper())
    if i is None:
        codes, names = _indices(_Key(airfields))
        i = codes.get(text.upper())
        if i is None:
            i = names.get(_plain(text))
    return None if i is None or i < 0 else str(airfields.ident[i])


class _Key:
    """Hashes a table by identity, so that its indices are made once."""

    def __init__(self, airfields: Airfields) -> None:
        self.airfields = airfields

    def __hash__(self) -> int:
        return id(self.airfields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.airfields is self.airfields


@lru_cache(maxsize=4)
def _indices(key: _Key) -> tuple[dict[str, int], dict[str, int]]:
    a = key.airfields
    rank = np.array([_SIZE[k] for k in a.kind]) * 2 + a.scheduled_service
    largest_first = np.argsort(-rank, kind="stable")
    codes: dict[str, int] = {}
    for i in largest_first:
        for alias in a.aliases[i].split(";"):
            codes.setdefault(alias.upper(), int(i))
    for column in (a.icao_code, a.iata_code, a.local_code):
        _add_codes(codes, column, largest_first)
    codes.pop("", None)
    names: dict[str, int] = {}
    for i, name in enumerate(a.name):
        _add_name(names, name, i)
    others: dict[str, int] = {}
    for i, text in enumerate(a.other_names):
        for name in text.replace(";", ",").split(",") if text else ():
            _add_name(others, name, i)
    names = others | names
    names.pop("", None)
    return codes, names


def _add_codes(codes: dict[str, int], column: Texts, order: np.ndarray) -> None:
    for i in order:
        if column[i]:
            codes.setdefault(column[i].upper(), int(i))


def _add_name(names: dict[str, int], name: str, i: int) -> None:
    plain = _plain(name)
    names[plain] = i if names.get(plain, i) == i else -1


def _plain(name: str) -> str:
    text = name if name.isascii() else unicodedata.normalize("NFKD", name)
    return " ".join("".join(c for c in text.casefold() if c.isalnum() or c == " ").split())
