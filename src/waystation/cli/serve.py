"""``waystation serve``: the workbench in a browser, on this machine."""

from __future__ import annotations

from pathlib import Path

from waystation.cli.say import say, warn
from waystation.terms.errors import UsageError

__all__ = ["serve"]

_FIRST_PORT = 8765
_TRIES = 20


def serve(result: Path, /, *, port: int | None = None, out: Path | None = None) -> int:
    """Open the workbench in a browser: maps, charts, tables and SQL over a result.

    It listens on 127.0.0.1 only. Nothing leaves this machine; stop it with Ctrl-C.

    Try:
      waystation serve cases/real-flights/case.toml
      waystation serve out --port 8800

    Parameters
    ----------
    result
        A case file whose result is beside it, or the folder of a result.
    port
        Where to listen. Default: 8765, or the next one that is free.
    out
        Folder of the case's result, where it is not beside the case.
    """
    if port is not None and not 0 < port < 65_536:
        raise UsageError(f"--port {port}: a port is a number from 1 to 65535")
    if port is not None and not _free(port):
        raise UsageError(f"--port {port}: something listens there already; name another, or leave --port out")
    import uvicorn

    from waystation.store.manifest import read_manifest
    from waystation.web import make_app

    case = result if result.is_file() else None
    folder = out or (result.parent / "out" if case else result)
    manifest = read_manifest(folder)
    if case is None and manifest.get("case") and Path(manifest["case"]["file"]).is_file():
        case = Path(manifest["case"]["file"])
    chosen = port if port is not None else _free_port()
    if not (Path(__file__).parent.parent / "web" / "static" / "workbench.js").is_file():
        warn("note: the map is not built here; everything else works (make bundle builds it)")
    say(f"workbench of {folder.resolve()}\nopen http://127.0.0.1:{chosen}/   (Ctrl-C stops it)")
    app = make_app(folder, case, port=chosen)
    uvicorn.run(app, host="127.0.0.1", port=chosen, log_level="warning", server_header=False)
    return 0


def _free_port() -> int:
    for port in range(_FIRST_PORT, _FIRST_PORT + _TRIES):
        if _free(port):
            return port
    raise UsageError(f"ports {_FIRST_PORT} to {_FIRST_PORT + _TRIES - 1} are all taken; name one with --port")


def _free(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
