"""Who took over what flowed through a lost hub: a diversion ratio, with interval, residual and placebos.

For every demand (o, d) of the lost hub (it served the origin and the destination): what it lost there per
day, what others gained there.

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
from scipy.special import betainc, gammaln

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
    min_loss: float = 0.97
    """Probability that through-flow a day fell, before anything is said of an heir: noise has none."""
    min_loss_with_share: float = 0.5
    """Enough where the hub's share of all through-flow fell with ``min_share_loss``."""
    min_share_loss: float = 0.98
    strengths: tuple[float, ...] = (1.0, 4.0, 16.0, 64.0, 256.0, 1024.0)
    """Triples that the usual mix weighs against what one demand or period shows; the data choose."""
    min_pair: float = 0.1
    """Expected triples from an origin, or to a destination, through the hub before its loss, for its own."""
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
    if not _lost(on, hub, day, span, limits):
        fell = _fallen_demands(on, hub, day, span, limits)
        if not fell.any():
            return [nobody]
        on = on.take(fell)
    tally = _Tally.of(on, hub, day, span, heard, limits)
    point = tally.shares(on.p[tally.rows][None, :])
    drawn = _drawn(tally, on, limits)
    placebos = _placebos(on, hub, day, span, heard, limits)
    share, diverted = point.share[0], point.diverted[0]
    low, high = _interval(drawn, share, limits.level)
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
                "low": float(low[k]),
                "high": float(high[k]),
                "residual": float(1.0 - share.sum()),
                "placebo_rank": beaten / (1 + len(placebos)),
            }
        )
    return rows or [nobody]


def _lost(flows: Flows, hub: int, day: float, span: Span, rules: SubstitutionRules) -> bool:
    """Return whether the hub's through-flow a day fell: surely, or probably while its share surely fell.

    The rate: the binomial test of two Poisson counts. The share, of all through-flow: two Beta posteriors;
    it does not hang on how much was flown or heard, so it may stand in for a part of the rate's certainty.
    """
    inside = (flows.day >= span[0]) & (flows.day < span[1])
    late = flows.day >= day
    mine = flows.via == hub
    before, after, all_before, all_after = (
        float(flows.p[inside & which].sum()) for which in (~late & mine, late & mine, ~late, late)
    )
    part = (day - span[0]) / (span[1] - span[0]) if span[1] > span[0] else 0.0
    if before <= 0 or not 0 < part < 1:
        return False
    fell = 1.0 - float(betainc(before, after + 1.0, part))
    if fell >= rules.min_loss or fell < rules.min_loss_with_share:
        return fell >= rules.min_loss
    rng = np.random.default_rng(rules.seed)
    was, is_ = (
        rng.beta(0.5 + x, 0.5 + max(n - x, 0.0), 4000) for x, n in ((before, all_before), (after, all_after))
    )
    return float((was > is_).mean()) >= rules.min_share_loss


def _fallen_demands(
    flows: Flows, hub: int, day: float, span: Span, rules: SubstitutionRules
) -> NDArray[np.bool_]:
    """Return the rows of demands that surely fell at the hub, although its through-flow as a whole did not.

    A hub may lose Bamako and be busier than ever. The binomial test of each demand, at ``min_loss`` for all
    of them together (Bonferroni).
    """
    k = len(flows.names)
    pair = flows.origin * k + flows.destination
    inside = (flows.day >= span[0]) & (flows.day < span[1])
    mine = inside & (flows.via == hub)
    part = (day - span[0]) / (span[1] - span[0]) if span[1] > span[0] else 0.0
    if not mine.any() or not 0 < part < 1:
        return np.zeros(len(pair), dtype=np.bool_)
    codes, at = np.unique(pair[mine], return_inverse=True)
    late = flows.day[mine] >= day
    before, after = (np.bincount(at[w], flows.p[mine][w], len(codes)) for w in (~late, late))
    stood = betainc(np.maximum(before, 1e-9), after + 1.0, part)  # P(it did not fall)
    fell = (before > 0) & (stood * len(codes) <= 1.0 - rules.min_loss)
    return np.isin(pair, codes[fell])


@dataclass(frozen=True)
class _Shares:
    share: Floats  # (draws, hubs)
    diverted: Floats  # (draws, hubs), triples a day


@dataclass(frozen=True)
class _Tally:
    """Rows of the lost hub's demands, ready to be counted again and again.

    ``cell``: (period, pair, hub) of each of ``rows`` as one number; ``hubs``: the others', as codes of names;
    the lost hub is the last hub of a cell. ``per_day``: (period, hub) what one triple counts as, a day.
    ``strength``: of the usual mix of demands, and of the usual choice of hubs.
    """

    rows: Ints
    cell: Ints
    pairs: int
    hubs: Ints
    per_day: Floats
    strength: tuple[float, float]

    @classmethod
    def of(
        cls, flows: Flows, hub: int, day: float, span: Span, heard: Heard | None, rules: SubstitutionRules
    ) -> _Tally:
        k = len(flows.names)
        pair = flows.origin * k + flows.destination
        inside = (flows.day >= span[0]) & (flows.day < span[1])
        late = flows.day >= day
        was = flows.p * (inside & ~late & (flows.via == hub))
        served = [np.bincount(end, weights=was, minlength=k) for end in (flows.origin, flows.destination)]
        both = np.minimum(served[0][flows.origin], served[1][flows.destination])
        rows = np.flatnonzero(inside & (both >= rules.min_pair))
        codes, pair_no = np.unique(pair[rows], return_inverse=True)
        hubs = np.setdiff1d(flows.via[rows], [hub])
        at = np.append(hubs, hub)
        place = np.full(k, -1)
        place[at] = np.arange(len(at))
        cell = (late[rows] * len(codes) + pair_no) * len(at) + place[flows.via[rows]]
        periods = ((span[0], day), (day, span[1]))
        per_day = np.array([[_worth(flows.names[h], p, heard) for h in at] for p in periods])
        counts = np.bincount(cell, flows.p[rows], 2 * len(codes) * len(at)).astype(np.float64)
        strength = _strengths(counts.reshape(2, len(codes), len(at)), rules)
        return cls(rows, cell, len(codes), hubs, per_day, strength)

    def shares(self, weight: Floats) -> _Shares:
        """Return S of every hub for each draw; ``weight``: (draws, rows), times each happened."""
        n, size = len(weight), 2 * self.pairs * (len(self.hubs) + 1)
        counts = np.stack([np.bincount(self.cell, weights=w, minlength=size) for w in weight])
        return _divert(counts.astype(np.float64).reshape(n, 2, self.pairs, -1), self.per_day, self.strength)


def _worth(name: str, period: Span, heard: Heard | None) -> float:
    """Return triples a day that one heard triple stands for: both its flights had to be heard."""
    q = heard(name, *period) if heard else 1.0
    return 1.0 / ((period[1] - period[0]) * max(q, 0.05) ** 2)


def _divert(counts: Floats, per_day: Floats, strength: tuple[float, float]) -> _Shares:
    """Return shares from counts (draws, period, pair, hub); the lost hub last.

    Demands of two or three triples are noise one by one: each borrows from the mix of all, the more the
    thinner it is, or noise would read as loss here and gain there.
    """
    flow = _smooth(counts * per_day[None, :, None, :], counts, strength)
    change = flow[:, 1] - flow[:, 0]
    lost = np.maximum(-change[:, :, -1], 0.0)
    gain = np.maximum(change[:, :, :-1], 0.0)
    total = gain.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(total > 0, np.minimum(1.0, lost / total), 0.0)
        diverted = (gain * part[:, :, None]).sum(axis=1)
        share = np.nan_to_num(diverted / lost.sum(axis=1)[:, None])
    return _Shares(share, diverted)


def _strengths(counts: Floats, rules: SubstitutionRules) -> tuple[float, float]:
    """Return how alike the periods' demands are, and the demands' choices of hubs: what fits best.

    Each is the strength of a Dirichlet around the usual mix under which the counts (period, pair, hub) are
    most probable: Dirichlet-multinomial, as fractions of flights have no factorials of their own.
    """
    of_pair = counts.sum(axis=2)
    mixes = (of_pair, of_pair.sum(axis=0, keepdims=True)), (counts, counts.sum(axis=1, keepdims=True))
    best = []
    for own, usual in mixes:
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.nan_to_num(usual / usual.sum(axis=-1, keepdims=True))
        fits = [_fit(own, np.broadcast_to(mean, own.shape), a) for a in rules.strengths]
        best.append(rules.strengths[int(np.argmax(fits))])
    return best[0], best[1]


def _fit(own: Floats, mean: Floats, strength: float) -> float:
    prior = strength * np.maximum(mean, 1e-9)
    n, a = own.sum(axis=-1), prior.sum(axis=-1)
    each = np.where(mean > 0, gammaln(prior + own) - gammaln(prior), 0.0)
    some = n > 0
    return float((gammaln(a[some]) - gammaln(a[some] + n[some])).sum() + each.sum())


def _smooth(rate: Floats, counts: Floats, strength: tuple[float, float]) -> Floats:
    """Return rates of the same total a period, each demand and its choice of hubs drawn to the usual ones."""
    n = counts.sum(axis=3)  # triples of a demand in a period
    of_pair = rate.sum(axis=3)
    total = of_pair.sum(axis=2, keepdims=True)
    volume = _volume(total[..., 0], n.sum(axis=2))[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        usual_pair = np.nan_to_num(of_pair.sum(axis=1, keepdims=True) / total.sum(axis=1, keepdims=True))
        own_pair = np.nan_to_num(of_pair / total)
        usual_hub = np.nan_to_num(rate.sum(axis=2, keepdims=True) / total[..., None])
        own_hub = np.nan_to_num(rate / of_pair[..., None])
    all_n = n.sum(axis=2, keepdims=True)
    w = all_n / (all_n + strength[0])
    pair = w * own_pair + (1.0 - w) * usual_pair
    v = (n / (n + strength[1]))[..., None]
    return np.asarray((volume * pair)[..., None] * (v * own_hub + (1.0 - v) * usual_hub))


def _volume(rate: Floats, n: Floats) -> Floats:
    """Return triples a day (draws, period) of all demands: one rate and two, by how well each fits.

    Two Poisson counts under one Gamma prior of unit information, even odds. 18 after 22 is no fall; read as
    one it would all be residual.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        days = np.nan_to_num(n / rate)
        all_n, all_days = (x.sum(axis=1, keepdims=True) for x in (n, days))
        one = np.nan_to_num(all_n / all_days)
        b = 1.0 / np.maximum(one, 1e-12)
        same = _evidence(all_n, all_days, b)
        apart = _evidence(n, days, b).sum(axis=1, keepdims=True)
        weight = 1.0 / (1.0 + np.exp(np.clip(apart - same, -500.0, 500.0)))
    known = (days > 0).all(axis=1, keepdims=True)
    return np.asarray(np.where(known, weight * one + (1.0 - weight) * rate, rate))


def _evidence(n: Floats, days: Floats, b: Floats) -> Floats:
    """Return log marginal of Poisson counts under Gamma(1, b), without what both models share."""
    return np.asarray(np.log(b) + gammaln(1.0 + n) - (1.0 + n) * np.log(b + days))


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
    return tally.shares(weight).share


def _interval(drawn: Floats, share: Floats, level: float) -> tuple[Floats, Floats]:
    """Return low and high per hub: the draws' quantiles and their mirror images at the share, together.

    A share is built of positive parts, so noise spreads gains over hubs that had none and lowers the heir's;
    a draw has the noise twice. Quantiles alone lie too low: they held 79 % of the truths at 90 %.
    """
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail], axis=0)
    mirrored = [np.clip(2.0 * share - end, 0.0, 1.0) for end in (low, high)]
    ends = np.stack([low, high, share, *mirrored])
    return np.asarray(ends.min(axis=0)), np.asarray(ends.max(axis=0))


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
    return float(tally.shares(flows.p[tally.rows][None, :]).diverted.max())
