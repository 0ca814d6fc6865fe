"""Flights become a network: visits, stays, itineraries, what flows through where, and who replaced whom."""

from waystation.network.build import build
from waystation.network.hubs import HubRules
from waystation.network.itineraries import ItineraryRules
from waystation.network.relays import RelayRules, relays
from waystation.network.roles import roles
from waystation.network.routes import RouteRules
from waystation.network.substitutions import SubstitutionRules
from waystation.network.triples import TripleRules
from waystation.network.visits import VisitRules

__all__ = [
    "HubRules",
    "ItineraryRules",
    "RelayRules",
    "RouteRules",
    "SubstitutionRules",
    "TripleRules",
    "VisitRules",
    "build",
    "relays",
    "roles",
]
