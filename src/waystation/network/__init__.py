"""Flights become routes: directed pairs of airfields, with the flights behind them."""

from waystation.network.routes import RouteRules, build

__all__ = ["RouteRules", "build"]
