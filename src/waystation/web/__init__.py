"""The workbench: pages over the tables of one result, on this machine only."""

from waystation.web.app import make_app

__all__ = ["make_app"]
