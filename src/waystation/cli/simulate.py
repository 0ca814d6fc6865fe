"""``waystation simulate``: a scenario to a labelled synthetic archive with its truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from waystation.cli.say import progress, say

__all__ = ["simulate"]


def simulate(
    scenario: Path,
    /,
    *,
    out: Annotated[Path, Parameter(show_default=False)],
    seed: int | None = None,
    workers: int = 2,
) -> int:
    """Make a synthetic archive from a scenario, labelled as such, with its truth.

    Try:
      waystation simulate cases/hub-shift/scenario.toml --out simulated

    Parameters
    ----------
    scenario
        The scenario file: fleet, bases, regimes with dates, receivers, habits and faults.
    out
        Folder of the archive: days of traces as readsb keeps them, and the tables of truth.
    seed
        Overrules the seed in the scenario: another world with the same rates.
    workers
        Processes at work at a time, two at most.
    """
    from waystation.store.simulated import simulate_into, trace_folders

    with progress() as show:
        made = simulate_into(scenario, out, show, seed=seed, workers=workers)
    if made.unchanged:
        say("nothing to do: scenario, seed and program are those that made this archive")
    say(f"SIMULATED: {made.mark}. {made.n_files} files: {made.folder.resolve()}")
    years = " ".join(str(out / Path(year).name) for year in trace_folders(made.folder))
    say(f"find its flights: waystation flights {years} --out flights")
    say(f"compare with the truth: {out / 'truth_flights.csv'}")
    return 0
