"""Who took over what flowed through a lost hub: a diversion ratio, with interval, residual and placebos.

For every demand (o, d) that used the lost hub: what it lost there per day, what others gained there.

    lost(o,d) = max(0, before(o,hub,d) - after(o,hub,d))
    gain(o,h,d) = max(0, after(o,h,d) - before(o,h,d))
    S(h) = Σ gain(o,h,d) · min(1, lost(o,d) / Σ_h gain(o,h,d))  /  Σ lost(o,d)

A gain counts up to what that demand lost: growth elsewhere is no substitution. What nobody gained is the
residual: given up, gone direct, or not heard. docs/rules/substitutions.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betainc

from waystation.network.flows import Flows, draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Heard = Callable[[str, float, float], float]

__all__ = ["Span", "SubstitutionRules", "substitution_rows"]

Span = tuple[float, float]  # days since 1970, half open


@dataclass(frozen=True)
class SubstitutionRules:
    """When a hub counts as lost, and how thin demands borrow from thick ones."""

    draws: int = 200
    level: float = 0.90
    min_loss_probability: float = 0.99
    """That through-flow a day fell, before anything is said of a substitute: noise has no heir."""
    demand_strength: float = 20.0
    """Triples that the fleet's usual mix of demands weighs, against the mix counted in one period."""
    hub_strength: float = 4.0
    """Triples that the fleet's usual choice of hubs weighs, against what one demand chose."""
    min_pair: float = 0.1
    """Expected triples through the hub before its loss, for a demand to count as its own."""
    min_share: float = 0.01
    """Of a substitute, for a row."""
    placebo_hubs: int = 20
    placebo_dates: int = 30
    placebo_clear_days: float = 30.0
    """Placebo dates keep this far from the loss and from both ends of the span."""
    seed: int = 20_241_208


def substitution_rows(
    flows: Flows,
    lost: str,
    day: float,
    span: Span,
    *,
    heard: Heard | None = None,
    rules: SubstitutionRules | None = None,
) -> list[dict[str, Any]]:
    """Return rows of ``substitutions`` for one lost hub and date, largest share first.

    ``day``, ``span``: days since 1970. ``heard(airfield, from, to)``: chance that one flight there is heard
    (1 where nobody can tell), for correction of what went unheard. Without a believable loss there is one
    row: no substitute, share 0, residual 1. ``placebo_rank``: share of hubs and dates, the real one included,
    whose best heir gained as much a day.
    """
    limits = rules or SubstitutionRules()
    on = flows.take(flows.through)
    nobody = {"lost_hub": lost, "substitute": None, "share": 0.0, "residual": 1.0}
    if lost not in on.names:
        return [nobody]
    hub = on.names.index(lost)
    if _loss_probability(on, hub, day, span) < limits.min_loss_probability:
        return [nobody]
    tally = _Tally.of(on, hub, day, span, heard, limits)
    point = tally.shares(on.p[tally.rows][None, :], limits)
    drawn = _drawn(tally, on, limits)
    placebos = _placebos(on, hub, day, span, heard, limits)
    tail = (1.0 - limits.level) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail], axis=0)
    share, diverted = point.share[0], point.diverted[0]
    rows = []
    for k in np.lexsort((tally.hubs, -share)):
        if share[k] < limits.min_share:
            continue
        beaten = 1 + int(np.sum(placebos >= diverted[k]))
        rows.append(
            nobody
            | {
                "substitute": on.names[tally.hubs[k]],
                "share": float(share[k]),
                "low": float(min(low[k], share[k])),
                "high": float(max(high[k], share[k])),
                "residual": float(1.0 - share.sum()),
                "placebo_rank": beaten / (1 + len(placebos)),
            }
        )
    return rows or [nobody]


def _loss_probability(flows: Flows, hub: int, day: float, span: Span) -> float:
    """Return the chance that the hub's through-flow a day fell: the binomial test of two Poisson counts."""
    mine = (flows.via == hub) & (flows.day >= span[0]) & (flows.day < span[1])
    before = float(flows.p[mine & (flows.day < day)].sum())
    after = float(flows.p[mine].sum()) - before
    part = (day - span[0]) / (span[1] - span[0]) if span[1] > span[0] else 0.0
    if before <= 0 or not 0 < part < 1:
        return 0.0
    return 1.0 - float(betainc(before, after + 1.0, part))


@dataclass(frozen=True)
class _Shares:
    share: Floats  # (draws, hubs)
    diverted: Floats  # (draws, hubs), triples a day


@dataclass(frozen=True)
class _Tally:
    """Rows of the lost hub's demands, ready to be counted again and again.

    ``cell``: (period, pair, hub) of each of ``rows`` as one number; ``hubs``: the others', as codes of names;
    the lost hub is the last hub of a cell. ``per_day``: (period, hub) what one triple counts as, a day.
    """

    rows: Ints
    cell: Ints
    pairs: int
    hubs: Ints
    per_day: Floats

    @classmethod
    def of(
        cls, flows: Flows, hub: int, day: float, span: Span, heard: Heard | None, rules: SubstitutionRules
    ) -> _Tally:
        k = len(flows.names)
        pair = flows.origin * k + flows.destination
        inside = (flows.day >= span[0]) & (flows.day < span[1])
        late = flows.day >= day
        was = np.bincount(pair, weights=flows.p * (inside & ~late & (flows.via == hub)), minlength=k * k)
        rows = np.flatnonzero(inside & (was[pair] >= rules.min_pair))
        codes, pair_no = np.unique(pair[rows], return_inverse=True)
        hubs = np.setdiff1d(flows.via[rows], [hub])
        at = np.append(hubs, hub)
        place = np.full(k, -1)
        place[at] = np.arange(len(at))
        cell = (late[rows] * len(codes) + pair_no) * len(at) + place[flows.via[rows]]
        periods = ((span[0], day), (day, span[1]))
        per_day = np.array([[_worth(flows.names[h], p, heard) for h in at] for p in periods])
        return cls(rows, cell, len(codes), hubs, per_day)

    def shares(self, weight: Floats, rules: SubstitutionRules) -> _Shares:
        """Return S of every hub for each draw; ``weight``: (draws, rows), times each happened."""
        n, size = len(weight), 2 * self.pairs * (len(self.hubs) + 1)
        counts = np.stack([np.bincount(self.cell, weights=w, minlength=size) for w in weight])
        return _divert(counts.astype(np.float64).reshape(n, 2, self.pairs, -1), self.per_day, rules)


def _worth(name: str, period: Span, heard: Heard | None) -> float:
    """Return triples a day that one heard triple stands for: both its flights had to be heard."""
    q = heard(name, *period) if heard else 1.0
    return 1.0 / ((period[1] - period[0]) * max(q, 0.05) ** 2)


def _divert(counts: Floats, per_day: Floats, rules: SubstitutionRules) -> _Shares:
    """Return shares from counts (draws, period, pair, hub); the lost hub last.

    Demands of two or three triples are noise one by one: each borrows from the mix of all, the more the
    thinner it is, or noise would read as loss here and gain there.
    """
    flow = _smooth(counts * per_day[None, :, None, :], counts, rules)
    change = flow[:, 1] - flow[:, 0]
    lost = np.maximum(-change[:, :, -1], 0.0)
    gain = np.maximum(change[:, :, :-1], 0.0)
    total = gain.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(total > 0, np.minimum(1.0, lost / total), 0.0)
        diverted = (gain * part[:, :, None]).sum(axis=1)
        share = np.nan_to_num(diverted / lost.sum(axis=1)[:, None])
    return _Shares(share, diverted)


def _smooth(rate: Floats, counts: Floats, rules: SubstitutionRules) -> Floats:
    """Return rates of the same total a period, each demand and its choice of hubs drawn to the usual ones."""
    n = counts.sum(axis=3)  # triples of a demand in a period
    of_pair = rate.sum(axis=3)
    total = of_pair.sum(axis=2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        usual_pair = np.nan_to_num(of_pair.sum(axis=1, keepdims=True) / total.sum(axis=1, keepdims=True))
        own_pair = np.nan_to_num(of_pair / total)
        usual_hub = np.nan_to_num(rate.sum(axis=2, keepdims=True) / total[..., None])
        own_hub = np.nan_to_num(rate / of_pair[..., None])
    all_n = n.sum(axis=2, keepdims=True)
    w = all_n / (all_n + rules.demand_strength)
    pair = w * own_pair + (1.0 - w) * usual_pair
    v = (n / (n + rules.hub_strength))[..., None]
    return np.asarray((total * pair)[..., None] * (v * own_hub + (1.0 - v) * usual_hub))


def _drawn(tally: _Tally, flows: Flows, rules: SubstitutionRules) -> Floats:
    """Return shares (draws, hubs) of histories drawn, itineraries weighed at random (Bayesian bootstrap).

    The unit is the itinerary: flights of one errand go the same way together.
    """
    rng = np.random.default_rng(rules.seed)
    group = np.unique(flows.group[tally.rows], return_inverse=True)[1].astype(np.int64)
    trip = np.unique(flows.trip[tally.rows], return_inverse=True)[1]
    chosen = draw(group, flows.p[tally.rows], rules.draws, rng)
    weight = np.zeros((rules.draws, len(tally.rows)))
    for w, rows in zip(weight, chosen, strict=True):
        got = rows[rows >= 0]
        w[got] = rng.exponential(size=len(trip))[trip[got]]
    return tally.shares(weight, rules).share


def _placebos(
    flows: Flows, hub: int, day: float, span: Span, heard: Heard | None, rules: SubstitutionRules
) -> Floats:
    """Return the best heir's gain a day for other hubs on this date, and for this hub on other dates."""
    flow = np.bincount(flows.via, weights=flows.p, minlength=len(flows.names))
    flow[hub] = 0.0
    others = [h for h in np.argsort(-flow, kind="stable")[: rules.placebo_hubs] if flow[h] > 0]
    clear = rules.placebo_clear_days
    roomy = span[1] - span[0] > 2 * clear
    dates = np.linspace(span[0] + clear, span[1] - clear, rules.placebo_dates if roomy else 0)
    cases = [(int(h), day) for h in others] + [(hub, float(d)) for d in dates if abs(d - day) >= clear]
    return np.array([_best(flows, h, d, span, heard, rules) for h, d in cases])


def _best(
    flows: Flows, hub: int, day: float, span: Span, heard: Heard | None, rules: SubstitutionRules
) -> float:
    tally = _Tally.of(flows, hub, day, span, heard, rules)
    if not len(tally.hubs) or not len(tally.rows):
        return 0.0
    return float(tally.shares(flows.p[tally.rows][None, :], rules).diverted.max())
