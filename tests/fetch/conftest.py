"""A server, an archive that is empty, and rules that wait for milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from servers_for_tests import Server, serving

from waystation.store.fetch_rules import FetchRules

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Server]:
    """A server without files."""
    with serving() as s:
        yield s


@pytest.fixture
def quick() -> FetchRules:
    """The rules with waits that a test can stand."""
    return FetchRules(delay_s=0.0, first_wait_s=0.01, longest_wait_s=0.02, patience_s=5.0)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is asked without a proxy, and nobody's credentials are used."""
    for name in ("http_proxy", "HTTP_PROXY", "OPENSKY_CLIENT_ID", "OPENSKY_CLIENT_SECRET", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
