"""What goes wrong: disturbed satellite navigation, ground bits that flip, addresses misread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from waystation.simulate.places import place
from waystation.terms.geodesy import destination_point, distance_km
from waystation.terms.units import HOUR_S, KT_KMH

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from waystation.simulate.places import Place
    from waystation.simulate.sampling import Heard
    from waystation.simulate.scenario import Scenario

__all__ = ["Body", "disturbed", "flipped", "typos"]

_LOST: Final = 0.7  # of the positions inside a jammed disc
_SPOOF_KM: Final = 1.5  # radius at most of the circle on which spoofed places drift
_SPOOF_LAP_S: Final = 400.0
_SPOOF_NOISE_DEG: Final = 0.0002
_FLIP_ROWS: Final = (1, 5)
_FLIP_WITHIN_S: Final = 900.0  # of wheels on or off: ground bits flip near the ground
_TYPO_ROWS: Final = (2, 8)


@dataclass(frozen=True)
class Body:
    """Positions on their way into a trace; ``nic``, ``nac_p`` and ``said_ground`` (ground bit) as sent."""

    sent: Heard
    nic: NDArray[np.int64]
    nac_p: NDArray[np.int64]
    said_ground: NDArray[np.bool_]
    faults: tuple[str, ...] = ()

    def take(self, keep: NDArray[np.bool_]) -> Body:
        """Return the rows where ``keep``."""
        return Body(
            self.sent.take(keep), self.nic[keep], self.nac_p[keep], self.said_ground[keep], self.faults
        )


def disturbed(s: Scenario, b: Body, on: date, rng: np.random.Generator) -> Body:
    """Jam or spoof what passes through the scenario's discs."""
    for x in s.interference:
        lot = rng.random()
        if (x.start and on < x.start) or (x.end and on > x.end) or lot >= x.share:
            continue
        h = b.sent
        inside = (distance_km(h.lat, h.lon, x.lat, x.lon) < x.radius_km) & ~h.on_ground
        if not inside.any():
            continue
        nic, nac = np.where(inside, 0, b.nic), np.where(inside, rng.integers(0, 3), b.nac_p)
        if x.attractor is None:
            kept = ~inside | (rng.random(len(inside)) > _LOST)
            b = replace(b, nic=nic, nac_p=nac, faults=(*b.faults, "jam")).take(kept)
            continue
        sent = _drawn_to(place(x.attractor), h, inside, rng)
        trusted = inside & (rng.random(len(inside)) < 0.5)  # a spoofed receiver often trusts what it hears
        nic = np.where(trusted, 8, nic)
        b = replace(b, sent=sent, nic=nic, faults=(*b.faults, "teleport"))
    return b


def _drawn_to(at: Place, h: Heard, inside: NDArray[np.bool_], rng: np.random.Generator) -> Heard:
    """Put what is ``inside`` onto a slow circle around the attractor; the pressure altitude stays."""
    radius = rng.uniform(0.1, _SPOOF_KM)
    angle = rng.uniform(0, 360) + 360 * (h.time_s - h.time_s[0]) / _SPOOF_LAP_S
    lat, lon = destination_point(at.lat, at.lon, angle, radius)
    noise = rng.normal(0, _SPOOF_NOISE_DEG, (2, len(inside)))
    speed = 2 * np.pi * radius / KT_KMH / (_SPOOF_LAP_S / HOUR_S)
    return replace(
        h,
        lat=np.where(inside, lat + noise[0], h.lat),
        lon=np.where(inside, lon + noise[1], h.lon),
        speed_kt=np.where(inside, speed, h.speed_kt),
        track_deg=np.where(inside, angle + 90, h.track_deg),
    )


def flipped(b: Body, share: float, wheels_s: tuple[float, float], rng: np.random.Generator) -> Body:
    """Flip the ground bit of a few rows near wheels off or wheels on, on a share of flights."""
    lot, end, rows = rng.random(), int(rng.integers(2)), int(rng.integers(*_FLIP_ROWS))
    near = np.flatnonzero(np.abs(b.sent.time_s - wheels_s[end]) < _FLIP_WITHIN_S)
    if lot >= share or not len(near):
        return b
    first = int(rng.integers(len(near)))
    chosen = near[first : first + rows]
    said = b.said_ground.copy()
    said[chosen] = ~said[chosen]
    return replace(b, said_ground=said, faults=(*b.faults, "ground-flip"))


def typos(b: Body, share: float, rng: np.random.Generator) -> tuple[Body, Body | None]:
    """Return (what stays, the few rows that arrive under a misread address)."""
    lot, rows = rng.random(), int(rng.integers(*_TYPO_ROWS))
    n = len(b.nic)
    if lot >= share or n <= rows:
        return b, None
    first = int(rng.integers(n - rows))
    stray = np.zeros(n, dtype=np.bool_)
    stray[first : first + rows] = True
    return replace(b.take(~stray), faults=(*b.faults, "address-typo")), b.take(stray)
