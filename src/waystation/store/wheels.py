"""Data that travels inside a package on PyPI: ``pypi:traffic==2.13/traffic/data/samples/collections``.

The wheel is fetched once by pip into the user's cache, keeps its hash beside it, and is read in place.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from waystation.store.atomic import write_atomic
from waystation.store.batches import Source
from waystation.store.hashing import file_sha256, sha256
from waystation.terms.errors import InputError, NetworkError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cache_folder", "is_pypi", "pypi_sources"]

_FORM: Final = re.compile(
    r"pypi:(?P<name>[A-Za-z0-9._-]+)==(?P<version>[A-Za-z0-9.!+_-]+)(?:/(?P<path>.*))?\Z"
)
_PATIENCE_S: Final = 300  # a wheel of 30 MB over 1 Mbit/s


@dataclass(frozen=True)
class _Address:
    name: str
    version: str
    path: str

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}"


def is_pypi(text: str) -> bool:
    """Whether an INPUT names a package."""
    return text.startswith("pypi:")


def cache_folder() -> Path:
    """Where wheels rest: ``$XDG_CACHE_HOME/waystation`` or ``~/.cache/waystation``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "waystation"


def pypi_sources(text: str, max_bytes: int) -> Iterator[Source]:
    """Yield the members that the path names (a file, a folder or a glob), sorted; Python code is left out.

    Raises ``NetworkError`` where the wheel is not in the cache and cannot be fetched.
    """
    address = _address(text)
    wheel = _wheel(address)
    with zipfile.ZipFile(wheel) as z:
        names = sorted(i.filename for i in z.infolist() if not i.is_dir())
        found = [n for n in names if _named(n, address.path)]
        if not found:
            raise InputError(f"{text}: the wheel {wheel} holds nothing there; it begins with {names[:3]}")
        for name in found:
            info = z.getinfo(name)
            uri = f"pypi:{address.requirement}/{name}"
            if info.file_size > max_bytes:
                note = ("too-big", f"{info.file_size} bytes, more than {max_bytes}")
                yield Source(uri, b"", sha256(uri.encode()), (note,), refused=True)
                continue
            data = z.read(info)
            yield Source(uri, data, sha256(data))


def _address(text: str) -> _Address:
    m = _FORM.match(text)
    if m is None:
        raise UsageError(f"{text!r} is no package address; write pypi:NAME==VERSION/PATH/IN/THE/WHEEL")
    return _Address(m["name"], m["version"], (m["path"] or "").strip("/"))


def _named(member: str, path: str) -> bool:
    if member == path:
        return True
    inside = not path or member.startswith(f"{path}/") or fnmatchcase(member, path)
    return inside and not member.endswith(".py") and ".dist-info/" not in member


def _wheel(address: _Address) -> Path:
    folder = cache_folder() / "wheels"
    found = _cached(folder, address)
    if found is None:
        found = _download(folder, address)
    noted = found.with_name(f"{found.name}.sha256")
    digest = file_sha256(found)
    if not noted.exists():
        write_atomic(noted, f"{digest}\n".encode())
    elif noted.read_text().strip() != digest:
        raise InputError(f"{found} is not what was fetched (its hash is {digest}); delete it and run again")
    return found


def _cached(folder: Path, address: _Address) -> Path | None:
    stem = re.sub(r"[-_.]+", "_", address.name).lower()
    for path in sorted(folder.glob("*.whl")):
        name, version = (*path.name.split("-"), "")[:2]
        if re.sub(r"[-_.]+", "_", name).lower() == stem and version == address.version:
            return path
    return None


def _download(folder: Path, address: _Address) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    remedy = (
        f"With a network, run again; without one, put the wheel (from https://pypi.org/project/{address.name}/"
        f"{address.version}/#files) into {folder}"
    )
    with tempfile.TemporaryDirectory(dir=folder) as made:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--only-binary=:all:", "--dest", made, address.requirement]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)  # noqa: S603 - our own interpreter, arguments checked by _FORM
        except subprocess.TimeoutExpired as e:
            raise NetworkError(
                f"pip could not fetch {address.requirement} in {_PATIENCE_S} s. {remedy}"
            ) from e
        wheels = sorted(Path(made).glob("*.whl"))
        if run.returncode or not wheels:
            last = (run.stderr.strip().splitlines() or ["no message"])[-1]
            raise NetworkError(f"pip could not fetch {address.requirement}: {last}. {remedy}")
        return wheels[0].replace(folder / wheels[0].name)
