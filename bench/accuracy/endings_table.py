"""Make the figures of docs/rules/endings.md from what ``endings.py`` measured. A test checks that the page holds them.

python -m bench.accuracy.endings_table           print them
python -m bench.accuracy.endings_table --write   put them into the page, between its markers
"""

from __future__ import annotations

import re

from bench.accuracy.measured import RESULTS, ROOT, section, stamp
from bench.pages import paragraph, show, table

RESULT = RESULTS / "endings.json"
PAGE = ROOT / "docs" / "rules" / "endings.md"
AIM = 0.9  # of the best simple rule's log loss, on every mask
ENDS = ("destination", "origin")
UNITS = {"time": "{} min", "dist": "{} km", "alt": "below {:,} ft"}
POOLED = {
    "destination time>=20": "destination, 20 and 40 min",
    "origin time>=20": "origin, 20 and 40 min",
    "time>=20, field not large": "20 and 40 min, field not large",
    "all, field not large": "all masks, field not large",
    "all": "all masks",
}
OTHERS = {
    "all, field not large": "all masked, field not large",
    "all": "all masked",
}  # as the other program says
UNMASKED = ("none", "control")  # ends left as they are; en-route flights
HIDDEN = [f"{end} time_{m}" for end in ENDS for m in (10, 20, 40)]
RULES = {
    "nearest": "nearest field",
    "nearest m+l": "nearest medium or large",
    "course m+l": "ahead and near",
    "opensky": "OpenSky's",
    "size": "softmax of course, height, distance, size",
}
COLLECTIONS = {
    "tour_de_france": "weeks of relay flights over a cycling race",
    "calfire": "firefighters, down at their base and up again",
}


def words(group: str) -> str:
    """Return a group of cases as the page says it: ``origin dist_200`` is ``origin, 200 km``."""
    if group in POOLED:
        return POOLED[group]
    end, mask = group.split(" ")
    kind, value = mask.split("_")
    return f"{end}, {UNITS[kind].format(int(value))}"


def percent(x: float | None, digits: int = 0) -> str:
    return "–" if x is None else f"{100 * x:.{digits}f}"


def between(x: list[float]) -> str:
    return f"[{percent(x[0])}–{percent(x[1])}]"


def crossfit(told: dict) -> str:
    """Out of sample: where the cases come from, and a row per kind of mask."""
    c, g = told["counts"], told["groups"]
    intro = paragraph(
        f"{c['flights']:,} real flights of the development data; {c['ends']:,} ends of {c['airframes']:,} airframes at "
        f"{c['fields']:,} airfields have a truth and a track that reaches it. Fitted on {c['random_masks']:,} random masks, "
        f"judged on {c['round_masks']:,} round ones, in {told['on']['arguments']['folds']} folds. Per cent; in brackets 90 % "
        "intervals, over airframes."
    )
    head = ["hidden", "n", "top-1", "claimed", "top-5", "log loss", "ECE (perfect would show)", "sets hold"]
    rows = [
        [
            words(k), f"{g[k]['n']:,}", f"{percent(g[k]['top1'])} {between(g[k]['top1_90'])}", percent(g[k]["claimed"]),
            percent(g[k]["top5"]), f"{g[k]['log_loss']:.2f}", f"{g[k]['ece']:.3f} ({g[k]['noise']:.3f})", percent(g[k]["covered"]),
        ]
        for k in [*HIDDEN, *POOLED]
    ]  # fmt: skip
    return f"{intro}\n{table(head, rows)}\n" + paragraph(f"Measured {stamp(told)}.")


def simple(told: dict) -> str:
    """Top-1 of simple rules on the same ends."""
    rows = [
        [words(k), percent(told["groups"][k]["top1"]), *(percent(told["rules"][r][k]) for r in RULES)]
        for k in POOLED
    ]
    return table(["top-1", "model", *RULES.values()], rows)


def named(told: dict) -> str:
    """What gets a name, and what the rule of height is worth."""
    g, c = told["groups"]["all"], told["controls"]
    return paragraph(
        f"{percent(g['named'])} % of masked ends get a name; {percent(g['names_right'], 1)} % of the names are right, "
        f"{percent(g['names_claim'], 1)} % are claimed. {round(c['named'] * c['ends']):,} of {c['ends']:,} ends of en-route "
        f"flights are named; without the rule of height {percent(c['named_at_any_height'], 1)} % would be."
    )


def without(told: dict) -> str:
    """What single pieces are worth."""
    rows = [[name, *(percent(v[end]) for end in ENDS)] for name, v in told["without"].items()]
    return table(["top-1 at 20 and 40 min, without", "destination", "origin"], rows)


def best(box: dict, group: str, measure: str) -> tuple[float, str]:
    """Return the least log loss, or the greatest top-1, of the simple rules, and the rule's name."""
    sign = -1 if measure == "log_loss" else 1
    _, value, name = max(
        (sign * r[group][measure], r[group][measure], name) for name, r in box["rules"].items()
    )
    return value, name


def losses(told: dict, box: dict) -> list[tuple[str, float, float, float, str]]:
    """Return (group, cross-fitted, as shipped, best rule's, its name) for every single mask."""
    kinds = list(UNITS)
    masks = [
        (end, kind, int(v)) for k in told["groups"] if "_" in k for end, kind, v in [re.split("[ _]", k)]
    ]
    masks.sort(key=lambda m: (ENDS.index(m[0]), kinds.index(m[1]), m[2]))
    return [
        (k, told["groups"][k]["log_loss"], box["ours"][k]["log_loss"][0], *best(box, k, "log_loss"))
        for k in (f"{end} {kind}_{value}" for end, kind, value in masks)
    ]


def loss(told: dict, box: dict) -> str:
    """Log loss against the best simple rule's, mask by mask, with what misses the aim."""
    found = losses(told, box)
    rows = [
        [
            words(k),
            f"{out:.2f}",
            f"{ours:.2f}",
            f"{rule:.2f} ({name})",
            f"{out / rule:.2f}",
            f"{ours / rule:.2f}",
        ]
        for k, out, ours, rule, name in found
    ]
    head = [
        "log loss",
        "cross-fitted",
        "as shipped",
        "best simple rule",
        "cross-fitted ÷ rule",
        "as shipped ÷ rule",
    ]
    missed = [(k, out, rule) for k, out, _, rule, _ in found if out > AIM * rule]
    seen = [k for k, _, ours, rule, _ in found if ours > AIM * rule]
    said = "; ".join(f"{words(k)}: {out:.2f}, asked {AIM * rule:.2f}" for k, out, rule in missed)
    miss = "misses" if len(missed) == 1 else "miss"
    verdict = paragraph(
        f"The aim is {AIM:g} of the best rule's on every mask. **Cross-fitted, {len(missed)} of {len(found)} {miss} it**"
        f"{f' ({said})' if said else ''}; as shipped, {len(seen) or 'none'} of them."
    )
    return f"{table(head, rows)}\n{verdict}"


def outside(box: dict) -> str:
    """Hidden by another program: against its simple rules, and its bars, missed ones first."""
    rows = []
    for k, name in POOLED.items():
        key = OTHERS.get(k, k)
        g, (rule, rule_name) = box["ours"][key], best(box, key, "top1")
        rows.append(
            [
                name,
                f"{g['n']:,}",
                f"{percent(g['top1'][0])} {between(g['top1'][1:])}",
                f"{percent(rule)} ({rule_name})",
            ]
        )
    bars = sorted(box["bars"], key=lambda b: b["met"])
    head = ["hidden", "n", "top-1", "best simple rule"]
    verdicts = [["met" if b["met"] else "**missed**", b["words"]] for b in bars]
    told = [
        table(head, rows),
        table(["bar", "that the other program sets"], verdicts),
        paragraph(f"Measured {stamp(box)}."),
    ]
    return "\n".join(told)


def pieces(box: dict) -> str:
    """The cases that come back as several flights, by where they are from."""
    by: dict[str, list[dict]] = {}
    for p in box["pieces"]:
        by.setdefault(p["collection"], []).append(p)
    rows = []
    for name, found in sorted(by.items(), key=lambda x: -len(x[1])):
        silent = sorted(m for p in found for m in p["silent_min"])
        n = sorted({p["flights"] for p in found})
        rows.append(
            [
                f"{name}: {COLLECTIONS[name]}" if name in COLLECTIONS else name, len(found), len({p["flight"] for p in found}),
                f"{n[0]}–{n[-1]}" if n[0] < n[-1] else n[0], f"{silent[0]:,.0f} / {silent[len(silent) // 2]:,.0f} / {silent[-1]:,.0f}",
            ]
        )  # fmt: skip
    masked, all_ends = sum(p["mask"] not in UNMASKED for p in box["pieces"]), box["ours"]["all masked"]["n"]
    said = paragraph(
        f"**{box['split']:,} cases come back in pieces, {percent(box['split'] / all_ends, 1)} % of the {all_ends:,} masked.** "
        f"{masked:,} of them are masked ({percent(masked / all_ends, 1)} %), {len(box['pieces']) - masked:,} are ends left as they are, "
        "which the bar counts too."
    )
    head = [
        "collection",
        "cases",
        "rows of truth",
        "flights each",
        "silence between, min: least / median / most",
    ]
    return f"{said}\n{table(head, rows)}"


def speed(told: dict) -> str:
    return paragraph(
        f"{told['ends']:,} ends with the whole world's fields take {told['rank_s']:.1f} s to rank and {told['reasons_s']:.1f} s to "
        f"explain (`bench/accuracy/speed.py`; {stamp(told)}). The first run on a machine also compiles ([performance]"
        "(../performance.md))."
    )


def misses(told: dict) -> str:
    """The two bullets of *What this gets wrong* that hold figures."""
    far, small = told["groups"]["origin time_40"], told["groups"]["time>=20, field not large"]
    whole = told["groups"]["all"]
    far_ends = (
        "- **Far ends are claimed too boldly.** How much is hidden cannot be seen. Where 40 minutes and more are missing in "
        "cruise, probabilities mean what they would over a mixture of short and long silences: at origins "
        f"{far['claimed']:.2f} is claimed and {far['top1']:.2f} is right."
    )
    small_fields = (
        f"- **Fields that are not large, far away.** {percent(small['top1'])} of 100 are ranked first at 20 minutes and more, where "
        f"{percent(small['claimed'])} are claimed; the true field is among the first five in {percent(small['top5'])}. Sets hold "
        f"{percent(small['covered'])} of 100 there: a set is right {percent(whole['covered'])} times in 100 over all ends, not over "
        "the hard ones."
    )
    return paragraph(far_ends, "  ") + paragraph(small_fields, "  ")


def made() -> dict[str, str]:
    """Return every text of the page by its name."""
    told, box = section(RESULT, "crossfit"), section(RESULT, "blackbox")
    return {
        "cross fitted": crossfit(told), "simple rules": simple(told), "names": named(told), "log loss": loss(told, box),
        "without": without(told), "speed": speed(section(RESULT, "speed")), "another program": outside(box),
        "pieces": pieces(box), "misses": misses(told),
    }  # fmt: skip


def main() -> None:
    show(__doc__, {PAGE: made})


if __name__ == "__main__":
    main()
