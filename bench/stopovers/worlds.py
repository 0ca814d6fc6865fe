"""Made-up worlds in which an operator chooses hubs by a taste that we draw and do not tell the ranking.

Every world has its own taste: how much a detour costs, how much the size of an airfield counts, how strict access
is, how strong habit and whim are; its own flights, of which many serve other demands and mislead who only counts
them; and facts on access of which a part is known. The form of the taste is that of our score, its weights are not.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from waystation.stopovers import Demand, build, hub_loss
from waystation.stopovers.rank import RankRules, parts_of
from waystation.terms.geodesy import distance_km
from waystation.terms.schema import TABLES
from waystation.world.breguet import range_km
from waystation.world.performance import performance_of

KINDS = ("large_airport", "medium_airport", "small_airport")
DAY = date(2025, 1, 1)


@dataclass(frozen=True)
class Rows:
    """What a ranking knew of each airfield, and which is the true one: enough to score it again."""

    ident: np.ndarray
    probability: np.ndarray
    detour: np.ndarray
    access: np.ndarray
    runway: np.ndarray
    kind: np.ndarray
    used: np.ndarray
    longer_leg: np.ndarray
    state: bool
    true: str

    def rank(self, rules: RankRules, *, blind: bool = False) -> int | None:
        """Rank of the true one by our score; ``blind``: without flights and facts on access."""
        used = np.zeros_like(self.used) if blind else self.used
        access = np.full_like(self.access, "unknown") if blind else self.access
        parts = parts_of(
            self.probability, self.detour, access, self.runway, self.kind, used, rules, state=self.state
        )
        return self._place(-parts.score, parts.score > 0)

    def rivals(self) -> dict[str, int | None]:
        """Rank by simpler orders over the same airfields."""
        open_ones = np.isfinite(self.detour)
        size = np.array([KINDS.index(k) if k in KINDS else len(KINDS) for k in self.kind])
        return {
            "busiest before": self._place(-self.used, open_ones),
            "busiest before, among the feasible": self._place(
                -self.used * (self.probability >= 0.5), open_ones
            ),
            "smallest detour": self._place(self.detour, open_ones),
            "geometric middle": self._place(self.longer_leg, open_ones),
            "largest, then smallest detour": self._place(size * 100 + self.detour, open_ones),
        }

    def _place(self, key: np.ndarray, allowed: np.ndarray) -> int | None:
        order = np.lexsort((self.ident, self.detour, key))
        order = order[allowed[order]]
        place = np.flatnonzero(self.ident[order] == self.true)
        return int(place[0]) + 1 if len(place) else None


def rows_of(ranking, fields, true: str, *, state: bool) -> Rows:
    both = [
        s | p
        for s, p in zip(ranking.stopovers.to_pylist(), ranking.parts.to_pylist(), strict=True)
        if s["stopover"]
    ]
    text = {k: np.array([r[k] for r in both], dtype=object) for k in ("stopover", "access", "runway")}
    number = {
        k: np.array([np.nan if r[k] is None else r[k] for r in both], dtype=float)
        for k in ("feasible_probability", "detour", "used_before", "first_leg_km", "second_leg_km")
    }
    return Rows(
        ident=text["stopover"].astype(str),
        probability=number["feasible_probability"],
        detour=number["detour"],
        access=text["access"],
        runway=text["runway"],
        kind=np.array([str(fields.kind[fields.index[i]]) for i in text["stopover"]], dtype=object),
        used=number["used_before"].astype(int),
        longer_leg=np.maximum(number["first_leg_km"], number["second_leg_km"]),
        state=state,
        true=true,
    )


def flights_of(legs: list[tuple[date, str, str]], kind: str = "IL76") -> pa.Table:
    schema = TABLES["flights"]
    rows = []
    for n, (day, a, b) in enumerate(legs):
        start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        rows.append(
            {"flight_id": f"f{n}", "type": kind, "origin": a, "destination": b, "first_seen_utc": start}
        )
    return pa.Table.from_pylist([{k: r.get(k) for k in schema.names} for r in rows], schema=schema)


def small_world(fields, rng, n: int = 1500):
    """A part of the table between Moscow and the Gulf of Guinea, two in five of it small airfields."""
    box = (fields.lat > -5) & (fields.lat < 60) & (fields.lon > -20) & (fields.lon < 60)
    long = np.nan_to_num(fields.longest_runway_ft, nan=9000.0) > 5000
    chosen = []
    for kinds, most in ((KINDS[:2], int(n * 0.6)), (KINDS[2:], int(n * 0.4))):
        good = np.flatnonzero(box & long & np.isin(fields.kind, kinds))
        chosen.append(rng.choice(good, min(most, len(good)), replace=False))
    index = np.sort(np.concatenate(chosen))
    arrays = {
        f.name: getattr(fields, f.name)[index] for f in dataclasses.fields(fields) if f.name != "runways"
    }
    return dataclasses.replace(fields, **arrays)


@dataclass(frozen=True)
class Taste:
    """How one operator chooses."""

    slope: float
    size: dict[str, float]
    unknown: float
    whim: float
    sharp: float
    state: bool

    @staticmethod
    def drawn(rng) -> Taste:
        medium = rng.uniform(0.2, 1.0)
        state = bool(rng.random() < 0.5)
        return Taste(
            slope=rng.uniform(0.5, 4.0),
            size=dict(zip(KINDS, (1.0, medium, medium * rng.uniform(0.05, 0.8)), strict=True)),
            unknown=rng.uniform(0.05, 0.4) if state else rng.uniform(0.3, 0.8),
            whim=rng.uniform(0.3, 1.0),
            sharp=rng.uniform(1.0, 6.0),
            state=state,
        )


def demand_ends(few, rng) -> tuple[int, int] | None:
    large = np.flatnonzero(few.kind == "large_airport")
    for _ in range(200):
        o, d = rng.choice(large, 2, replace=False)
        if 5500 < float(distance_km(few.lat[o], few.lon[o], few.lat[d], few.lon[d])) < 7500:
            return int(o), int(d)
    return None


def utility(few, ends: tuple[int, int], taste: Taste, access: np.ndarray, rng) -> np.ndarray:
    aircraft = performance_of("IL76")
    km = [distance_km(few.lat[i], few.lon[i], few.lat, few.lon) for i in ends]
    direct = float(km[0][ends[1]])
    factor = float(np.exp(aircraft.curve.sigma * rng.standard_normal()))
    able = np.maximum(*km) <= float(range_km(aircraft.curve, 40.0)) * factor
    detour = (km[0] + km[1]) / direct
    weight = np.select([access == "open", access == "closed"], [1.0, 0.0], taste.unknown)
    runway = np.nan_to_num(few.longest_runway_ft, nan=9000.0) > 7000
    size = np.array([taste.size.get(k, 0.1) for k in few.kind])
    whim = np.exp(taste.whim * rng.standard_normal(len(few)))
    out = able * np.exp(-taste.slope * (detour - 1)) * weight * runway * size * whim
    out[(km[0] < 100) | (km[1] < 100) | (detour > 1.6)] = 0.0
    return out


def world(fields, seed: int, *, alone: bool = False) -> dict[str, Rows] | None:
    """One world: after the loss of the hub (true = who took over), and with the hub's own flights hidden.

    ``alone``: the fleet flies this demand only, so that every flight speaks of it.
    """
    rng = np.random.default_rng(seed)
    few, taste = small_world(fields, rng), Taste.drawn(rng)
    ends = demand_ends(few, rng)
    if ends is None:
        return None
    odds = [0.1, 0.6, 0.3] if taste.state else [0.25, 0.65, 0.1]
    truth = rng.choice(["open", "unknown", "closed"], len(few), p=odds)
    told = np.where(
        rng.random(len(few)) < rng.uniform(0.1, 0.5), truth, "unknown"
    )  # the rest nobody wrote of
    legs: list[tuple[date, str, str]] = []
    wish = utility(few, ends, taste, truth, rng)
    counts = None
    for k in range(1 if alone else int(rng.integers(2, 6))):  # the demand, and others of the same fleet
        pair = ends if k == 0 else demand_ends(few, rng)
        if pair is None:
            continue
        u = wish if k == 0 else utility(few, pair, taste, truth, rng)
        if (u > 0).sum() < 3:
            continue
        flown = rng.multinomial(int(rng.integers(8, 120)), u**taste.sharp / (u**taste.sharp).sum())
        counts = flown if k == 0 else counts
        for i in np.flatnonzero(flown):
            for n in range(flown[i]):
                day = date(2024, 10, 1) + timedelta(days=n % 90)
                legs += [
                    (day, str(few.ident[pair[0]]), str(few.ident[i])),
                    (day, str(few.ident[i]), str(few.ident[pair[1]])),
                ]
    if counts is None:
        return None
    again = wish * (0.3 + counts / (counts + 5.0)) * np.exp(0.3 * rng.standard_normal(len(few)))
    hub = int(np.argmax(counts * 1e6 + wish))
    again[hub] = 0.0
    lost, true = str(few.ident[hub]), str(few.ident[int(np.argmax(again))])
    facts = dict(zip(map(str, few.ident), map(str, told), strict=True))

    def access(ident, *_about, **_ends):
        return facts[ident], "told"

    kind = "russian-state" if taste.state else "other"
    demand = Demand(str(few.ident[ends[0]]), str(few.ident[ends[1]]), "IL76", 40.0, DAY, kind)
    after = hub_loss(lost, [demand], flights_of(legs), few, access=access, named=[true])
    hidden = flights_of([leg for leg in legs if lost not in leg])
    before = build([demand], hidden, few, access=access, named=[lost])
    return {
        "substitute": rows_of(after, few, true, state=taste.state),
        "hub, its flights hidden": rows_of(before, few, lost, state=taste.state),
    }
