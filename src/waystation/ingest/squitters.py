"""What one extended squitter says, in our words. The only file that knows the decoder's names.

The decoder panics on what is no hexadecimal text, so nothing else is handed to it; a panic that still comes
is no ``Exception`` and is turned into an error of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from waystation.terms.errors import FormatError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SPOKEN", "SquitterRules", "decode_aircraft", "decode_squawks", "df_of", "is_position"]

SPOKEN: Final = (5, 17, 18, 21)  # downlink formats that we use
Told = tuple[str, float, dict[str, Any], bool]  # address, time, values, tells a place


@dataclass(frozen=True)
class SquitterRules:
    """When the climb tells where the surface frames before it stood."""

    max_before_s: float = 3_600.0  # a long taxi and a wait
    max_altitude_ft: float = (
        10_000.0  # so low a climb is within 30 NM of its field; surface codes repeat at 45
    )


def df_of(frame: str) -> int:
    """Return the downlink format: the first five bits; 24 to 31 are one format."""
    return min(int(frame[:2], 16) >> 3, 24)


def is_position(frame: str) -> bool:
    """Whether an extended squitter tells a place: type codes 5–8 surface, 9–18 and 20–22 airborne."""
    code = int(frame[8:10], 16) >> 3
    return 5 <= code <= 18 or 20 <= code <= 22


def decode_aircraft(
    frames: Sequence[str],
    times_s: Sequence[float],
    receiver: tuple[float, float] | None,
    rules: SquitterRules = SquitterRules(),
) -> list[tuple[int, Told]]:
    """Return which of ``frames`` (DF 17, 18; in time order) said what; what fails its check is left out."""
    found = _decode(frames, times_s, receiver)
    if receiver is None:
        _from_climb(found, rules)
    return [(k, told) for k, d in found if (told := _told(d))]


def decode_squawks(frames: Sequence[str], times_s: Sequence[float]) -> list[tuple[int, Told]]:
    """Return the squawks of DF 5 and 21."""
    return [
        (k, (d["icao24"], d["timestamp"], {"squawk": d["squawk"]}, False))
        for k, d in _decode(frames, times_s, None)
        if d.get("squawk") and d.get("icao24")
    ]


def _decode(
    frames: Sequence[str], times_s: Sequence[float], reference: tuple[float, float] | None
) -> list[tuple[int, dict[str, Any]]]:
    """Decode, and say which frame each answer belongs to: what fails has no answer."""
    try:
        import rs1090
    except ImportError as e:  # pragma: no cover - depends on what is installed
        raise UsageError("Mode S frames need the library rs1090: pip install 'waystation[modes]'") from e
    try:
        answers: list[Any] = rs1090.decode(list(frames), list(times_s), reference=reference)
    except BaseException as e:
        if isinstance(e, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        raise FormatError(f"the decoder fell over {len(frames)} frames: {type(e).__name__}") from e
    out = []
    k = 0
    for d in answers:
        while k < len(frames) and not (frames[k] == d["frame"] and times_s[k] == d["timestamp"]):
            k += 1
        if k == len(frames):
            break
        out.append((k, d))
        k += 1
    return out


def _from_climb(found: list[tuple[int, dict[str, Any]]], rules: SquitterRules) -> None:
    """Place surface frames from before the first airborne place, by that place. Changes ``found``."""
    waiting: dict[str, list[dict[str, Any]]] = {}
    done: set[str] = set()
    for _, d in found:
        address = d.get("icao24")
        if address is None or address in done:
            continue
        if d.get("latitude") is not None:
            done.add(address)
            low = d.get("bds") == "06" or (d.get("altitude") or 1e9) <= rules.max_altitude_ft
            early = [
                w for w in waiting.pop(address, []) if d["timestamp"] - w["timestamp"] <= rules.max_before_s
            ]
            if early and low:
                place = (d["latitude"], d["longitude"])
                again = _decode([w["frame"] for w in early], [w["timestamp"] for w in early], place)
                for k, a in again:
                    early[k].update({x: a[x] for x in ("latitude", "longitude") if x in a})
        elif d.get("bds") == "06":
            waiting.setdefault(address, []).append(d)


def _told(d: dict[str, Any]) -> Told | None:
    address, kind = d.get("icao24"), d.get("bds")
    if not isinstance(address, str):
        return None
    placed = d.get("latitude") is not None and d.get("longitude") is not None
    if kind in {"05", "06"} and not placed:
        return (address, d["timestamp"], {}, False)
    values: dict[str, Any] = {}
    if placed:
        values = {
            "lat": d["latitude"],
            "lon": d["longitude"],
            "on_ground": kind == "06",
            "heard_by": _heard(d),
        }
    if kind == "05":
        height = "altitude_ft" if d.get("source") == "barometric" else "geometric_altitude_ft"
        values[height] = d.get("altitude")
    if kind in {"06", "09"}:
        values |= {"ground_speed_kt": d.get("groundspeed"), "track_angle_deg": d.get("track")}
        values["vertical_rate_fpm"] = d.get("vertical_rate")
    values |= {k: d[k] for k in ("callsign", "squawk") if d.get(k)}
    return (address, d["timestamp"], values, placed)


def _heard(d: dict[str, Any]) -> str:
    """DF 18 is sent for others (TIS-B, ADS-R) or by what is no transponder."""
    said = str(d.get("tisb") or d.get("control_field") or "").lower()
    if d.get("df") == "17" or not said:
        return "adsb" if d.get("df") == "17" else "other"
    return "tisb" if "tisb" in said else "adsr" if "adsr" in said or "rebroadcast" in said else "adsb"
