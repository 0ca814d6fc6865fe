"""Write the measured figures into docs/workbench.md, between its marks. Run: python bench/web/page.py"""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "workbench.md"


def between(text: str, name: str, made: str) -> str:
    first, last = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    head, _, rest = text.partition(first)
    _, found, tail = rest.partition(last)
    assert found, f"{PAGE} has no marks for {name}"
    return f"{head}{first}{made}{last}{tail}"


def windows() -> str:
    made = json.loads((HERE / "results" / "windows.json").read_text())
    rows = [
        "| flights | first answer | window moved | sent for it | browser: first map | browser: window moved |",
        "|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {r['flights']:,} | {r['first_overview_cpu_ms'] / 1000:.1f} s | {r['window_move_cpu_ms']:.0f} ms "
        f"| {r['window_json_bytes'] / 1000:.0f} kB | {r['first_map_cpu_s']:.1f} s | {r['window_moved_cpu_s']:.1f} s |"
        for r in made["sizes"]
    ]
    g, last = made["growth"], made["sizes"][-1]
    met = "met" if made["target_met"] else "missed"
    rows.append(
        f"\nWith n flights the first answer grows as n^{g['first_overview_cpu_ms']}, a moved window as "
        f"n^{g['window_move_cpu_ms']} and its bytes as n^{g['window_json_bytes']}. The target, a window moved in under "
        f"{made['target_window_move_ms']:.0f} ms of server time at 100,000 flights, is {met} (worst of nine: "
        f"{last['window_move_worst_cpu_ms']:.0f} ms). The first page with map, code and ground is "
        f"{last['sent_bytes'] / 1e6:.1f} MB."
    )
    return "\n".join(rows) + "\n"


def tracks() -> str:
    made = json.loads((HERE / "results" / "tracks.json").read_text())
    rows = [
        "| positions | window | map | picked in | sent in | positions sent | bytes |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in made["sizes"]:
        for window in ("whole_period", "one_month"):
            rows += [
                f"| {r['positions']:,} | {window.replace('_', ' ')} | {view} | {v['pick_cpu_ms']:.0f} ms "
                f"| {v['send_cpu_ms']:.0f} ms | {v['positions']:,} | {v['bytes'] / 1e6:.1f} MB |"
                for view, v in r[window].items()
            ]
    big = made["sizes"][-1]
    rows.append(
        f"\nMade once for a result, in {made['make_cpu_us_per_position']} µs a position; {big['memory_mb']:.0f} MB are "
        f"kept for {big['positions'] / 1e6:.1f} million, and the numbers of those that each zoom shows, when it is asked for."
    )
    return "\n".join(rows) + "\n"


def drawn() -> str:
    made = json.loads((HERE / "results" / "drawn.json").read_text())
    rows = [
        "| positions | sent | first picture | all of them | frame shown | browser's processors |",
        "|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {r['positions']:,} | {r['sent_positions']:,} | {r['first_batch_s']:.1f} s | {r['all_batches_s']:.1f} s "
        f"| {r['shown_s']:.1f} s | {r['browser_cpu_s']:.1f} s |"
        for r in made["sizes"]
    ]
    first, last = made["sizes"][0], made["sizes"][-1]
    floors = [r["floor_cpu_s"] for r in made["sizes"]]
    rows.append(
        f"\nFrom {first['positions'] / 1e6:.1f} to {last['positions'] / 1e6:.1f} million positions the first picture "
        f"grows as n^{made['growth']['first_batch_s']}, the browser's work as n^{made['growth']['browser_cpu_s']}: what "
        f"a screen can show is sent, not what there is. Clock times were taken beside other work (load "
        f"{made['load']:.0f} on two cores); a page without a map took {min(floors):.1f} to {max(floors):.1f} s of processors."
    )
    return "\n".join(rows) + "\n"


def main() -> None:
    """Replace what stands between the marks."""
    text = PAGE.read_text()
    for name, made in (("windows", windows), ("tracks", tracks), ("drawn", drawn)):
        text = between(text, name, made())
    PAGE.write_text(text)


if __name__ == "__main__":
    main()
