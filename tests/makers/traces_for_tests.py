"""Traces of our own making, in the form that readsb writes."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

START = 1_735_171_200  # 2024-12-26 00:00 UTC


def rows(
    n: int, *, lat: float = 35.4, lon: float = 35.9, step_s: float = 10.0, at_s: float = 0.0
) -> list[list]:
    """``n`` records of an aircraft that flies north-east; the first is on the ground, every fourth has details."""
    out = []
    for i in range(n):
        detail = None
        if i % 4 == 0:
            detail = {"type": "adsb_icao", "flight": "RFF7052 ", "squawk": "0733", "nic": 8, "nac_p": 9}
        altitude = "ground" if i == 0 else 1_000 + 25 * i
        place = [round(lat + i * 0.001234, 6), round(lon + i * 0.002345, 6)]
        out.append(
            [
                at_s + i * step_s,
                *place,
                altitude,
                300.5,
                45.2,
                2 if i == 0 else 0,
                640,
                detail,
                "adsb_icao",
                1_100 + 25 * i,
                640,
                250,
                0.1,
            ]
        )
    return out


def trace(
    icao: str = "154076", records: list | None = None, *, start: float = START, **more: object
) -> bytes:
    """One trace_full document."""
    document = {
        "icao": icao,
        "r": "RA-82038",
        "t": "A124",
        "dbFlags": 1,
        "ownOp": "RUSSIAN AIR FORCE",
        "timestamp": start,
    }
    return json.dumps({**document, **more, "trace": rows(20) if records is None else records}).encode()


def packed(data: bytes) -> bytes:
    """Gzip without a time stamp, so that the same trace gives the same bytes."""
    return gzip.compress(data, mtime=0)


def tar_of(members: dict[str, bytes]) -> bytes:
    """A tar of plain files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def many(n: int, records: int = 20) -> dict[str, bytes]:
    """``n`` packed traces of different aircraft, by their path in a globe_history."""
    out = {}
    for i in range(n):
        icao = f"{0x154000 + i * 37:06x}"
        start = START + i * 3_000.0
        out[f"traces/{icao[-2:]}/trace_full_{icao}.json"] = packed(
            trace(icao, rows(records, lat=20 + i * 0.1), start=start)
        )
    return out
