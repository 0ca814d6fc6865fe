"""Measures of ranked endings: top-1, top-5, log loss, calibration, sets, names, controls."""

from __future__ import annotations

import numpy as np
from bench.accuracy.masks import HARD, ROUND

ORDER = [f"{kind}_{value}" for kind, value in ROUND]
DRAWS = 200


def ece(confidence, right, bins=10):
    """Expected calibration error over equal-mass bins."""
    order = np.argsort(confidence, kind="stable")
    return float(
        sum(
            len(b) * abs(confidence[b].mean() - right[b].mean())
            for b in np.array_split(order, min(bins, len(order)))
            if len(b)
        )
        / len(order)
    )


def noise(confidence, draws=50):
    """The calibration error that perfect probabilities would show at this number of cases."""
    rng = np.random.default_rng(7)
    return float(
        np.mean(
            [ece(confidence, (rng.random(len(confidence)) < confidence).astype(float)) for _ in range(draws)]
        )
    )


def interval(values, cluster):
    """90 % interval of a mean, bootstrapped over airframes."""
    rng = np.random.default_rng(7)
    _, g = np.unique(cluster, return_inverse=True)
    total, count = np.bincount(g, values), np.bincount(g)
    means = []
    for _ in range(DRAWS):
        i = rng.integers(0, len(total), len(total))
        means.append(total[i].sum() / count[i].sum())
    return [float(x) for x in np.quantile(means, [0.05, 0.95])]


def summarise(cases, p, at, states, kind, set_mass, name_from, name_below_ft, n_fields):
    mask, origin = np.array([c.mask for c in cases]), np.array([c.is_origin for c in cases])
    airframe = np.array([c.flight.icao24 for c in cases])
    order = np.argsort(-p, 1, kind="stable")[:, :50]
    top = order[:, 0]
    confidence = p[np.arange(len(p)), top]
    right = (at >= 0) & (top == at)
    five = (at >= 0) & (order[:, :5] == at[:, None]).any(1)
    p_true = np.where(at >= 0, p[np.arange(len(p)), np.maximum(at, 0)], 0.0)
    rest = np.maximum(1 - np.take_along_axis(p, order, 1).sum(1), 0) / (n_fields - 50)
    loss = -np.log(np.maximum(np.maximum(p_true, rest), 1e-7))
    sorted_p = np.take_along_axis(p, order, 1)
    chosen = np.cumsum(sorted_p, 1) - sorted_p < set_mass
    covered = (chosen & (order == at[:, None]) & (at >= 0)[:, None]).any(1)
    size = chosen.sum(1)
    named = (confidence >= name_from) & ~(states.altitude_ft > name_below_ft)
    large = kind == "large_airport"
    hard = np.isin(mask, HARD)
    judged = np.isin(mask, ORDER)

    def measure(m):
        if not m.any():
            return None
        names = m & named
        return {
            "n": int(m.sum()), "airframes": len(np.unique(airframe[m])), "top1": float(right[m].mean()), "top1_90": interval(right[m].astype(float), airframe[m]),
            "top5": float(five[m].mean()), "log_loss": float(loss[m].mean()), "claimed": float(confidence[m].mean()), "ece": ece(confidence[m], right[m].astype(float)), "noise": noise(confidence[m]),
            "covered": float(covered[m].mean()), "set_size": float(np.median(size[m])), "named": float(named[m].mean()),
            "names_right": float(right[names].mean()) if names.any() else None, "names_claim": float(confidence[names].mean()) if names.any() else None,
        }  # fmt: skip

    groups = {
        f"{'origin' if o else 'destination'} {k}": measure((mask == k) & (origin == o))
        for o in (False, True)
        for k in ORDER
    }
    groups |= {"destination time>=20": measure(hard & ~origin), "origin time>=20": measure(hard & origin)}
    groups |= {
        "time>=20, field not large": measure(hard & ~large),
        "all, field not large": measure(judged & ~large),
        "all": measure(judged),
    }
    groups |= {"random masks": measure(np.char.startswith(mask, "random"))}
    control = mask == "control"
    return {
        "groups": groups,
        "controls": {
            "ends": int(control.sum()),
            "named": float(named[control].mean()),
            "named_at_any_height": float((confidence >= name_from)[control].mean()),
        },
    }


def compare(cases, answers, kind):
    """Top-1 of simple rules per mask, in the groups of `summarise`."""
    mask, origin = np.array([c.mask for c in cases]), np.array([c.is_origin for c in cases])
    truth = np.array([c.truth for c in cases])
    hard = np.isin(mask, HARD)
    small = kind != "large_airport"
    groups = {
        f"{'origin' if o else 'destination'} {k}": (mask == k) & (origin == o)
        for o in (False, True)
        for k in ORDER
    }
    groups |= {
        "destination time>=20": hard & ~origin,
        "origin time>=20": hard & origin,
        "time>=20, field not large": hard & small,
    }
    groups |= {"all, field not large": small, "all": np.ones(len(cases), bool)}
    return {
        name: {g: float((a == truth)[m].mean()) for g, m in groups.items() if m.any()}
        for name, a in answers.items()
    }


def print_report(r):
    print(
        "\ntemperatures "
        + ", ".join(f"{k} {v:.2f}" for k, v in r["temperatures"].items())
        + f"; set mass {r['set_mass']:.3f}"
    )
    print(
        f"{'':28s}    n  top-1 [90 %]        top-5   loss   ECE (noise)     set holds, size   named right claimed"
    )
    for k, g in r["groups"].items():
        if g:
            lo, hi = g["top1_90"]
            right = (
                f"{100 * g['names_right']:.1f} {100 * g['names_claim']:.1f}"
                if g["names_right"] is not None
                else "–"
            )
            print(
                f"{k:28s} {g['n']:5d}  {100 * g['top1']:5.1f} [{100 * lo:.0f}–{100 * hi:.0f}]  {100 * g['top5']:6.1f}  {g['log_loss']:6.3f}  {g['ece']:.3f} ({g['noise']:.3f})  {100 * g['covered']:5.1f} %  {g['set_size']:4.0f}   {100 * g['named']:5.1f} % {right}"
            )
    if r.get("rules"):
        print("\ntop-1 of simple rules      model  " + "  ".join(f"{n:>11s}" for n in r["rules"]))
        for k in next(iter(r["rules"].values())):
            print(
                f"{k:28s} {100 * r['groups'][k]['top1']:5.1f}  "
                + "  ".join(f"{100 * v[k]:11.1f}" for v in r["rules"].values())
            )
    c = r["controls"]
    print(
        f"controls: {100 * c['named']:.2f} % of {c['ends']} ends named ({100 * c['named_at_any_height']:.2f} % without the rule of height)"
    )
