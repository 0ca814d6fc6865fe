"""The command line. One file per command; nothing heavy is imported before a command runs.

``COMMANDS`` is the list of commands and the only place where one is registered. Exit codes: 0 success,
1 a fault in the input, 2 wrong usage.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Final

from waystation import __version__
from waystation.cli.front import front_page
from waystation.terms.errors import WaystationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cyclopts import App

__all__ = ["COMMANDS", "WORLD", "build_app", "main"]

COMMANDS: Final[dict[str, str]] = {
    "new": "Write a case to start from, with every key explained.",
    "check": "Say whether a case is sound: every problem at once, each with its remedy.",
    "run": "Do everything that a case asks for, from raw files to the briefing.",
    "fetch": "Download traces of a fleet, or whole days, into an archive.",
    "ingest": "Read raw files into an archive of positions.",
    "flights": "Find the flights in raw files or an archive; no case needed.",
    "show": "Show a table, filtered: in the terminal, as CSV, JSON, Parquet or a map.",
    "why": "Print the evidence under one flight or claim, down to file, hash and record.",
    "brief": "Write the briefing again from tables already made.",
    "diff": "Say what a newer run changed: flights, endings, claims.",
    "serve": "Open the workbench in a browser: maps, charts, tables and SQL over a result.",
    "bundle": "Pack a result into one file that a colleague checks offline.",
    "stopovers": "Rank the airfields that could carry what a case asks, with bands and parts.",
    "verify": "Hash the inputs and count the numbers of a briefing again.",
    "simulate": "Make a synthetic archive from a scenario, labelled as such, with its truth.",
    "world": "Look at the reference tables, or bring them up to date.",
}

WORLD: Final[dict[str, str]] = {
    "update": "Bring a reference table up to date, from a file or from where it is published.",
    "show": "Show an airfield, or what is known of an aircraft's address.",
}

SUMMARY: Final = "Flight tracks in, evidence out: who flew between which airfields, and how we know."

EPILOGUE: Final = """Start here:
  waystation new my-case
  waystation check my-case/case.toml
  waystation run my-case/case.toml

Every command explains itself: waystation run --help
Exit codes: 0 success, 1 a fault in the input, 2 wrong usage."""

# Answered before anything is loaded.
_TOLD: Final[tuple[list[str], ...]] = ([], ["--help"], ["-h"], ["--version"])


def build_app(asked: Sequence[str] = ()) -> App:
    """Return the application with every command named but none imported; ``asked``: the words typed."""
    from cyclopts import App

    app = App(
        name="waystation",
        help=SUMMARY,
        help_epilogue=EPILOGUE,
        help_format="plaintext",
        version=__version__,
        result_action="return_value",
        suppress_keyboard_interrupt=False,  # ``main`` says what to do next
    )
    for name, summary in COMMANDS.items():
        if name == "world":
            world = App(name=name, help=summary, help_format="plaintext", help_epilogue="")
            for part, words in WORLD.items():
                _register(world, f"waystation.cli.world:{part}", part, words, asked[1:2])
            app.command(world)
        else:
            _register(app, f"waystation.cli.{name}:{name}", name, summary, asked[:1])
    return app


def _register(app: App, target: str, name: str, summary: str, asked: Sequence[str]) -> None:
    """Name a command. Only of the one asked for the docstring is read, because that imports its file."""
    words = {} if asked == [name] else {"help": summary}
    app.command(target, name=name, help_epilogue="", **words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. ``WAYSTATION_DEBUG=1`` shows tracebacks."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that a terminal lacks must not stop a command
            stream.reconfigure(errors="replace")
    if tokens in _TOLD:
        return _front(tokens)
    from cyclopts import CycloptsError

    debug = bool(os.environ.get("WAYSTATION_DEBUG"))
    try:
        result = build_app(tokens)(tokens, exit_on_error=False, print_error=False)
    except BrokenPipeError:  # the reader of our pipe has seen enough (`waystation show … | head`)
        return _unread()
    except KeyboardInterrupt:
        return _complain("stopped; run the same command again to go on from here", 130)
    except CycloptsError as error:
        return _complain(f"{error}\nSee: waystation {_command_of(tokens)}--help", 2)
    except (WaystationError, OSError) as error:
        if debug:
            raise
        return _complain(*_told(error))
    return result if isinstance(result, int) else 0


def _front(tokens: list[str]) -> int:
    """Print what needs nothing loaded."""
    try:
        print(__version__ if tokens == ["--version"] else front_page(SUMMARY, COMMANDS, EPILOGUE))
        sys.stdout.flush()
    except BrokenPipeError:
        return _unread()
    return 0


def _unread() -> int:
    """Let what nobody reads any more go nowhere, also what Python still holds back."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _command_of(tokens: list[str]) -> str:
    return f"{tokens[0]} " if tokens and tokens[0] in COMMANDS else ""


def _told(error: WaystationError | OSError) -> tuple[str, int]:
    """Return what to say and the exit code; of what the system refused which file, and what to do."""
    if isinstance(error, WaystationError):
        return str(error), error.exit_code
    where = error.filename or "a file"
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        remedy = "make room or name another folder, then run the same command again: what was finished stays"
        return f"{where}: no room left on this disk; {remedy}", 1
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{where}: {error.strerror}; name another folder, or have its owner let you in", 1
    return f"{where}: {error.strerror or error}; WAYSTATION_DEBUG=1 shows where this happened", 1


def _complain(message: str, code: int) -> int:
    print(f"waystation: {message}", file=sys.stderr)
    return code
