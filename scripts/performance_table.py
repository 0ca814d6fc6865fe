"""Print the tables of docs/rules/performance.md: every fit with its residuals. A test compares the page."""

from __future__ import annotations

from waystation.world.breguet import range_km
from waystation.world.performance import performances


def main() -> None:
    """Print both tables as Markdown."""
    print("| Variant | Type | K, km | Reserve, t | σ of ln K | Range at full payload | Range empty |")
    print("|---|---|---|---|---|---|---|")
    for p in performances():
        if p.curve is None:
            print(f"| {p.variant} | {p.type} | cannot tell | – | – | – | – |")
            continue
        c = p.curve
        full, none = (round(float(range_km(c, t)), -1) for t in (p.payload_t, 0.0))
        print(
            f"| {p.variant} | {p.type} | {c.k_km:.0f} | {c.reserve_t:.1f} | {c.sigma:.2f} "
            f"| {p.payload_t:g} t, {full:.0f} km | {none:.0f} km |"
        )
    print("\n| Variant | Payload, t | Published, km | Curve, km | Published ÷ curve | Grade |")
    print("|---|---|---|---|---|---|")
    for p in performances():
        for q in p.points:
            row = f"| {p.variant} | {q.payload_t:g} | {q.range_km:.0f} |"
            if p.curve is None or not q.fitted:
                print(f"{row} – | not fitted | {q.grade} |")
                continue
            made = float(range_km(p.curve, q.payload_t, q.takeoff_t))
            print(f"{row} {made:.0f} | {q.range_km / made - 1:+.1%} | {q.grade} |")


if __name__ == "__main__":
    main()
