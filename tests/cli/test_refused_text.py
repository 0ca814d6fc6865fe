"""What was set aside is said with its meaning and a remedy."""

from waystation.cli import main
from waystation.cli.refused_text import refused_lines
from waystation.ingest import NOTES, REFUSALS


def test_every_reason_has_words():
    lines = refused_lines(dict.fromkeys(REFUSALS | NOTES, 2))
    assert len(lines) == len(REFUSALS | NOTES)
    assert all(line.startswith("  2 rows in rejected: ") and line.endswith(")") for line in lines)
    assert refused_lines({"of-an-older-version": 1}) == ["  1 row in rejected: of-an-older-version"]


def test_a_log_without_a_date_says_how_to_give_one(tmp_path, capsys):
    from bench.fuzz.samples import SAMPLES

    (tmp_path / "night.avr").write_bytes(SAMPLES["avr"])
    call = ["ingest", str(tmp_path / "night.avr"), "--archive"]
    assert main([*call, str(tmp_path / "a")]) == 0
    out = capsys.readouterr().out
    assert "80 rows in rejected: no-time (the record has no time, or none that we can read: " in out
    assert "; a log with a counter wants --map clock_start=" in out
    remedy = out.rpartition("wants ")[2].partition(")")[0].split()
    assert main([*call, str(tmp_path / "b"), *remedy]) == 0
    assert "79 new positions" in capsys.readouterr().out
