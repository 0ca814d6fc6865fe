"""``waystation bundle``: a result as one file that someone else can check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from waystation.cli.say import say

__all__ = ["bundle"]


def bundle(
    result: Path,
    /,
    *,
    to: Path | None = None,
    without: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    out: Path | None = None,
) -> int:
    """Pack a result into one file that a colleague checks offline.

    Tables, briefing, ledger, case and manifest. The raw inputs stay here;
    their names and hashes go along. What is left out is named in the
    manifest. The other side unpacks it and runs: waystation verify FOLDER

    Try:
      waystation bundle cases/real-flights/case.toml
      waystation bundle out --to for-print.zip --without rejected --without flights.callsigns

    Parameters
    ----------
    result
        A case file whose result is beside it, or the folder of a result.
    to
        The zip to write. Default: NAME-bundle.zip in the present folder; SIMULATED-… for simulated data.
    without
        A table (rejected), a column (flights.callsigns) or case; may be given several times. The briefing
        stays behind then, because it may say what was left out.
    out
        Folder of the case's result, where it is not beside the case.
    """
    from waystation.store.atomic import write_atomic
    from waystation.store.manifest import read_manifest
    from waystation.web.bundle import bundle as packed
    from waystation.web.result import Shelf

    case = result if result.is_file() else None
    folder = out or (result.parent / "out" if case else result)
    manifest = read_manifest(folder)
    if case is None and manifest.get("case") and Path(manifest["case"]["file"]).is_file():
        case = Path(manifest["case"]["file"])
    held = Shelf(folder, case).result()
    data = packed(held, without)
    name = (case.resolve().parent if case else folder.resolve()).name
    path = to or Path(f"{'SIMULATED-' if held.simulated else ''}{name}-bundle.zip")
    write_atomic(path, data)
    left = f"; left out: {', '.join(without)}" if without else ""
    say(f"{path}: {len(data) / 1e6:.1f} MB{left}\nunpack it and check it: waystation verify FOLDER")
    return 0
