"""Fit the endings model on random masks of real flights, and report it out of sample on round ones.

    python -m bench.accuracy.fit ../shared/data [--out bench/out/accuracy] [--json FILE] [--without] [--write]

Folds keep true airfields apart, and a fold's model has seen no airframe of the cases it is judged on. Round masks
and en-route controls are scored by those cross-fitted models only. `--json` keeps the figures; `--without` fits again without single pieces and keeps what
that costs. `--write` then fits on all random masks and
replaces src/waystation/flights/data/endings-1.json: the shipped numbers have seen every field here, the reported not.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bench.accuracy.fitting import fit, forward, softmax, temperature_of, terms
from bench.accuracy.masks import HARD, controls, random_cases, round_cases, states_of
from bench.accuracy.measured import Run
from bench.accuracy.report import compare, print_report, summarise
from bench.accuracy.rules import answers
from bench.accuracy.truth import flights

from waystation.flights.features import GROUPS, N_PARAMETERS
from waystation.flights.field_table import ATTRIBUTES, field_table
from waystation.flights.model import NAME, REGIMES, regime
from waystation.world.airfields import load_airfields

SEED, FOLDS, WEIGHT = 20261123, 6, 8.0
OTHER, NAME_FROM, NAME_BELOW_FT = 0.02, 0.8, 25000.0
COVER = 0.91  # of the random cases: a set has at least one field, so sure ends hold the truth more often than 90 %
PIECES = {  # what is left out, and whether judged fields stay in the fit as rivals that never win
    "operators": (("operator",), (), False),
    "radio frequencies, tower, links": (
        (),
        ("frequencies", "tower", "approach", "wikipedia", "home_page"),
        False,
    ),
    "the absence of judged fields": ((), (), True),
}
SHIP = Path(__file__).parents[2] / "src" / "waystation" / "flights" / "data" / NAME


def folds_of(truth, group):
    """Assign true fields to folds, the largest first to the emptiest."""
    rng, load, fold = np.random.default_rng(5), np.zeros(FOLDS), {}
    count = {k: len(np.unique(group[truth == k])) for k in np.unique(truth[truth >= 0])}
    for k in sorted(count, key=lambda k: (-count[k], k)):
        fold[k] = int(np.argmin(load + rng.random(FOLDS) * 0.01))
        load[fold[k]] += count[k]
    return np.array([fold.get(k, -1) for k in truth])


class Told(NamedTuple):
    """The cases as the fit sees them, a row each; ``rows``, ``index`` and ``value`` as of ``fitting.terms``."""

    rows: np.ndarray
    index: np.ndarray
    value: np.ndarray
    at: np.ndarray  # column of the true field, -1 where it is not among the candidates
    weight: np.ndarray
    own: np.ndarray  # random masks: what may be fitted on
    airframe: np.ndarray
    fold: np.ndarray
    truth_row: np.ndarray


def crossfit(c, n_fields, gone=None, rivals=False):
    """Return (scores of all cases that have a fold, by models that never saw them; those models).

    ``gone``: (N_PARAMETERS,) bool, parameters that stay zero. ``rivals``: the judged fields stay in the fit.
    """
    score, betas, beta = np.full(c.rows.shape, -np.inf), [], None
    for k in range(FOLDS):
        judged = c.fold == k
        seen = c.own & (c.at >= 0) & ~judged & ~np.isin(c.airframe, np.unique(c.airframe[judged]))
        away = np.zeros(n_fields + 1, dtype=bool)  # the fold's fields do not exist while its model is fitted:
        if not rivals:  # as rivals that never win they would teach it that their like never wins
            away[c.truth_row[judged]] = True
        rows = np.where(away[c.rows], -1, c.rows)
        beta = fit(c.index, c.value, rows, c.at, np.flatnonzero(seen), c.weight, beta, gone=gone)
        betas.append(beta)
        j = np.flatnonzero(judged)
        score[j] = forward(c.index[j], c.value[j], c.rows[j], beta)
    return score, betas


def parameters_of(groups, attributes):
    """Mark the parameters of these groups of terms, and of these attributes of a field."""
    gone = np.zeros(N_PARAMETERS, dtype=bool)
    for name in groups:
        at, shape = GROUPS[name]
        gone[at : at + int(np.prod(shape))] = True
    at, (_, n) = GROUPS["field"]
    for name in attributes:
        k = at + n * ATTRIBUTES.index(name)
        gone[k : k + n] = True
    return gone


def without(c, n_fields, cases, score):
    """What single pieces are worth: top-1 at 20 and 40 minutes without each, by end."""
    origin = np.array([x.is_origin for x in cases])
    hard = np.isin([x.mask for x in cases], HARD)

    def top1(score):
        right = score.argmax(1) == c.at
        return {
            name: float(right[hard & (origin == o)].mean())
            for name, o in (("destination", False), ("origin", True))
        }

    out = {"nothing": top1(score)}
    for name, (groups, attributes, rivals) in PIECES.items():
        out[name] = top1(crossfit(c, n_fields, parameters_of(groups, attributes), rivals)[0])
        print(f"without {name}: {out[name]}", flush=True)
    return out


def set_mass_of(p, at, weight):
    """The mass up to which a set is filled so that it holds the truth in `COVER` of the random cases."""
    order = np.argsort(-p, 1, kind="stable")
    sorted_p = np.take_along_axis(p, order, 1)
    before = (np.cumsum(sorted_p, 1) - sorted_p)[np.arange(len(p)), (order == at[:, None]).argmax(1)]
    rank = np.argsort(before, kind="stable")
    share = np.cumsum(weight[rank]) / weight.sum()
    return float(before[rank][np.searchsorted(share, COVER)]) + 1e-6


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("bench/out/accuracy"))
    parser.add_argument("--json", type=Path, help="keep the figures there, in the section crossfit")
    parser.add_argument("--without", action="store_true", help="say what single pieces are worth")
    parser.add_argument("--write", action="store_true")
    a = parser.parse_args()
    run = Run({"seed": SEED, "folds": FOLDS, "without": a.without})
    began = time.time()
    airfields = load_airfields()
    real, missing = flights(a.data, airfields)
    drawn, fixed, overhead = random_cases(real, airfields, SEED), round_cases(real, airfields), controls(real)
    cases = drawn + fixed + overhead
    print(
        f"{len(real)} flights ({missing} without file), {len(drawn)} random, {len(fixed)} round cases, {len(overhead)} control ends, {time.time() - began:.0f} s"
    )
    states, table = states_of(cases), field_table(airfields)
    truth = np.array([c.truth for c in cases])
    truth_row = np.where(truth >= 0, table.position[np.maximum(truth, 0)], -1)
    own = np.arange(len(cases)) < len(drawn)
    rows, index, value = terms(states, airfields, truth_rows=truth_row, forced=own)
    hit = (rows == truth_row[:, None]) & (truth_row >= 0)[:, None]
    at = np.where(hit.any(1), hit.argmax(1), -1)
    end = np.array([f"{c.flight.key}|{c.is_origin}" for c in cases])
    airframe = np.array([c.flight.icao24 for c in cases])
    _, inverse, count = np.unique(end[own], return_inverse=True, return_counts=True)
    weight = np.zeros(len(cases))
    weight[own] = WEIGHT / count[inverse]
    told = Told(rows, index, value, at, weight, own, airframe, folds_of(truth, end), truth_row)
    score, betas = crossfit(told, len(table))
    print(f"cross-fitted, {time.time() - began:.0f} s", flush=True)
    j = np.flatnonzero(truth < 0)
    score[j] = forward(index[j], value[j], rows[j], np.mean(betas, 0))
    which = regime(states)
    temperatures = [
        temperature_of(score[j], at[j], weight[j])
        for k in range(len(REGIMES))
        if len(j := np.flatnonzero(own & (which == k)))
    ]
    p = softmax(score, np.array(temperatures)[which][:, None]) * (1 - OTHER)
    set_mass = set_mass_of(p[own], at[own], weight[own])
    kind = airfields.kind[np.maximum(truth, 0)]
    result = summarise(cases, p, at, states, kind, set_mass, NAME_FROM, NAME_BELOW_FT, len(airfields))
    result |= {"temperatures": dict(zip(REGIMES, temperatures, strict=True)), "set_mass": set_mass}
    fixed_at = np.arange(len(drawn), len(drawn) + len(fixed))
    result["rules"] = compare(
        [cases[k] for k in fixed_at], answers(states.take(fixed_at), airfields), kind[fixed_at]
    )
    print_report(result)
    result["counts"] = {
        "flights": len(real), "ends": len(np.unique(end[own])), "airframes": len(np.unique(airframe[own])),
        "fields": len(np.unique(truth[own])), "random_masks": len(drawn), "round_masks": len(fixed),
    }  # fmt: skip
    if a.without:
        result["without"] = without(told, len(table), cases, score)
    if a.json:
        run.keep(a.json, "crossfit", result)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "endings.json").write_text(json.dumps(result, indent=1) + "\n")
    np.savez_compressed(a.out / "crossfit.npz", p=p, rows=rows, at=at)
    if a.write:
        ship(
            fit(index, value, rows, at, np.flatnonzero(own & (at >= 0)), weight, np.mean(betas, 0)),
            temperatures,
            set_mass,
            own,
            end,
            airframe,
            truth,
        )


def ship(beta, temperatures, set_mass, own, end, airframe, truth):
    model = {
        "temperatures": {name: round(t, 4) for name, t in zip(REGIMES, temperatures, strict=True)},
        "other": OTHER,
        "set_mass": round(set_mass, 4),
        "name_from": NAME_FROM,
        "name_below_ft": NAME_BELOW_FT,
        "reach_km": 1600.0,
        "keep": 240,
        "provenance": {
            "fitted_on": f"{int(own.sum())} random masks (seed {SEED}) of {len(np.unique(end[own]))} ends of {len(np.unique(airframe[own]))} airframes at {len(np.unique(truth[own]))} airfields",
            "masks": "minutes 3-110, kilometres 12-900, feet 2500-34000, log-uniform; other than any that is reported",
            "temperatures_and_set_mass": f"cross-fitted over {FOLDS} folds of true airfields, airframes apart",
            "by": "bench/accuracy/fit.py",
            "date": "2026-11-23",
        },
        "terms": {
            name: np.round(beta[at : at + int(np.prod(shape))], 3).reshape(shape).tolist()
            for name, (at, shape) in GROUPS.items()
        },
    }
    SHIP.write_text(json.dumps(model, separators=(",", ":")).replace('],"', '],\n"') + "\n")
    print(f"wrote {SHIP}")


if __name__ == "__main__":
    main()
