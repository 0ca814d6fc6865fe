"""Make the figures that ``observed.py``, ``silences.py`` and ``gaps.py`` measured, on the pages of their rules.

python -m bench.accuracy.observed_table           print them
python -m bench.accuracy.observed_table --write   put them into the pages, between their markers

The measurement:  for each of the three, python -m bench.accuracy.NAME --json bench/accuracy/results/observed.json
"""

from __future__ import annotations

from bench.accuracy.endings_table import percent
from bench.accuracy.measured import RESULTS, ROOT, section, stamp
from bench.pages import paragraph, show, table

RESULT = RESULTS / "observed.json"
RULES = ROOT / "docs" / "rules"
ENDS, SEGMENTATION, GAP_LABELS = (RULES / f"{n}.md" for n in ("observed-ends", "segmentation", "gap-labels"))
HARD_CASES = RULES.parent / "hard-cases.md"
SETS = {
    "readsb": "readsb",
    "csv_adsbx": "ADSBexchange as CSV",
    "fr24": "FR24",
    "traffic": "OpenSky (`traffic`)",
}
BANDS = ("< 1 h", "1–2 h", "> 2 h")
SILENCES = ("bridge, going somewhere", "bridge, circling", "cut")
BY_NAME = {"484132": "PH-BXC", "ac671b": "ac671b"}
FEW = 20  # below it cases are counted, not shared out by the hundred


def share(a: int, b: int) -> str:
    return f"{a:,} of {b:,}"


def observed(told: dict) -> str:
    """A row per set of real flights, and the sum."""
    sets = {words: told["sets"][name] for name, words in SETS.items()}
    sets["**all**"] = {k: sum(s[k] for s in sets.values()) for k in next(iter(sets.values()))}
    rows = []
    for name, s in sets.items():
        wrong = s["named"] - s["right"]
        rows.append(
            [
                name, f"{s['n_rows']:,}", f"{s['n_ends']:,}", f"{s['named']:,}", f"{s['right']:,} ({percent(s['right'] / s['named'], 1)} %)",
                f"{wrong} ({s['doubtful_wrong']}, {s['disputed_wrong']})", share(s["reached_named"], s["reached"]), s["named_where_unknown"],
                share(s["out_and_back_kept"], s["out_and_back"]),
            ]
        )  # fmt: skip
    head = ["set", "rows of truth", "ends known", "named", "right", "wrong (doubtful, disputed truth)", "named where the track reaches the field", "named, truth unknown", "out and back kept"]  # fmt: skip
    a, f = sets["**all**"], told["flown"]
    said = paragraph(
        f"Of {a['named']:,} names {a['right']:,} are right; without the {a['disputed_wrong']} disputed, "
        f"{percent(a['right'] / (a['named'] - a['disputed_wrong']), 1)} %. On the flights as they were flown "
        f"(`physical_flights.csv`): {share(f['low_named'], f['low_ends'])} ends seen low at a field are named and {f['low_right']} right; "
        f"{f['air_named']} of {f['air_ends']} ends in the air and {f['overflight_ends_named']} ends of {f['overflights']} overflights "
        "get a name."
    )
    return f"{table(head, rows)}\n{said}\n" + paragraph(f"Measured {stamp(told)}.")


def ends(told: dict) -> str:
    """The sum over all sets, as a sentence."""
    a = {k: sum(s[k] for s in told["sets"].values()) for k in next(iter(told["sets"].values()))}
    return paragraph(
        f"Of {a['n_rows']:,} rows of truth, {a['n_ends']:,} ends are known: {a['named']:,} are named, {a['right']:,} as the truth says; "
        f"of the {a['named'] - a['right']} others we dispute {a['disputed_wrong']}. Without the disputed rows "
        f"{percent(a['right'] / (a['named'] - a['disputed_wrong']), 1)} % of the named ends are right, and "
        f"{percent(a['reached_named'] / (a['reached'] - a['reached_disputed']), 1)} % of the ends whose track reaches the airfield are "
        f"named ({percent(a['right'] / a['named'], 1)} % and {percent(a['reached_named'] / a['reached'], 1)} % of all rows as they stand)."
    )


def flown(told: dict) -> str:
    """Flights one to one with those that were flown."""
    f = told["flown"]
    two = "; ".join(
        f"{share(f['by_airframe'][k][1], f['by_airframe'][k][0])} of {name}" for k, name in BY_NAME.items()
    )
    said = paragraph(
        f"Of the {f['flights']} flights of `physical_flights.csv` {f['one_to_one']} come back one to one ({two}, whose first begins "
        f"before midnight UTC); {f['overflight_ends_named']} ends of {f['overflights']} overflights get an airfield."
    )
    return f"{said}\n" + paragraph(f"Measured {stamp(told)}.")


def _right(case: dict | None, key: str = "right") -> str:
    if case is None:
        return "–"
    if case["cases"] < FEW or case[key] == case["cases"]:
        return share(case[key], case["cases"])
    return f"{percent(case[key] / case['cases'])} % of {case['cases']}"


def silences(told: dict) -> str:
    """Silences bridged and cut: the half that was not looked at, the other one, and two simple rules."""
    by = {(c["silence"], c["hidden"], c["half"]): c for c in told["cases"]}
    rows = [
        [kind, band, _right(c), _right(by.get((kind, band, "A"))), _right(c, "thirty"), _right(c, "opensky")]
        for kind in SILENCES
        for band in BANDS
        if (c := by.get((kind, band, "B")))
    ]
    head = ["silence", "hidden", "right", "the half looked at", "split at every 30 minutes", "OpenSky's rule"]
    return f"{table(head, rows)}\n" + paragraph(f"Measured {stamp(told)}.")


def gaps(told: dict) -> str:
    """Labels of gaps where the truth is ours."""
    kinds = ("dark", "coverage", "unknown")
    cut = [(f"{told['on']['arguments']['minutes']} minutes taken from {d['flights']} flights, {told['on']['arguments']['draws']} draws", d["labels"]) for d in told["dark"]]  # fmt: skip
    south, north, west, east = told["on"]["arguments"]["hole"]
    hole = (f"a hole of {north - south:g}° by {east - west:g}° cut for everybody", told["hole"])
    rows = []
    for name, labels in [("nothing taken", told["untouched"]), *cut, hole]:
        rest = sum(labels.values()) - sum(labels.get(k, 0) for k in kinds)
        rows.append([name, sum(labels.values()), *(labels.get(k, 0) for k in kinds), rest])
    head = [f"{told['flights']} flights over Europe in one hour", "gaps", *(f"`{k}`" for k in kinds), "other"]
    return f"{table(head, rows)}\n" + paragraph(f"Measured {stamp(told)}.")


def _of(name: str) -> dict:
    return section(RESULT, name)


PAGES = {
    HARD_CASES: lambda: {"ends": ends(_of("observed"))},
    ENDS: lambda: {"observed": observed(_of("observed"))},
    SEGMENTATION: lambda: {"flown": flown(_of("observed")), "silences": silences(_of("silences"))},
    GAP_LABELS: lambda: {"gaps": gaps(_of("gaps"))},
}


def main() -> None:
    show(__doc__, PAGES)


if __name__ == "__main__":
    main()
