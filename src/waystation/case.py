"""The question, read from TOML: every problem at once, each with its key and its remedy.

``read_case`` turns the file into a ``Case``: the view that stages get, plus paths. Whether what it says can
be (airfields that do not exist, sources that are not there) is for ``soundness.py``.
"""

from __future__ import annotations

import typing
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from waystation.terms.addresses import normal_address
from waystation.terms.case_view import (
    Airspace,
    CaseView,
    Event,
    Fleet,
    Observation,
    Override,
    Question,
    Scenario,
    Site,
    keys_of,
)
from waystation.terms.csv_text import csv_rows
from waystation.terms.errors import CaseError, InputError, choice_remedy
from waystation.terms.toml_text import read_toml
from waystation.world.area_files import AreaError, rings_of_geojson

__all__ = [
    "COUNTS_NEEDED",
    "SIMULATED",
    "Case",
    "Problem",
    "absolute",
    "is_remote",
    "raise_problems",
    "read_case",
]

_ARRAYS: Final[dict[str, type]] = {
    "site": Site,
    "event": Event,
    "question": Question,
    "override": Override,
    "observation": Observation,
    "airspace": Airspace,
    "scenario": Scenario,
}
COUNTS_NEEDED: Final = (
    "count",
    "from",
)  # columns without which no published count can stand beside the tracks
SIMULATED: Final = "simulated:"
_TOP: Final = ("title", "period", "sources", "flights", "fleet", "homes", *_ARRAYS, "observations")
_WORDS: Final[dict[Any, str]] = {
    str: 'a text in quotes, as in "OSLK"',
    float: "a number",
    bool: "true or false",
    date: "a date without quotes, as in 2024-12-08",
    tuple[str, ...]: 'a list of texts, as in ["A124", "IL76"]',
    tuple[str, str]: 'two places, as in ["OSLK", "HL59"]',
    str
    | tuple[tuple[float, float], ...]
    | None: "a GeoJSON file, or corners as in [[33.0, 20.0], …], lat first",
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a case. ``place`` is the key's path; a note does not make the case unsound."""

    place: str
    what: str
    remedy: str
    note: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.what}\n    {self.remedy}"


@dataclass(frozen=True)
class Case:
    """A case file: what the stages may know (``view``), and where things are.

    ``inputs`` are the sources with relative paths made absolute; ``digest`` is the hash of the file's bytes.
    ``ledger`` is the file of observations, if the case names one.
    """

    path: Path
    view: CaseView
    inputs: tuple[str, ...]
    digest: str
    ledger: Path | None = None

    @property
    def folder(self) -> Path:
        """The case file's folder, where relative paths start."""
        return self.path.parent

    @property
    def flight_lists(self) -> tuple[Path, ...]:
        """The lists of flights from elsewhere, in the order of the case."""
        return tuple(Path(absolute(name, self.folder)) for name in self.view.flights)

    @property
    def beside(self) -> tuple[Path, ...]:
        """Every file that the case names beside its sources; a change in one of them changes the result."""
        counts = {q.counts: None for q in self.view.questions if q.counts and not is_remote(q.counts)}
        counted = tuple(Path(absolute(name, self.folder)) for name in counts)
        sidecars = tuple(s for p in self.flight_lists if (s := p.with_name(f"{p.name}.toml")).is_file())
        drawn = dict.fromkeys(a.polygon for a in self.view.airspace if isinstance(a.polygon, str))
        areas = (self.folder / name for name in drawn)
        return (*self.flight_lists, *sidecars, *counted, *((self.ledger,) if self.ledger else ()), *areas)

    @property
    def default_out(self) -> Path:
        """Where the tables go unless ``--out`` says otherwise."""
        return self.folder / "out"


def read_case(path: Path) -> Case:
    """Read a case file. Raises ``CaseError`` that lists every problem of form."""
    import hashlib

    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise CaseError(
            f"{path}: there is no such case file. Write one with: waystation new {path.parent}"
        ) from error
    except IsADirectoryError as error:
        raise CaseError(f"{path} is a folder. Name the file in it: {path / 'case.toml'}") from error
    raw = read_toml(data, str(path), CaseError)
    problems: list[Problem] = []
    view = _view(raw, path, problems)
    raise_problems(path, problems, "Airfields, dates and files are looked at when these are mended.")
    inputs = tuple(absolute(source, path.parent) for source in view.sources)
    named = raw.get("observations")
    ledger = path.parent / named if isinstance(named, str) else None
    digest = hashlib.sha256(data).hexdigest()
    return Case(path=path, view=view, inputs=inputs, digest=digest, ledger=ledger)


def absolute(source: str, folder: Path) -> str:
    """Resolve a source against the case's folder; ``pypi:…`` and URLs stay as they are."""
    if source.startswith(SIMULATED):
        return SIMULATED + absolute(source.removeprefix(SIMULATED), folder)
    return source if is_remote(source) else str((folder / Path(source).expanduser()).resolve())


def is_remote(source: str) -> bool:
    """Whether a source is fetched or made, not found on disk."""
    return source.startswith(("pypi:", SIMULATED)) or "://" in source


def raise_problems(path: Path, problems: list[Problem], then: str = "") -> None:
    """Raise one ``CaseError`` for all problems that are more than notes; ``then``: what to say after them."""
    bad = [p for p in problems if not p.note]
    if bad:
        head = f"{path}: {len(bad)} problem{'s' if len(bad) > 1 else ''}"
        raise CaseError("\n".join([head, *(f"  {p}" for p in bad), *([then] if then else [])]))


def _view(raw: dict[str, Any], path: Path, problems: list[Problem]) -> CaseView:
    problems.extend(
        Problem(key, "no such key in a case", choice_remedy(key, _TOP)) for key in raw if key not in _TOP
    )
    title = _value(raw.get("title", ""), str, "title", problems) or ""
    if not title.strip() and "title" not in {p.place for p in problems}:
        problems.append(Problem("title", "is missing", 'add a line: title = "What this case is about"'))
    period_from, period_to = _period(raw.get("period", {}), problems)
    made = {name: _array(raw, name, cls, problems) for name, cls in _ARRAYS.items()}
    if "observations" in raw:
        made["observation"] += _ledger(raw["observations"], path.parent, problems)
    drawn = [
        _drawn(a, f"airspace[{i}].polygon", path.parent, problems) for i, a in enumerate(made["airspace"], 1)
    ]
    return CaseView(
        title=title,
        period_from=period_from,
        period_to=period_to,
        fleet=_fleet(raw, problems),
        sites=made["site"],
        events=made["event"],
        questions=made["question"],
        overrides=made["override"],
        observations=made["observation"],
        airspace=tuple(drawn),
        scenarios=made["scenario"],
        homes=_homes(raw.get("homes", {}), problems),
        sources=_value(raw.get("sources", ()), tuple[str, ...], "sources", problems) or (),
        flights=_value(raw.get("flights", ()), tuple[str, ...], "flights", problems) or (),
        case_file=str(path),
    )


def _period(raw: object, problems: list[Problem]) -> tuple[date | None, date | None]:
    if not isinstance(raw, dict):
        problems.append(Problem("period", f"is {raw!r}", "write { from = 2024-10-01, to = 2025-02-28 }"))
        return None, None
    problems.extend(
        Problem(f"period.{k}", "no such key", choice_remedy(k, ("from", "to")))
        for k in raw
        if k not in {"from", "to"}
    )
    ends = [_value(raw[k], date, f"period.{k}", problems) if k in raw else None for k in ("from", "to")]
    if ends[0] and ends[1] and ends[1] < ends[0]:
        problems.append(
            Problem("period", f"ends on {ends[1]}, before it begins on {ends[0]}", "swap from and to")
        )
    return ends[0], ends[1]


def _homes(raw: object, problems: list[Problem]) -> tuple[tuple[str, str], ...]:
    if not isinstance(raw, dict):
        problems.append(
            Problem("homes", f"is {raw!r}", 'write under [homes] lines as in "RA-82038" = "UUMU"')
        )
        return ()
    bad = [(k, v) for k, v in raw.items() if not isinstance(v, str)]
    problems.extend(Problem(f"homes.{k}", f"is {v!r}", 'name an airfield, as in "UUMU"') for k, v in bad)
    return tuple((str(k), v) for k, v in sorted(raw.items()) if isinstance(v, str))


def _fleet(raw: dict[str, Any], problems: list[Problem]) -> Fleet:
    if "fleet" not in raw:
        return Fleet()
    fleet: Fleet | None = _fill(Fleet, raw["fleet"], "fleet", problems)
    if fleet is None:
        return Fleet()
    if fleet.everything and not any(p.place.startswith("fleet") for p in problems):
        names = ", ".join(f.name for f in fields(Fleet))
        problems.append(Problem("fleet", "names no aircraft", f"give any of {names}, or delete [fleet]"))
    addresses = []
    for i, text in enumerate(fleet.icao24, 1):
        address = normal_address(text)
        if address is None:
            remedy = "an address is six hex digits, as in 154076"
            problems.append(Problem(f"fleet.icao24[{i}]", f"{text!r} is no 24-bit address", remedy))
        else:
            addresses.append(address)
    return replace(fleet, icao24=tuple(addresses), types=tuple(t.upper() for t in fleet.types))


def _array(raw: dict[str, Any], name: str, cls: type, problems: list[Problem]) -> tuple[Any, ...]:
    rows = raw.get(name, [])
    if not isinstance(rows, list):
        problems.append(Problem(name, "is one table", f"write [[{name}]] with two brackets"))
        return ()
    made = []
    for i, row in enumerate(rows, 1):
        given = {"id": f"q{i}"} if cls is Question else {}
        made.append(_fill(cls, row, f"{name}[{i}]", problems, given=given))
    return tuple(m for m in made if m is not None)


def _fill(
    cls: type, raw: object, place: str, problems: list[Problem], given: dict[str, Any] | None = None
) -> Any:  # noqa: ANN401 - an instance of cls, or None
    """Make one ``cls`` of a TOML table; None where it cannot be made, with the problems noted."""
    given = given or {}
    if not isinstance(raw, dict):
        problems.append(Problem(place, f"is {raw!r}, not a table", "write key = value lines under it"))
        return None
    hints, known = typing.get_type_hints(cls), {k: f for k, f in keys_of(cls).items() if f.name not in given}
    before = len(problems)
    problems.extend(
        Problem(f"{place}.{key}", "no such key", choice_remedy(key, known)) for key in raw if key not in known
    )
    values = dict(given)
    for key, f in known.items():
        if key in raw:
            values[f.name] = _value(raw[key], hints[f.name], f"{place}.{key}", problems)
        elif f.default is MISSING and f.default_factory is MISSING:
            words = _words(hints[f.name])
            problems.append(Problem(f"{place}.{key}", "is missing", f"add {key} = {words}"))
    return cls(**values) if len(problems) == before else None


def _value(value: object, hint: Any, place: str, problems: list[Problem]) -> Any:  # noqa: ANN401 - a hint, and a value of it
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError:
        problems.append(Problem(place, f"is {value!r}", f"give {_words(hint)}"))
        return None


def _words(hint: Any) -> str:  # noqa: ANN401 - type hints have no type of their own
    """A type in words; of ``X | None`` only the X, because an absent key is how one says None."""
    inner = [a for a in typing.get_args(hint) if a is not type(None)]
    return _WORDS.get(hint) or (_WORDS.get(inner[0], str(inner[0])) if inner else str(hint))


def _drawn(airspace: Airspace, place: str, folder: Path, problems: list[Problem]) -> Airspace:
    """Fill the rings of a polygon: corners in the case, or a file beside it."""
    if airspace.polygon is None or not isinstance(airspace.polygon, str):
        return replace(airspace, rings=(airspace.polygon,) if airspace.polygon else ())
    path = folder / airspace.polygon
    try:
        rings = rings_of_geojson(path.read_bytes())
    except OSError as error:
        remedy = f"put a GeoJSON file there: relative paths start at {folder.resolve()}"
        problems.append(Problem(place, f"{airspace.polygon}: {error.strerror}", remedy))
    except AreaError as fault:
        problems.append(Problem(place, f"{airspace.polygon}: {fault.what}", fault.remedy))
    else:
        return replace(airspace, rings=rings)
    return airspace


def _ledger(name: object, folder: Path, problems: list[Problem]) -> tuple[Observation, ...]:
    """Read the observations of a CSV whose columns are the keys of ``[[observation]]``."""
    if not isinstance(name, str):
        problems.append(Problem("observations", f"is {name!r}", 'name a file, as in "ledger.csv"'))
        return ()
    try:
        rows = csv_rows((folder / name).read_bytes(), name)
    except OSError as error:
        problems.append(Problem("observations", f"{name}: {error.strerror}", f"put it into {folder}"))
        return ()
    except InputError as error:
        what, _, remedy = str(error).partition("; ")
        problems.append(Problem("observations", what, remedy))
        return ()
    made = [
        _fill(Observation, {k: v for k, v in row.items() if v}, f"{name}, line {i}", problems)
        for i, row in enumerate(rows, 2)
    ]
    return tuple(m for m in made if m is not None)
