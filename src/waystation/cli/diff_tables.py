"""What differs between two results: flights, how their ends are known, claims.

Identifiers come from the data, so the same flight has the same id in both runs. Where positions were added
its id may change: such a flight is found again by its aircraft and an overlap in time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

__all__ = ["ClaimChange", "Diff", "EndChange", "diff_results"]

_ENDS: Final = ("origin", "destination")
_MOVED: Final = 0.05  # a probability that moved by less is the same reading


@dataclass(frozen=True)
class EndChange:
    """One end of a flight that is in both, read differently."""

    flight: str
    icao24: str
    first_seen_utc: str
    end: str
    before: str
    after: str


@dataclass(frozen=True)
class ClaimChange:
    """One claim: ``kind`` is changed, new or gone; the sentence is the newer one where there are two."""

    kind: str
    claim: str
    question: str
    sentence: str
    before: float | None = None
    after: float | None = None
    rows_before: int | None = None
    rows_after: int | None = None


@dataclass(frozen=True)
class Diff:
    """All that changed. ``renamed``: flights of another id, the same aircraft at the same time."""

    n_before: int
    n_after: int
    new: list[dict[str, Any]] = field(default_factory=list)
    gone: list[dict[str, Any]] = field(default_factory=list)
    renamed: list[dict[str, str]] = field(default_factory=list)
    endings: list[EndChange] = field(default_factory=list)
    ending_counts: dict[str, dict[str, int]] = field(default_factory=dict)
    claims: list[ClaimChange] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return not (self.new or self.gone or self.renamed or self.endings or self.claims)

    def plain(self) -> dict[str, Any]:
        """As values of JSON."""
        return asdict(self) | {"same": self.same}


def diff_results(old: Mapping[str, pa.Table], new: Mapping[str, pa.Table]) -> Diff:
    """Compare the tables ``flights`` and ``claims`` of two results. Neither order nor size matters."""
    before, after = _by_id(old["flights"]), _by_id(new["flights"])
    gone = [f for i, f in before.items() if i not in after]
    come = [f for i, f in after.items() if i not in before]
    pairs = _met(gone, come)
    again = {a["flight_id"] for a, _ in pairs}
    found = {b["flight_id"] for _, b in pairs}
    both = [(before[i], after[i]) for i in before if i in after] + pairs
    return Diff(
        n_before=len(before),
        n_after=len(after),
        new=[_told(f) for f in come if f["flight_id"] not in found],
        gone=[_told(f) for f in gone if f["flight_id"] not in again],
        renamed=[
            {"before": a["flight_id"], "after": b["flight_id"], "icao24": a["icao24"]} for a, b in pairs
        ],
        endings=sorted(_endings(both), key=lambda e: (e.first_seen_utc, e.flight, e.end)),
        ending_counts={"before": _counts(before.values()), "after": _counts(after.values())},
        claims=_claims(old.get("claims"), new.get("claims")),
    )


def _by_id(flights: pa.Table) -> dict[str, dict[str, Any]]:
    wanted = ["flight_id", "icao24", "first_seen_utc", "last_seen_utc"]
    for end in _ENDS:
        wanted += [end, f"{end}_ending", f"{end}_probability"]
    rows = flights.select(wanted).sort_by([("first_seen_utc", "ascending"), ("flight_id", "ascending")])
    return {r["flight_id"]: r for r in rows.to_pylist()}


def _met(
    gone: list[dict[str, Any]], come: list[dict[str, Any]]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pair flights of one aircraft that overlap most; each is used once, the longest overlap first."""
    mine: dict[str, list[dict[str, Any]]] = {}
    for f in come:
        mine.setdefault(f["icao24"], []).append(f)
    options = []
    for a in gone:
        for b in mine.get(a["icao24"], ()):
            start = max(a["first_seen_utc"], b["first_seen_utc"])
            stop = min(a["last_seen_utc"], b["last_seen_utc"])
            if stop >= start:
                options.append(((stop - start).total_seconds(), a["flight_id"], b["flight_id"], a, b))
    options.sort(key=lambda o: (-o[0], o[1], o[2]))
    used: set[tuple[str, str]] = set()
    pairs = []
    for _, i, j, a, b in options:
        if ("a", i) not in used and ("b", j) not in used:
            used |= {("a", i), ("b", j)}
            pairs.append((a, b))
    return pairs


def _told(f: dict[str, Any]) -> dict[str, Any]:
    return {
        "flight": f["flight_id"],
        "icao24": f["icao24"],
        "first_seen_utc": f"{f['first_seen_utc']:%Y-%m-%dT%H:%MZ}",
        "origin": _end(f, "origin"),
        "destination": _end(f, "destination"),
    }


def _end(f: dict[str, Any], end: str) -> str:
    p = f[f"{end}_probability"]
    shown = "" if p is None else f" {p:.2f}"
    return f"{f[end] or 'not named'} ({f[f'{end}_ending']}{shown})"


def _endings(both: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> Iterable[EndChange]:
    for a, b in both:
        for end in _ENDS:
            p, q = a[f"{end}_probability"], b[f"{end}_probability"]
            moved = (p is None) != (q is None) or (p is not None and q is not None and abs(p - q) >= _MOVED)
            if moved or any(a[c] != b[c] for c in (end, f"{end}_ending")):
                seen = f"{b['first_seen_utc']:%Y-%m-%dT%H:%MZ}"
                yield EndChange(b["flight_id"], b["icao24"], seen, end, _end(a, end), _end(b, end))


def _counts(flights: Iterable[dict[str, Any]]) -> dict[str, int]:
    out: dict[str, int] = {}
    for f in flights:
        for end in _ENDS:
            word = f[f"{end}_ending"] or "unknown"
            out[word] = out.get(word, 0) + 1
    return dict(sorted(out.items()))


def _claims(old: pa.Table | None, new: pa.Table | None) -> list[ClaimChange]:
    a, b = (_claims_by_key(t) for t in (old, new))
    out = []
    for key in dict.fromkeys([*a, *b]):
        was, now = a.get(key), b.get(key)
        shown = now or was
        assert shown is not None
        told = (shown["claim_id"], shown["question"] or "", shown["sentence"])
        if was and now:
            rows = len(was["row_ids"]), len(now["row_ids"])
            if was["value"] != now["value"] or rows[0] != rows[1]:
                out.append(ClaimChange("changed", *told, was["value"], now["value"], *rows))
        elif now:
            out.append(ClaimChange("new", *told, after=now["value"], rows_after=len(now["row_ids"])))
        elif was:
            out.append(ClaimChange("gone", *told, before=was["value"], rows_before=len(was["row_ids"])))
    return out


def _claims_by_key(table: pa.Table | None) -> dict[tuple[str, str], dict[str, Any]]:
    """By what is asked: a sentence carries its number, so the query, not the sentence, is a claim's name."""
    if table is None:
        return {}
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for c in table.to_pylist():
        made.setdefault((c["question"] or "", c["query"] or c["claim_id"]), c)
    return made
