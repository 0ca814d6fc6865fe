"""Did only the reception change? Draws of the exposure, and the evidence of that rival explanation.

If nothing but the reception changed, the shares after are those before, each multiplied by its ratio of
exposures, and renormalised: θ'_k = θ_k r_k / Σ θ r. With θ ~ Dirichlet(½) the evidence of counts before (C¹)
and after (C²) has a closed form but for one integral, over ρ > 0:

    Π r_k^C²_k Γ(½+C_k)/Γ(½) · B(n₁, A) / (Γ(n₁) Γ(n₂)) · ∫ ρ^(n₂−1) Π (1 + ρ r_k)^−(½+C_k) dρ

(write both denominators as Gamma integrals; one of the two goes). r = 1 gives m(C¹+C²) back: a test says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
from scipy.special import betaln, gammaln, logsumexp

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Z90", "Exposure", "ReceptionRules", "log_evidence_of_reception", "read_exposure"]

LEAST_KNOWN = 0.25  # of the days on one side of a date
Z90 = 1.6448536269514722  # half a 90 % interval in standard deviations


@dataclass(frozen=True)
class ReceptionRules:
    """How the exposure is drawn."""

    draws: int = 200
    """Enough for 90 % intervals."""
    shared: float = 0.5
    """Part of the (log) variance that neighbouring windows share: the cells behind them are the same."""
    block_windows: int = 8
    """So many windows share it: receivers come and go over months."""
    longest_window_days: float = 7.5
    """Weeks are preferred to days: a day's exposure is mostly noise."""


@dataclass(frozen=True)
class Exposure:
    """``days``: consecutive days since 1970; ``draws``: (draws, days) fully observed days in each day.

    ``known``: days whose exposure can be told; the others are 0 in ``draws``, which is no measurement.
    """

    days: Floats
    draws: Floats
    known: NDArray[np.bool_]

    def ratio(self, at: float, first: float, last: float) -> Floats | None:
        """Exposure a day from ``at`` to ``last`` over that from ``first`` to ``at``; None if unknown.

        Of the days that can be told; unknown where less than a quarter of either side can.
        """
        sides = [(self.days >= a) & (self.days < b) for a, b in ((first, at), (at, last))]
        if any((s & self.known).sum() < max(1.0, LEAST_KNOWN * s.sum()) for s in sides):
            return None
        early, late = (self.draws[:, s & self.known] for s in sides)
        if early.sum() <= 0 or late.sum() <= 0:
            return None
        return np.asarray(late.mean(axis=1) / np.maximum(early.mean(axis=1), 1e-9), dtype=np.float64)


def read_exposure(
    exposures: pa.Table | None,
    subject: str,
    first: int,
    last: int,
    seed: int,
    rules: ReceptionRules | None = None,
) -> Exposure | str:
    """Return draws of the exposure of ``subject`` on days ``first`` … ``last`` − 1, or why it is unknown.

    Weeks are used, else days, else the whole period; a window that cannot be told counts as not observed.
    """
    limits = rules or ReceptionRules()
    rows = [] if exposures is None else exposures.filter(pc.equal(exposures["subject"], subject)).to_pylist()
    windows = [_window(r) for r in rows if r["exposure_days"] is not None]
    if not windows:
        return next((r["reason"] for r in rows if r["reason"]), f"no exposure is known for {subject}")
    short = [w for w in windows if w[1] - w[0] <= limits.longest_window_days]
    # long ones last, so that they stand where windows overlap
    chosen = sorted(short or windows, key=lambda w: (w[1] - w[0], w[0]))
    rng = np.random.default_rng(seed)
    days = np.arange(first, last, dtype=np.float64)
    draws = np.zeros((limits.draws, len(days)))
    known = np.zeros(len(days), dtype=np.bool_)
    order = np.argsort([w[0] for w in chosen], kind="stable")
    block = np.zeros(len(chosen), dtype=np.int64)
    block[order] = np.arange(len(chosen)) // limits.block_windows
    common = rng.standard_normal((limits.draws, len(chosen) // limits.block_windows + 1))
    own = rng.standard_normal((limits.draws, len(chosen)))
    z = np.sqrt(limits.shared) * common[:, block] + np.sqrt(1.0 - limits.shared) * own
    for i, (start, stop, exposed, low, high) in enumerate(chosen):
        inside = (days >= np.floor(start)) & (days < stop)
        known |= inside
        if not inside.any() or exposed <= 0:
            draws[:, inside] = 0.0
            continue
        spread = (np.log(max(high, exposed)) - np.log(max(min(low, exposed), exposed / 50.0))) / (2 * Z90)
        share = np.minimum(exposed * np.exp(spread * z[:, i]) / (stop - start), 1.0)
        draws[:, inside] = share[:, None]
    return (
        Exposure(days, draws, known) if draws.sum() > 0 else f"{subject} was never within reach of a receiver"
    )


def _window(r: dict[str, object]) -> tuple[float, float, float, float, float]:
    start, stop = (r[c].timestamp() / 86_400.0 for c in ("from_utc", "to_utc"))  # type: ignore[attr-defined]
    exposed = float(r["exposure_days"])  # type: ignore[arg-type]
    low, high = (exposed if r[c] is None else float(r[c]) for c in ("low", "high"))  # type: ignore[arg-type]
    return start, stop, exposed, low, high


def log_evidence_of_reception(before: Floats, after: Floats, ratios: Floats, prior: float = 0.5) -> float:
    """Log evidence of counts (K,) before and after if only exposures changed; ``ratios``: (draws, K).

    Averaged over the draws. Both sides need at least one count.
    """
    n1, n2, both = before.sum(), after.sum(), prior + before + after
    total = prior * len(before)
    front = (
        (after * np.log(ratios)).sum(axis=1)
        + (gammaln(both) - gammaln(prior)).sum()
        + betaln(n1, total)
        - gammaln(n1)
        - gammaln(n2)
    )
    low, high = np.full(len(ratios), -40.0), np.full(len(ratios), 40.0)
    for _ in range(60):  # the mode in log ρ: n₂ = Σ (½+C) ρr / (1+ρr)
        middle = (low + high) / 2.0
        pull = (both / (1.0 + np.exp(-middle)[:, None] / ratios)).sum(axis=1)
        low, high = np.where(pull < n2, middle, low), np.where(pull < n2, high, middle)
    mode = (low + high) / 2.0
    part = 1.0 / (1.0 + np.exp(-mode)[:, None] / ratios)
    width = 1.0 / np.sqrt((both * part * (1.0 - part)).sum(axis=1))
    steps = np.linspace(-16.0, 16.0, 401)
    x = mode[:, None] + width[:, None] * steps
    logs = n2 * x - (both * np.log1p(np.exp(x)[:, :, None] * ratios[:, None, :])).sum(axis=2)
    integral = logsumexp(logs, axis=1) + np.log(width * (steps[1] - steps[0]))
    return float(logsumexp(front + integral) - np.log(len(ratios)))
