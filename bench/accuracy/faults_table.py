"""Make the table of docs/rules/cleaning.md from what ``faults.py`` measured. A test checks that the page holds it.

python -m bench.accuracy.faults_table           print it
python -m bench.accuracy.faults_table --write   put it into the page, between its markers

The measurement:  python bench/accuracy/faults.py --json bench/accuracy/results/faults.json
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

HERE = Path(__file__).parent
RESULT = HERE / "results" / "faults.json"
PAGE = HERE.parents[1] / "docs" / "rules" / "cleaning.md"
MARK = re.compile(r"(<!-- table: faults -->\n).*?(<!-- end -->)", re.DOTALL)
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
    lines = [HEAD, ["---"] * len(HEAD)]
    for name, words in WORDS.items():
        m = told["faults"][name]
        bad = f"{m['bad']:,}" if m["bad"] else "–"
        recall = f"{100 * m['recall']:.1f} %" if m["bad"] else "–"
        row = [words, f"{m['units']:,}", bad, recall, f"{m['good']:,}", f"{100 * m['false']:.3f} %"]
        lines.append([*row, str(m["ends_changed"])])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def filled(page: str, told: dict) -> str:
    """Return the page with the table between its markers."""
    return MARK.sub(lambda m: m[1] + table(told) + m[2], page)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--write", action="store_true")
    args = p.parse_args()
    told = json.loads(RESULT.read_text())
    if args.write:
        PAGE.write_text(filled(PAGE.read_text(), told))
    else:
        print(table(told), end="")


if __name__ == "__main__":
    main()
