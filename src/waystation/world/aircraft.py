"""What an address stood for, when, by which source, and what speaks against it.

    claims (file A: RA-82038, January)  (file B: RA-82038, March)  (file C: RA-82039, May)
    rows   |------------ RA-82038 ----------------------------- |--- RA-82039 ------->

Addresses move between airframes, so every row has its period. Rows of one address tile its time: a row
holds from ``from_utc`` until the next row's ``from_utc``, because the change was made by then at the latest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.schema import TABLES, TIME
from waystation.world.aircraft_csv import read_aircraft_csv, read_tar1090_csv
from waystation.world.aircraft_doubts import doubts_of_address, doubts_of_registration, doubts_of_sharing

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["identify", "read_aircraft_csv", "read_tar1090_csv"]

_TIMES: Final = ("first_utc", "last_utc", "first_utc_min", "last_utc_max", "from_utc", "to_utc")
_MILITARY = 1  # bit of dbFlags: 1 military, 2 interesting, 4 PIA, 8 LADD


class Claim(NamedTuple):
    """What one source says of one address between two times (ms since 1970); None where it does not say."""

    source: str
    begin: int | None
    end: int | None
    registration: str | None
    type: str | None
    operator: str | None
    military: bool | None
    files: int = 1


class Period(NamedTuple):
    """A stretch of time and the claims that overlap in it."""

    begin: int | None
    end: int | None
    claims: tuple[Claim, ...]


def identify(
    identities: pa.Table,
    sources: pa.Table,
    positions_span: pa.Table,
    imported: Iterable[tuple[str, pa.Table]] = (),
) -> pa.Table:
    """Return table ``aircraft``: one row per address and period, sorted, for every address heard.

    ``identities``, ``sources``: archive tables; a file's claim is dated by its first and last position.
    ``positions_span``: ``icao24, first_utc, last_utc, heard_by`` (list of strings, or one string).
    ``imported``: (name, table as ``aircraft_csv.COLUMNS``), the most trusted first. Rows with dates are
    claims like those of files; rows without fill what no dated claim says, and disagree as a doubt.
    """
    spans = {r["icao24"]: r for r in _listed(positions_span)}
    addresses = pa.array(
        sorted(set(spans) | set(identities.column("icao24").unique().to_pylist())), pa.string()
    )
    dated = _file_claims(identities, sources)
    undated: dict[str, list[Claim]] = defaultdict(list)
    for name, table in imported:
        for r in _listed(table.filter(pc.is_in(table.column("icao24"), value_set=addresses))):
            claim = _imported_claim(name, r)
            some = undated if claim.begin is None and claim.end is None else dated
            some[r["icao24"]].append(claim)
    rows: list[dict[str, Any]] = []
    for address in addresses.to_pylist():
        rows += _rows(address, spans.get(address, {}), dated.get(address, []), undated.get(address, []))
    for row, doubts in doubts_of_sharing(rows):
        row["doubt"] = "; ".join([*([row["doubt"]] if row["doubt"] else []), *doubts])
    schema = TABLES["aircraft"]
    return pa.table([pa.array([r[f.name] for r in rows], f.type) for f in schema], schema=schema)


def _listed(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of a table, times as milliseconds since 1970: dates cost more than all else here."""
    names = table.column_names
    columns = (table.column(n).cast(TIME).cast(pa.int64()) if n in _TIMES else table.column(n) for n in names)
    return [dict(zip(names, row, strict=True)) for row in zip(*(c.to_pylist() for c in columns), strict=True)]


def _file_claims(identities: pa.Table, sources: pa.Table) -> dict[str, list[Claim]]:
    """One claim per distinct statement, with the time it was made first and last: not one per file."""
    when = sources.select(["source_id", "first_utc", "last_utc"])
    keys = ["icao24", "registration", "type", "operator", "flags"]
    said = (
        identities.join(when, "source_id")
        .group_by(keys)
        .aggregate([("first_utc", "min"), ("last_utc", "max"), ("source_id", "count_distinct")])
        .sort_by([(k, "ascending") for k in keys])
    )
    out: dict[str, list[Claim]] = defaultdict(list)
    for r in _listed(said):
        flags = r["flags"]
        out[r["icao24"]].append(
            Claim(
                source="traces",
                begin=r["first_utc_min"],
                end=r["last_utc_max"],
                registration=r["registration"] or None,
                type=r["type"] or None,
                operator=r["operator"] or None,
                military=None if flags is None else bool(flags & _MILITARY),
                files=r["source_id_count_distinct"],
            )
        )
    return out


def _imported_claim(name: str, r: dict[str, Any]) -> Claim:
    return Claim(
        source=name,
        begin=r.get("from_utc"),
        end=r.get("to_utc"),
        registration=r.get("registration"),
        type=r.get("type"),
        operator=r.get("operator"),
        military=r.get("military"),
    )


def _rows(
    address: str, span: dict[str, Any], dated: list[Claim], undated: list[Claim]
) -> list[dict[str, Any]]:
    first, last = span.get("first_utc"), span.get("last_utc")
    if len(dated) == 1 and not undated and dated[0].begin is not None and dated[0].end is not None:
        return [_row(address, span, dated[0])]  # most addresses; what follows would say the same
    closed = [
        c
        if c.begin is not None and c.end is not None
        else c._replace(begin=first if c.begin is None else c.begin, end=last if c.end is None else c.end)
        for c in dated
    ]
    periods = _periods([c for c in closed if c.begin is not None and c.end is not None])
    periods = periods or [Period(first, last, ())]
    out = []
    for n, p in enumerate(periods):
        begin = p.begin if n else _least(p.begin, first)
        end = periods[n + 1].begin if n + 1 < len(periods) else _most(p.end, last)
        # A table without dates tells of its own day, which is nearer to the last period than to others.
        filling = undated if n + 1 == len(periods) else []
        out.append({"icao24": address, "from_utc": begin, "to_utc": end, "heard_as": _heard(span)})
        out[-1] |= _identity(address, p.claims, filling)
    return out


def _row(address: str, span: dict[str, Any], c: Claim) -> dict[str, Any]:
    """Return the row of an address of which one source says one thing."""
    doubts = doubts_of_address(address) + doubts_of_registration(address, c.registration)
    return {
        "icao24": address,
        "from_utc": _least(c.begin, span.get("first_utc")),
        "to_utc": _most(c.end, span.get("last_utc")),
        "registration": c.registration,
        "type": c.type,
        "operator": c.operator,
        "military": c.military,
        "heard_as": _heard(span),
        "doubt": "; ".join(dict.fromkeys(doubts)) or None,
    }


def _least(a: int | None, b: int | None) -> int | None:
    return b if a is None or (b is not None and b < a) else a


def _most(a: int | None, b: int | None) -> int | None:
    return b if a is None or (b is not None and b > a) else a


def _heard(span: dict[str, Any]) -> str | None:
    heard = span.get("heard_by")
    words = [heard] if isinstance(heard, str) else heard or []
    if len(words) == 1:
        return str(words[0]) or None
    return ",".join(sorted({w for w in words if w})) or None


def _periods(claims: list[Claim]) -> list[Period]:
    """Put claims with one registration together, then join registrations whose times overlap.

    Claims without a registration belong to the period that they begin in.
    """
    if len(claims) == 1:  # most addresses; the rest of this function would say the same
        return [Period(claims[0].begin, claims[0].end, tuple(claims))]
    spans: dict[str, list[Claim]] = defaultdict(list)
    silent = []
    for c in claims:
        if c.registration:
            spans[_plain(c.registration)].append(c)
        else:
            silent.append(c)
    groups = [_period(tuple(some)) for some in spans.values()]
    merged: list[Period] = []
    for g in sorted(groups, key=_begin):
        if merged and merged[-1].end is not None and _begin(g) < merged[-1].end:
            merged[-1] = _period(merged[-1].claims + g.claims)
        else:
            merged.append(g)
    if not merged:
        return [_period(tuple(silent))] if silent else []
    for c in silent:
        n = max((i for i, p in enumerate(merged) if c.begin is not None and _begin(p) <= c.begin), default=0)
        merged[n] = _period((*merged[n].claims, c))._replace(begin=merged[n].begin)
    return merged


def _plain(registration: str) -> str:
    return registration.replace("-", "").replace(" ", "").upper()


def _period(claims: tuple[Claim, ...]) -> Period:
    begin = min(c.begin for c in claims if c.begin is not None)
    end = max(c.end for c in claims if c.end is not None)
    return Period(begin, end, claims)


def _begin(p: Period) -> int:
    assert p.begin is not None
    return p.begin


def _identity(address: str, claims: tuple[Claim, ...], undated: list[Claim]) -> dict[str, Any]:
    every = [*claims, *undated]
    registration = _most_said(claims, "registration") or _first_said(undated, "registration")
    kind = _most_said(claims, "type") or _first_said(undated, "type")
    military = [c.military for c in every if c.military is not None]
    doubts = doubts_of_address(address) + doubts_of_registration(address, registration)
    doubts += _at_once(claims) + _conflicts("registration", registration, every)
    doubts += _conflicts("type", kind, every)
    return {
        "registration": registration,
        "type": kind,
        "operator": _most_said(claims, "operator") or _first_said(undated, "operator"),
        "military": any(military) if military else None,
        "doubt": "; ".join(dict.fromkeys(doubts)) or None,
    }


def _most_said(claims: tuple[Claim, ...], what: str) -> str | None:
    """The value that most files say; among equals the one said last, then the first in the alphabet."""
    if len(claims) == 1:
        value = getattr(claims[0], what)
        return str(value) if value else None
    count: Counter[str] = Counter()
    last: dict[str, int] = {}
    for c in claims:
        value = getattr(c, what)
        if value:
            count[value] += c.files
            last[value] = max(last.get(value, 0), c.end or 0)
    return min(count, key=lambda v: (-count[v], -last[v], v), default=None)


def _first_said(claims: Iterable[Claim], what: str) -> str | None:
    return next((str(getattr(c, what)) for c in claims if getattr(c, what)), None)


def _at_once(claims: tuple[Claim, ...]) -> list[str]:
    if len(claims) == 1:
        return []
    count: Counter[str] = Counter()
    for c in claims:
        if c.registration:
            count[c.registration] += c.files
    if len({_plain(r) for r in count}) < 2:
        return []
    return ["two registrations at once: " + ", ".join(f"{r} ({n} files)" for r, n in sorted(count.items()))]


def _conflicts(what: str, chosen: str | None, claims: list[Claim]) -> list[str]:
    """Every source that says another value; files that differ on registration are said by `_at_once`."""
    if chosen is None or len(claims) < 2:  # who is alone disagrees with nobody
        return []
    plain = _plain(chosen)
    said = [(c.source, str(v), _plain(str(v)) == plain) for c in claims if (v := getattr(c, what))]
    by = ", ".join(sorted({s for s, _, same in said if same}))
    return [
        f"{source} say {what} {value}, not {chosen} as {by}"
        for source, value, same in said
        if not same and not (what == "registration" and source == "traces")
    ]
