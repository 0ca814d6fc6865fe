"""The ledger of what is not a flight; provenance: why a row says what it says, and whether it still does."""

from waystation.evidence.observations import ObservationRules, observations_of
from waystation.evidence.overrides import Decided, apply_overrides, decision_text
from waystation.evidence.published import PublishedRules, published_of
from waystation.evidence.tell import tell_claim, tell_flight
from waystation.evidence.verify import Difference, compare_files, compare_rows, recount
from waystation.evidence.why import EndEvidence, FlightEvidence, why_flight

__all__ = [
    "Decided",
    "Difference",
    "EndEvidence",
    "FlightEvidence",
    "ObservationRules",
    "PublishedRules",
    "apply_overrides",
    "compare_files",
    "compare_rows",
    "decision_text",
    "observations_of",
    "published_of",
    "recount",
    "tell_claim",
    "tell_flight",
    "why_flight",
]
