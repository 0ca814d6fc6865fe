"""Flights become a network: visits, stays, itineraries, what flows through where, and who replaced whom."""

from waystation.network.build import build
from waystation.network.itineraries import ItineraryRules
from waystation.network.routes import RouteRules
from waystation.network.triples import TripleRules
from waystation.network.visits import VisitRules

__all__ = ["ItineraryRules", "RouteRules", "TripleRules", "VisitRules", "build"]
