"""Make the tables of docs/performance.md from the measured JSON. A test checks that the page holds them.

python -m bench.speed.table           print them
python -m bench.speed.table --write   put them into the page, between its markers
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from bench.pages import show, table

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "performance.md"
ORDER = ("1k", "10k", "80k")
STAGES = ("read", "tracks", "coverage", "observe", "weigh", "infer")


def _n(value: float, digits: int = 2) -> str:
    return f"{value:,.{digits}f}"


def _m(value: float) -> str:
    return f"{value / 1e6:.2f} M"


def _sizes(told: dict, section: str) -> list[tuple[str, dict]]:
    found = told.get(section, {})
    return [(s, found[s]) for s in ORDER if s in found and "error" not in found[s]]


def slope(points: list[tuple[float, float]]) -> float | None:
    """Least squares of log time over log positions: 1 is linear."""
    if len(points) < 2:
        return None
    x, y = [math.log(a) for a, _ in points], [math.log(b) for _, b in points]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)


def machines(told: dict, _like: dict) -> str:
    seen: dict[tuple, tuple[set[str], list[float]]] = {}
    for section, sizes in told.items():
        for size in sizes.values():
            on = size.get("on", {})
            words = f"{on.get('cpu')}, {on.get('cores')} cores, {on.get('ram_gib')} GiB, Python {on.get('python')}"
            state = " and changes" if on.get("source_changed_since_commit") else ""
            names, loads = seen.setdefault(
                (words, f"{on.get('commit')}{state}", str(on.get("date"))), (set(), [])
            )
            names.add(section)
            loads.append(on.get("load_before", 0.0))
    rows = [
        [*key, f"{min(loads):.0f}–{max(loads):.0f}", ", ".join(sorted(names))]
        for key, (names, loads) in sorted(seen.items())
    ]
    return table(["Machine", "Commit", "Date", "Load average", "Sections"], rows)


def likeness(_told: dict, like: dict) -> str:
    rows = []
    for key, real in like.get("real", {}).items():
        made = like["made"][key]
        rows.append(
            [key]
            + [
                f"{_n(side['median'], 1)} ({_n(side['low'], 1)}–{_n(side['high'], 1)})"
                for side in (real, made)
            ]
        )
    n = (like.get("real_traces"), like.get("made_traces"))
    return table(
        ["A trace's", f"real: median (middle half) of {n[0]}", f"made: median (middle half) of {n[1]}"], rows
    )


def ingest(told: dict, _like: dict) -> str:
    rows = []
    for size, i in _sizes(told, "ingest"):
        floor = told.get("floor", {}).get(size)
        isal = zlib = ratio = "–"
        if floor:
            d, share = floor["decompression"], floor["share_of_day"]
            isal, zlib = _n(d["isal_s"] / share, 1), _n(d["zlib_s"] / share, 1)
            ratio = _n(i["cpu_s"] / (d["zlib_s"] / share))
        rows.append(
            [
                size, _m(i["positions"]), f"{i['json_bytes'] / 1e9:.2f} GB", f"{i['gzip_bytes'] / 1e6:,.0f} MB", _n(i["wall_s"], 1), _n(i["cpu_s"], 1),
                _m(i["positions_per_cpu_s"]), isal, zlib, ratio, f"{i['peak_pss_mb']:,} MB", _n(i["bytes_a_position"]),
            ]
        )  # fmt: skip
    head = [
        "Traces",
        "Positions",
        "JSON",
        "gzip",
        "Wall, s",
        "CPU, s",
        "Positions/s a core",
        "isal alone, CPU s",
        "zlib alone, CPU s",
        "CPU ÷ zlib",
        "Peak memory, all processes",
        "Bytes a position",
    ]
    return table(head, rows)


def flights(told: dict, _like: dict) -> str:
    rows = [
        [
            size, _m(f["positions"]), _n(f["wall_s"], 1), _n(f["cpu_s"], 1), _m(f["positions_per_cpu_s"]), _m(2 * f["positions_per_cpu_s"]),
            f"{f['peak_pss_mb']:,} MB", f"{f['rows']['flights']:,}",
        ]
        for size, f in _sizes(told, "flights")
    ]  # fmt: skip
    return table(
        ["Traces", "Positions", "Wall, s", "CPU, s", "Positions/s a core", "Two free cores would give", "Peak memory, all processes", "Flights"],
        rows,
    )  # fmt: skip


def stages(told: dict, _like: dict) -> str:
    found = _sizes(told, "stages")
    names = [k for k in STAGES if any(k in s["us_a_position"] for _, s in found)]
    rows = [
        [size, _m(s["positions"]), *(_n(s["us_a_position"].get(k, 0.0)) for k in names), _n(sum(s["us_a_position"].values())), _m(2e6 / sum(s["us_a_position"][k] for k in ("read", "observe"))), _m(2e6 / sum(s["us_a_position"].values()))]
        for size, s in found
    ]  # fmt: skip
    floor = [
        [size, _m(f["parquet_read"]["positions"]), _n(f["parquet_read"]["cpu_s"] / f["parquet_read"]["positions"] * 1e6)]
        for size, f in _sizes(told, "floor")
        if "parquet_read" in f
    ]  # fmt: skip
    two = table(
        [
            "Traces",
            "Positions of the sample",
            *(f"{k}, µs" for k in names),
            "Sum, µs",
            "read + observe, positions/s on two free cores",
            "all of it",
        ],
        rows,
    )
    return (
        two + "\n" + table(["Traces", "Positions read", "Floor: a bare Parquet read, µs a position"], floor)
    )


def growth(told: dict, _like: dict) -> str:
    rows = []
    for section, words in (("ingest", "tar → archive"), ("flights", "archive → flights")):
        found = _sizes(told, section)
        points = [(s["positions"], s["cpu_s"]) for _, s in found]
        s = slope(points)
        big = slope(points[-2:]) if len(points) > 2 else None
        if s is not None:
            rows.append([words, ", ".join(n for n, _ in found), _n(s), "–" if big is None else _n(big)])
    return table(["", "Sizes", "Slope of log CPU over log positions", "The same, two largest sizes"], rows)


def second(told: dict, _like: dict) -> str:
    rows = []
    for size, s in _sizes(told, "second"):
        first = {k: told.get(k, {}).get(size, {}).get("cpu_s") for k in ("ingest", "flights")}
        for name in ("ingest", "flights"):
            share = "–" if not first[name] else f"{100 * s[name]['cpu_s'] / first[name]:.1f} %"
            rows.append([size, name, _n(s[name]["wall_s"], 1), _n(s[name]["cpu_s"], 1), share])
    return table(["Traces", "Command", "Wall, s", "CPU, s", "of the first run's CPU"], rows)


def one(told: dict, _like: dict) -> str:
    found = [
        (size, s, words)
        for section, words in (("one", ""), ("billion", ", copies under other days"))
        for size, s in _sizes(told, section)
    ]
    rows = [
        [
            f"{size}{words}", _m(s["archive_positions"]), f"{s['aircraft']:,}", s["looks"], f"{s['rows_median']:,.0f}", _n(s["wall_ms_median"], 1),
            _n(s["wall_ms_worst"], 1), _n(s["cpu_ms_median"], 1), _n(s["first_look_s"], 1) if "first_look_s" in s else "–",
        ]
        for size, s, words in found
    ]  # fmt: skip
    return table(
        ["Archive", "Positions", "Aircraft", "Looks", "Rows, median", "Wall, ms, median", "Wall, ms, worst", "CPU, ms, median", "First look at it (index), s"],
        rows,
    )  # fmt: skip


def rivals(told: dict, _like: dict) -> str:
    rows = []
    for _, r in _sizes(told, "rival"):
        for m in r["measured"]:
            if m["measured_here"]:
                parts = m["version"].split()
                rows.append(
                    [f"{parts[0]} {parts[1]}", "yes", f"{m['positions']:,}", f"{m['positions_per_s']:,.0f}", f"{m['peak_mb']:,} MB",
                     f"split {m['split_s']} s, both ends {m['ends_s']} s; {m['flights']} flights, {m['ends_named']} ends named"]
                )  # fmt: skip
            else:
                rows.append([m["name"], "failed", "–", "–", "–", m.get("error", "")])
        rows += [
            [g["name"], "not measured here", "–", f"{g['positions_per_s']:,.0f}", "–", g["what"]]
            for g in r["given"]
        ]
    return table(["Program", "Measured here", "Positions", "Positions/s a core", "Peak memory", "What"], rows)


def start(told: dict, _like: dict) -> str:
    found = _sizes(told, "start")
    rows = [
        [
            f"`{k}`" if k.startswith("python") else f"`waystation {k}`",
            _n(v["wall_s_least"], 3),
            _n(v["wall_s_median"], 3),
            _n(v["cpu_s_median"], 3) if "cpu_s_median" in v else "–",
        ]
        for k, v in (found[-1][1] if found else {}).items()
        if isinstance(v, dict) and "wall_s_least" in v
    ]
    return table(["Command", "Wall, s, least", "Wall, s, median", "CPU, s, median"], rows)


def first(told: dict, _like: dict) -> str:
    rows = [
        [k, _n(f[k]["wall_s"], 1), _n(f[k]["cpu_s"], 1), f"{f['cache_mb']} MB"]
        for _, f in _sizes(told, "first")
        for k in ("first run", "second run")
    ]
    return table(["`waystation flights` on 40 traces", "Wall, s", "CPU, s", "Kernels kept"], rows)


def case(told: dict, _like: dict) -> str:
    rows = []
    for _, c in _sizes(told, "case300"):
        if "skipped" in c:
            rows.append([c["skipped"], *["–"] * 7])
            continue
        far = c["extrapolated_to_full_days"]
        rows.append(
            [
                f"{c['aircraft_of_case']} airframes, {c['days']} days of {c['traces_a_day']:,} traces", _m(c["positions"]), _n(c["wall_s"], 0), _n(c["cpu_s"], 0),
                f"{c['peak_pss_mb']:,} MB", _n(c["second_run"]["wall_s"], 1), f"{c['rows'].get('flights', 0):,}", f"{far['wall_s'] / 60:,.0f} min wall, {far['cpu_s'] / 60:,.0f} min CPU",
            ]
        )  # fmt: skip
    return table(
        ["Case", "Positions of all traffic", "Wall, s", "CPU, s", "Peak memory, all processes", "Second run, s", "Flights", "**Extrapolated**, not measured: days of 80,000 traces"],
        rows,
    )  # fmt: skip


TABLES = {
    "machines": machines, "likeness": likeness, "ingest": ingest, "flights": flights, "stages": stages, "growth": growth, "second run": second,
    "one aircraft": one, "rivals": rivals, "start": start, "first run": first, "case": case,
}  # fmt: skip


def made(results: Path = HERE / "results") -> dict[str, str]:
    """Return every table by its name."""
    files = {n: results / f"{n}.json" for n in ("speed", "likeness")}
    told, like = (json.loads(p.read_text()) if p.exists() else {} for p in files.values())
    return {name: make(told, like) for name, make in TABLES.items()}


def main() -> None:
    show(__doc__, {PAGE: made})


if __name__ == "__main__":
    main()
