"""Make the tables of docs/rules/substitutions.md, stopovers.md and ways.md from results beside their benches. A test compares.

python -m bench.rules_tables           print them
python -m bench.rules_tables --write   put them into the pages, between their markers
"""

from __future__ import annotations

import json
from pathlib import Path

from bench.pages import paragraph, show, table

BENCH = Path(__file__).parent
RULES = BENCH.parent / "docs" / "rules"
SUBSTITUTIONS, STOPOVERS, WAYS = (RULES / f"{n}.md" for n in ("substitutions", "stopovers", "ways"))
NO_LOSS = {
    "no loss": "nothing is lost",
    "gone, no heir": "three quarters gone, nobody took over",
    "coverage halves, no loss": "coverage halves, nothing is lost",
}
RANKED = {  # in the order of the page
    "in use": "score",
    "best of the tries": "the best of {tries} other sets of weights, chosen on the other half",
    "busiest before, among the feasible": "busiest before, among the feasible",
    "busiest before": "busiest before",
    "score, blind": "score without flights and facts",
    "largest, then smallest detour": "largest, then smallest detour",
    "smallest detour": "smallest detour",
    "geometric middle": "geometric middle",
}
PUBLISHED = {
    "score": "score",
    "score, no access facts": "without facts on access",
    "score of the first version": "first version",
    "smallest detour": "smallest detour",
    "geometric middle": "geometric middle",
}
ROUTES = {  # by event
    "E04": "Krasnodar–Hmeimim–Bamako, Il-76",
    "E03": "Hmeimim–al-Khadim–Bamako, An-124",
    "E03b": "Hmeimim–al-Khadim–Ouagadougou, An-124",
    "E11": "Ras al-Khaimah–Nairobi–Amdjarass, Il-76",
    "E07": "Murted–al-Watiya–Niamey, A400M",
}


def _told(room: str, name: str) -> dict:
    return dict(json.loads((BENCH / room / "results" / f"{name}.json").read_text()))


def percent(x: float, digits: int = 0) -> str:
    return f"{100 * x + 1e-9:.{digits}f} %"  # halves up, as people round


def shifts(told: dict) -> str:
    """Worlds in which the hub's part went to an heir that is known."""
    rows = [
        [
            c["per_week"], f"{c['worlds']:,}", percent(c["heir_ranked_first"], 1), f"{c['median_share']:.2f}", f"{c['truth']:.2f}",
            f"{c['median_miss']:.2f}", f"{c['p90_miss']:.2f}", f"{percent(c['interval_covers'])} (of {c['worlds_with_interval']:,})",
            f"{c['median_width']:.2f}",
        ]
        for c in told["cells"] if "heir_ranked_first" in c
    ]  # fmt: skip
    head = ["errands a week", "worlds", "heir first", "median share", "true share", "median miss", "nine in ten within", "90 % interval covers", "median width of it"]  # fmt: skip
    return table(head, rows)


def no_loss(told: dict) -> str:
    """Worlds in which there is no heir to be found."""
    rows = [
        [
            NO_LOSS[c["name"]], c["per_week"], f"{c['worlds']:,}", percent(c["max_share_below_0.2"], 1), percent(c["any_heir_named"], 1),
        ]
        for c in told["cells"] if "any_heir_named" in c
    ]  # fmt: skip
    return table(["no heir", "errands a week", "worlds", "no share reaches 0.2", "any share above 0"], rows)


def made_up(told: dict) -> str:
    """Rank of who took over a lost hub, in worlds that had no part in choosing the weights."""
    ranks = {k: told[k]["reported"] for k in RANKED}
    rows = [
        [
            words.format(tries=told["tries"]),
            *(percent(ranks[k][m]) for m in ("first", "top_5", "top_20")),
            f"{ranks[k]['mrr']:.2f}",
        ]
        for k, words in RANKED.items()
    ]
    head = [f"of {ranks['in use']['n']} worlds", "first", "top 5", "top 20", "mean reciprocal rank"]
    alone, hidden = told["this demand alone"], told["hub hidden"]
    return f"{table(head, rows)}\n" + paragraph(
        f"Where the fleet flies this demand alone, so that every flight speaks of it, counting is as good: score "
        f"{alone['score']['mrr']:.2f}, busiest before {alone['busiest before']['mrr']:.2f} ({alone['score']['n']} worlds; the "
        f"difference is within chance). With the hub's own flights hidden nothing finds it: score {hidden['score']['mrr']:.2f}, "
        f"largest airfield {hidden['largest, then smallest detour']['mrr']:.2f}."
    )


def published(told: dict) -> str:
    """Rank of the true stop of each published route."""
    rows = [
        [ROUTES[p["event"]], f"{p['ranked']:,}", *(f"{p['ranks'][k]:,}" for k in PUBLISHED)]
        for p in told["published"]
    ]
    return table(["rank of the true stop", "of", *PUBLISHED.values()], rows)


def nonstop(told: dict) -> str:
    """Verdicts on legs that were flown or published."""
    said = "; ".join(
        f"{what}: " + ", ".join(f"{n} {verdict}" for verdict, n in sorted(told[key]["verdicts"].items()))
        for key, what in (("published legs", "published legs with type and both ends"), ("real flights", "real flights with two known ends"))
    )  # fmt: skip
    return paragraph(f"{said[0].upper()}{said[1:]}.")


def router(told: dict) -> str:
    """Milliseconds that a way takes."""
    head = [
        "pairs",
        "around something",
        "ms a pair, median",
        "95 %",
        "most",
        "median of those around something",
    ]
    keys = [
        "pairs",
        "around something",
        "ms a pair, median",
        "ms a pair, 95 %",
        "ms a pair, most",
        "ms a pair around something, median",
    ]
    return table(head, [[told[k] for k in keys]])


PAGES = {
    SUBSTITUTIONS: lambda: {
        "shifts": shifts(_told("patterns", "substitution_worlds")),
        "no heir": no_loss(_told("patterns", "substitution_worlds")),
    },
    STOPOVERS: lambda: {
        "made up worlds": made_up(_told("stopovers", "tuning")),
        "published routes": published(_told("stopovers", "leave_one_out")),
        "nonstop": nonstop(_told("stopovers", "nonstop_real")),
    },
    WAYS: lambda: {"router": router(_told("stopovers", "router"))},
}


def main() -> None:
    show(__doc__, PAGES)


if __name__ == "__main__":
    main()
