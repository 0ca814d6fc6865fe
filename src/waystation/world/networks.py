"""Who hears aircraft and publishes what they heard: terms, whom to name, and what a network does not see.

Terms change, and some are only a page of a website: what stands here is what to begin with, not advice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["NETWORKS", "Network", "attribution", "network_in", "network_of"]

_FETCHED: Final = re.compile(r"/raw/([a-z0-9.-]+)/(?:globe_history|releases|flights|states|tracks|history)/")
_ODBL: Final = "Open Database License 1.0, https://opendatacommons.org/licenses/odbl/1-0/"


@dataclass(frozen=True)
class Network:
    """``name`` as in ``sources.network``; ``licence`` and ``credit`` in words; ``terms``: where they stand.

    ``blind``: what it does not see or show, beyond what no receiver on the ground sees.
    """

    name: str
    licence: str
    credit: str
    terms: str
    blind: str


NETWORKS: Final[tuple[Network, ...]] = (
    Network(
        "adsb.lol", _ODBL, "Contains information from adsb.lol, made available under the ODbL 1.0.",
        "https://www.adsb.lol/docs/open-data/",
        "Nothing is left out on request. Few receivers in the Sahel, over Libya and Syria, and over sea. "
        "Single traces stay about three weeks, then only whole days; some days are missing or cut.",
    ),
    Network(
        "airplanes.live", "its own terms: personal and non-commercial use; ask before publishing data",
        "Positions: airplanes.live and its feeders.", "https://airplanes.live/",
        "Nothing is left out on request. Other receivers than adsb.lol's: it may hear where that is deaf.",
    ),
    Network(
        "adsb.fi", "its own terms: personal and non-commercial use; ask before publishing data",
        "Positions: adsb.fi and its feeders.", "https://adsb.fi/",
        "Nothing is left out on request. Densest in northern Europe.",
    ),
    Network(
        "theairtraffic", "its own terms: ask before publishing data",
        "Positions: TheAirTraffic and its feeders.", "https://theairtraffic.com/",
        "A smaller network; days before 2022 are thin.",
    ),
    Network(
        "adsbexchange", "its own terms: personal use on the site; anything else needs a licence from them",
        "Positions: ADS-B Exchange.", "https://www.adsbexchange.com/legal-and-privacy/",
        "Nothing is left out on request. Past days are refused (403) to programs without permission.",
    ),
    Network(
        "opensky", "OpenSky terms of use: research and non-commercial use; commercial use needs a licence",
        "Positions: The OpenSky Network, https://opensky-network.org (Schäfer et al., IPSN 2014).",
        "https://opensky-network.org/about/terms-of-use",
        "Some addresses are hidden from public interfaces. Without an account only the present; few "
        "receivers in Africa. Its flights name airfields by its own guess.",
    ),
    Network(
        "flightradar24", "FR24 terms: personal, non-commercial use; positions may not be handed on",
        "Positions: Flightradar24.", "https://www.flightradar24.com/terms-and-conditions",
        "Owners can have their aircraft hidden; exports and playbacks are thinned, older ones more so.",
    ),
)  # fmt: skip


def network_of(name: str) -> Network | None:
    """Return what is known of a network by its name, or None."""
    return next((n for n in NETWORKS if n.name == name), None)


def network_in(uri: str) -> str | None:
    """Return the network that a place names: a folder that ``fetch`` made, or a known name anywhere in it."""
    made = _FETCHED.search(uri)
    return made[1] if made else next((n.name for n in NETWORKS if n.name in uri.lower()), None)


def attribution(name: str) -> str:
    """Return the line to print beside anything made from the network's data."""
    known = network_of(name)
    if known is None:
        return f"{name}: the licence of its data is not known here; ask whoever runs it before publishing."
    return f"{known.credit} Licence: {known.licence}. Terms: {known.terms}"
