"""Write the table of docs/rules/rates.md from bench/patterns/results/rates_worlds.json, between its marks."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rules" / "rates.md"
START, STOP = "<!-- rates_worlds: start -->", "<!-- rates_worlds: stop -->"


def lines(result: dict) -> list[str]:
    first = result["intervals"][0]
    out = [
        f"{first['worlds']:,} worlds a cell, seed {result['seed']}, commit `{result['commit'][:7]}`.",
        "",
        "| World | Heard | Reference flights | 90 % interval holds the rate | naive plug-in |",
        "|---|---|---|---|---|",
    ]
    for c in result["intervals"]:
        kind = c["kind"] + (", ends uncertain" if c["soft_ends"] else "")
        out.append(
            f"| {kind} | {c['detection']:.0%} | {c['references']} | {c['covered']:.1%} | {c['plug_in_covered']:.1%} |"
        )
    out += [
        "",
        "Coverage halves at mid-year, nothing else changes; share of worlds in which a change of rate is announced:",
        "",
        "| World | Flights a week | Bayes factor > 10 | naive | intervals apart | naive |",
        "|---|---|---|---|---|---|",
    ]
    out += [
        f"| {c['kind']} | {c['per_week']:g} | {c['bayes']:.1%} | {c['naive_bayes']:.1%} | {c['apart']:.1%} | {c['naive_apart']:.1%} |"
        for c in result["false_alarms_when_coverage_halves"]
    ]
    return out


def main() -> None:
    result = json.loads((ROOT / "bench" / "patterns" / "results" / "rates_worlds.json").read_text())
    text = PAGE.read_text()
    head, rest = text.split(START)
    PAGE.write_text(f"{head}{START}\n" + "\n".join(lines(result)) + f"\n{STOP}{rest.split(STOP)[1]}")


if __name__ == "__main__":
    main()
