"""What is said of simulated tracks says so in every sentence, whoever wrote the sentence."""

from __future__ import annotations

from typing import Final

__all__ = ["in_simulated"]

_OPENING: Final = "In the simulated tracks, "
_WORDS: Final = frozenset(
    (
        *("A", "About", "After", "An", "Around", "At", "Before", "Between", "By", "Corrected", "Counted"),
        *("Counting", "Each", "Flights", "For", "From", "Here", "In", "It", "More", "No", "Of", "On"),
        *(
            "Only",
            "Over",
            "Since",
            "Some",
            "That",
            "The",
            "There",
            "These",
            "This",
            "Through",
            "To",
            "With",
            "Without",
        ),
    )
)
"""Words that lose their capital inside a sentence; all others may be names."""


def in_simulated(sentence: str) -> str:
    """``The hub moved.`` → ``In the simulated tracks, the hub moved.``; a name keeps its capital."""
    if sentence.startswith(_OPENING):
        return sentence
    head, space, rest = sentence.partition(" ")
    return _OPENING + (head.lower() if head in _WORDS else head) + space + rest
