"""Every command is listed, helps with an example, stands in the docs, and starts fast."""

from __future__ import annotations

import importlib
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from waystation.cli import COMMANDS, build_app, main

ROOT = Path(__file__).resolve().parents[2]
EVERY = [[name] for name in COMMANDS if name != "world"] + [["world", "update"], ["world", "show"]]


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_every_command_has_help_with_an_example(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--help"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"Try:\s*\n\s+waystation " + " ".join(command), text)


def test_every_command_stands_in_the_docs_and_no_other() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    assert re.findall(r"^## waystation ([a-z ]+)$", text, re.MULTILINE) == [" ".join(c) for c in EVERY]


def test_the_docs_name_every_option_of_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    parts = dict(
        zip(
            re.findall(r"^## (waystation [a-z ]+)$", text, re.MULTILINE),
            re.split(r"^## .*$", text, flags=re.MULTILINE)[1:],
            strict=True,
        )
    )
    for command in EVERY:
        main([*command, "--help"])
        options = set(re.findall(r"(?<![\w-])--[a-z-]+", capsys.readouterr().out.split("Parameters")[-1])) - {
            "--help"
        }
        named = set(re.findall(r"(?<![\w-])--[a-z-]+", parts["waystation " + " ".join(command)]))
        assert options <= named, command


def test_help_imports_nothing_heavy_and_answers_fast() -> None:
    code = (
        "import sys; from waystation.cli import main; main(['--help']); "
        "print([m for m in ('numba', 'polars', 'pyarrow', 'scipy', 'numpy', 'jinja2') if m in sys.modules])"
    )
    assert subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.endswith("[]\n")
    bare = min(cpu_s("-c", "pass") for _ in range(3))
    # On an idle machine 0.2 s in all; where even a bare Python is slow the bound moves with it.
    assert min(cpu_s("-m", "waystation", "--help") for _ in range(5)) < 0.28 + 4 * (bare - 0.015)


def test_flights_without_a_case_load_no_patterns_and_no_briefing() -> None:
    code = (
        "import sys, waystation.finding; "
        "print([m for m in sys.modules if m.startswith(('waystation.network', 'waystation.patterns', "
        "'waystation.briefing', 'waystation.stopovers', 'polars'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def cpu_s(*arguments: str) -> float:
    """Processor time of a Python process: that of a busy machine is no matter of ours."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_no_arguments_shows_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize("name", [n for n in COMMANDS if n != "world"])
def test_the_list_and_the_command_say_the_same(name: str) -> None:
    command = getattr(importlib.import_module(f"waystation.cli.{name}"), name)
    assert command.__doc__.splitlines()[0] == COMMANDS[name]


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frobnicate"]) == 2
    assert "--help" in capsys.readouterr().err


def test_a_missing_argument_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run"]) == 2
    assert "waystation run --help" in capsys.readouterr().err


def test_a_fault_in_the_input_is_one_line_without_a_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["run", str(tmp_path / "none.toml")]) == 1
    err = capsys.readouterr().err
    assert err.startswith("waystation: ")
    assert "none.toml" in err
    assert "Traceback" not in err


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from waystation.terms.errors import CaseError

    monkeypatch.setenv("WAYSTATION_DEBUG", "1")
    with pytest.raises(CaseError):
        main(["check", str(tmp_path / "none.toml")])


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from waystation import __version__

    main(["--version"])
    assert capsys.readouterr().out.strip() == __version__


def test_commands_that_do_not_exist_yet_are_not_registered() -> None:
    app = build_app()
    assert "watch" not in set(app)
