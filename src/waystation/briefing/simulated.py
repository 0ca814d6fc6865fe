"""What is said of simulated tracks says so in every sentence, whoever wrote the sentence."""

from __future__ import annotations

from typing import Final

__all__ = ["in_simulated", "opening_of"]

_TRACKS: Final = "In the simulated tracks, "
_MODEL: Final = "In this simulated case, "
_OPENINGS: Final = (_TRACKS, _MODEL)
"""How a sentence begins that speaks of simulated tracks, or of what a model makes of their case."""

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


def opening_of(sentence: str) -> str:
    """The words that mark a sentence as simulated; empty where it has none."""
    return next((o for o in _OPENINGS if sentence.startswith(o)), "")


def in_simulated(sentence: str, *, modelled: bool = False) -> str:
    """``The hub moved.`` → ``In the simulated tracks, the hub moved.``; a name keeps its capital.

    ``modelled``: what is said is physics, and no track shows it.
    """
    if sentence.startswith(_OPENINGS):
        return sentence
    head, space, rest = sentence.partition(" ")
    return (_MODEL if modelled else _TRACKS) + (head.lower() if head in _WORDS else head) + space + rest
