"""``waystation world``: the reference tables, looked at and brought up to date."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from waystation.cli.say import say
from waystation.terms.errors import InputError, UsageError

if TYPE_CHECKING:
    from waystation.world.airfields import Airfields

__all__ = ["show", "update"]

_MANY = 12  # airfields of one name that are listed


def update(
    what: Literal["airfields", "aircraft"], file: Path | None = None, /, *, name: str | None = None
) -> int:
    """Bring a reference table up to date, from a file or from where it is published.

    The result rests in your own data folder and acts in every later run;
    the tables that travel in the package stay as they are.

    airfields: a CSV of your own (ident, name, lat, lon, …), which stands
    over our table; or OurAirports' airports.csv, of which the fields that
    we do not have are added.
    aircraft: the tables of tar1090-db, plane-alert-db and OpenSky as they
    are published, plain or gzip'd, or a CSV with a column icao24 and any of
    registration, type, operator, military, from, to.

    Try:
      waystation world update airfields my-strips.csv
      waystation world update aircraft
      waystation world update aircraft heavies.csv --name heavies

    Parameters
    ----------
    what
        airfields or aircraft.
    file
        The file to import. Without it the published table is downloaded.
    name
        What to call it; the same name replaces it. The first register by name is trusted most.
    """
    from waystation.store.downloads import PUBLISHED, fetch
    from waystation.store.reference import import_aircraft, import_airfields

    if file is None:
        say(f"fetching {PUBLISHED[what]}")
        data, source = fetch(PUBLISHED[what]), Path(PUBLISHED[what]).name
    else:
        try:
            data, source = file.read_bytes(), file.name
        except OSError as error:
            raise InputError(f"{file}: {error.strerror}; name a CSV file") from error
    called = name or source.split(".")[0]
    done = import_airfields(called, data) if what == "airfields" else import_aircraft(called, data)
    say(f"{done.rows} rows from {source}, {done.refused} refused; {done.remark}\nin {done.path}")
    return 0


def show(text: str, /) -> int:
    """Show an airfield, or what is known of an aircraft's address or registration.

    Try:
      waystation world show OSLK
      waystation world show Latakia
      waystation world show 154076
      waystation world show RA-82038

    Parameters
    ----------
    text
        An ident, an ICAO, IATA or local code, a name or a part of one; six hex digits; or a
        registration.
    """
    from waystation.store.reference import airfields_of, reference_of
    from waystation.terms.addresses import normal_address
    from waystation.world.airfields import canonical_ident, similar

    reference = reference_of()
    airfields = airfields_of(reference.overlays)
    address = normal_address(text)
    ident = canonical_ident(airfields, text)
    if address is not None and ident is None:
        from waystation.cli.aircraft_text import aircraft_lines

        say("\n".join(aircraft_lines(address, reference)))
        return 0
    idents = [ident] if ident else similar(airfields, text, _MANY)
    if not idents:
        from waystation.cli.aircraft_text import registration_lines

        if lines := registration_lines(text, reference):
            say("\n".join(lines))
            return 0
        raise UsageError(
            f"nothing known as {text!r}: no airfield of this code or name, no 24-bit address, and no "
            "registration in a register here (get one with: waystation world update aircraft)"
        )
    for one in idents:
        say("\n".join(_airfield_lines(airfields, airfields.index[one], brief=len(idents) > 1)))
    return 0


def _airfield_lines(a: Airfields, i: int, *, brief: bool) -> list[str]:
    from waystation.world.airfields import runway_ends

    place = f"{a.lat[i]:.4f}, {a.lon[i]:.4f}"
    head = f"{a.ident[i]}  {a.name[i]}, {a.municipality[i] or '–'}, {a.iso_country[i]}  {a.kind[i]}  {place}"
    if brief:
        return [head]
    codes = [
        f"{k} {v}"
        for k, v in (
            ("ICAO", a.icao_code[i]),
            ("IATA", a.iata_code[i]),
            ("local", a.local_code[i]),
            ("also", a.aliases[i].replace(";", ", ")),
        )
        if v
    ]
    elevation = "unknown" if isnan(a.elevation_ft[i]) else f"{a.elevation_ft[i]:.0f} ft"
    lines = [
        head,
        f"  codes: {'; '.join(codes) or 'none'}",
        f"  elevation: {elevation}; military: {a.military[i]}",
    ]
    ends = runway_ends(a, i)
    if not ends:
        lines.append(
            f"  runways: {a.runway_status[i]}"
            + (" (no record; that does not mean none)" * (a.runway_status[i] == "unknown"))
        )
    for le, he in zip(ends[::2], ends[1::2], strict=True):
        length = "length unknown" if isnan(le.length_ft) else f"{le.length_ft:.0f} ft"
        heading = "" if isnan(le.heading_deg) else f", {le.heading_deg:.0f}° true from {le.heading_from}"
        lines.append(f"  runway {le.ident or '?'}/{he.ident or '?'}: {length}, {le.surface}{heading}")
    return [*lines, f"  source: {a.source[i]}"]
