"""All of it becomes a briefing: claims with their rows, charts, maps, one page."""

from waystation.briefing.build import Briefing, build
from waystation.briefing.likelihood import likelihood_word

__all__ = ["Briefing", "build", "likelihood_word"]
