"""The one type that OpenAP really has and we have: the 747-400. Its cruise fuel, integrated, beside our curve.

    python -m venv /somewhere && /somewhere/bin/pip install openap numpy . && /somewhere/bin/python bench/stopovers/openap_check.py

OpenAP is no dependency: without it this says so and stops. Cruise at Mach 0.85, climbing in steps with falling
weight; 2 % of the fuel for climb and descent. The weights are ours, so only the consumption is compared.
"""

from __future__ import annotations

import sys
import time

from measured import save

from waystation.terms.units import KT_KMH
from waystation.world.breguet import range_km
from waystation.world.performance import performance_of

STEPS = (
    (330.0, 31000, 499.0),
    (290.0, 33000, 494.0),
    (250.0, 35000, 490.0),
    (0.0, 39000, 488.0),
)  # t, ft, kt


def cruise_km(model, start_t: float, end_t: float, step_t: float = 0.5) -> float:
    mass, km = start_t - 0.02 * (start_t - end_t), 0.0
    while mass > end_t:
        _, height, speed = next(s for s in STEPS if mass > s[0])
        used = min(step_t, mass - end_t)
        hours = used * 1000.0 / float(model.enroute(mass * 1000.0, speed, height)) / 3600.0
        km += hours * speed * KT_KMH
        mass -= used
    return km


def main() -> None:
    try:
        from openap import FuelFlow
    except ImportError:
        sys.exit("openap is not installed here; see the top of this file")
    began = time.time()
    p = performance_of("B744")
    model = FuelFlow("b744")
    rows = []
    for payload, takeoff in ((112.5, 396.9), (112.5, 362.9), (80.0, 396.9), (40.0, 396.9)):
        end = p.empty_t + payload + p.curve.reserve_t
        start = min(takeoff, p.empty_t + payload + p.fuel_t)
        theirs, ours = cruise_km(model, start, end), float(range_km(p.curve, payload, takeoff))
        rows.append(
            {"payload_t": payload, "takeoff_t": takeoff, "openap_km": round(theirs), "curve_km": round(ours)}
        )
        print(
            f"{payload:6.1f} t from {start:.1f} t: OpenAP {theirs:,.0f} km, curve {ours:,.0f} km ({ours / theirs - 1:+.0%})"
        )
    save("openap_check", {"rows": rows}, began)


if __name__ == "__main__":
    main()
