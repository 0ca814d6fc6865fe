"""Make the table of docs/rules/cleaning.md, and the sentence of ground-state.md, from what ``faults.py`` measured.

python -m bench.accuracy.faults_table           print them
python -m bench.accuracy.faults_table --write   put them into the pages, between their markers; a test compares

The measurement:  python bench/accuracy/faults.py --json bench/accuracy/results/faults.json
"""

from __future__ import annotations

import json
from pathlib import Path

from bench import pages

HERE = Path(__file__).parent
RESULT = HERE / "results" / "faults.json"
PAGE = HERE.parents[1] / "docs" / "rules" / "cleaning.md"
GROUND = PAGE.with_name("ground-state.md")
WORDS = {
    "none": "none",
    "teleport 20-2000 km": "teleport 20–2,000 km",
    "teleport 5-20 km": "teleport 5–20 km",
    "spoof to an airfield": "spoof to an airfield",
    "spoof to the end": "spoof until the end",
    "circle elsewhere": "circle elsewhere",
    "circle from here": "circle from here",
    "frozen": "frozen",
    "duplicate address": "duplicate address",
    "ground bit 9 %": "ground bit, 9 %",
}
HEAD = ["fault", "units", "bad positions", "recall", "good positions", "good lost", "ends changed"]


def table(told: dict) -> str:
    """Return the Markdown table of one run. Raises ``ValueError`` for one of the half that rules are tuned on."""
    if told["half"] != "report":
        message = f"measured on the half {told['half']!r}; run faults.py --half report --json {RESULT}"
        raise ValueError(message)
    rows = []
    for name, words in WORDS.items():
        m = told["faults"][name]
        bad = f"{m['bad']:,}" if m["bad"] else "–"
        recall = f"{100 * m['recall']:.1f} %" if m["bad"] else "–"
        row = [words, f"{m['units']:,}", bad, recall, f"{m['good']:,}", f"{100 * m['false']:.3f} %"]
        rows.append([*row, m["ends_changed"]])
    return pages.table(HEAD, rows)


def ground(told: dict) -> str:
    """Return what flipped ground bits do to the ground state, as a sentence."""
    m = told["faults"]["ground bit 9 %"]
    return pages.paragraph(
        f"9 % of all ground bits flipped on {m['units']:,} tracks: {100 * m['recall']:.1f} % of the {m['bad']:,} flipped rows keep the "
        f"true state, {100 * m['false']:.3f} % of the {m['good']:,} others change; "
        f"{m['ends_changed']} tracks change their state another number of times than before."
    )


def made() -> dict[str, str]:
    """Return every table of the page by its name."""
    return {"faults": table(json.loads(RESULT.read_text()))}


def made_of_ground() -> dict[str, str]:
    return {"ground bits": ground(json.loads(RESULT.read_text()))}


def main() -> None:
    pages.show(__doc__, {PAGE: made, GROUND: made_of_ground})


if __name__ == "__main__":
    main()
