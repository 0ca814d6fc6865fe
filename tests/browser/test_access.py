"""No serious fault of access in any view or briefing, in both themes, as axe-core sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.conftest import NO_MAP, missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.browser.conftest import Case

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_MS = 180_000  # software rendering beside other tests
# hundreds of rows and marks that are alike take axe minutes and tell it nothing that the first do not
MORE_OF_THE_SAME = """for (const e of document.querySelectorAll(
  "#flight-table > tbody:nth-of-type(n + 12), #behind .rows:nth-of-type(n + 12), main tr:nth-child(n + 14), " +
  "svg :is(a, g, path, rect, line, circle, polyline, use):nth-child(n + 25)")) e.remove()"""
SERIOUS = ("serious", "critical")
ALL = "axe.run().then(r => r.violations)"
SOME = """axe.run({runOnly: ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable',
  'target-size', 'nested-interactive']}).then(r => r.violations)"""
DESK, TELEPHONE = 1000, 390


def faults(page: Any, address: str) -> Iterable[tuple[str, str, str, str]]:
    """Everything in light on a desk; in dark, on a telephone, what depends on theme and width."""
    if not AXE.is_file():
        missing("axe-core is not here (cd frontend && npm ci --ignore-scripts)")
    page.add_script_tag(path=str(AXE))
    for theme, width, asked in (("light", DESK, ALL), ("dark", TELEPHONE, SOME)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        for fault in page.evaluate(asked):
            if fault["impact"] in SERIOUS:
                yield address, theme, fault["id"], fault["nodes"][0]["html"][:200]


def views(case: Case) -> list[str]:
    flight = next(f for f in case.rows("flights") if f["destination_ending"] == "inferred")["flight_id"]
    claim = case.rows("claims")[0]["claim_id"]
    some = [
        "/?lines=tracks",
        f"/flight/{flight}",
        f"/airfield/{case.field}",
        f"/airfield/{case.field}/others",
    ]
    if case.name == "real":
        return some
    aircraft = case.rows("flights")[0]["icao24"]
    return [*some, "/", f"/aircraft/{aircraft}", f"/claim/{claim}", "/tables", "/table/flights",
            "/sql?q=select+1+as+one", f"/flight/{flight}/records", "/nowhere"]  # fmt: skip


def test_every_view_can_be_read_by_everyone(chromium: Any, case: Case) -> None:
    page = chromium.new_page(bypass_csp=True)
    page.set_default_timeout(PATIENCE_MS)
    found = []
    for i, address in enumerate(views(case)):
        if i == 1:  # the map, with its buttons, was judged on the first: drawing it again is dear
            page.route(
                "**/static/workbench.js", lambda r: r.fulfill(body=NO_MAP, content_type="text/javascript")
            )
        page.goto(case.base + address)
        if address != "/nowhere":
            page.wait_for_selector("body[data-ready]", timeout=PATIENCE_MS)
        page.evaluate(MORE_OF_THE_SAME)
        found += faults(page, address)
    page.close()
    assert found == []


def test_the_briefing_can_be_read_by_everyone(chromium: Any, case: Case) -> None:
    page = chromium.new_page(bypass_csp=True)
    page.set_default_timeout(PATIENCE_MS)
    page.goto((case.out / "briefing.html").as_uri())
    page.evaluate(MORE_OF_THE_SAME)
    found = list(faults(page, "briefing.html"))
    page.close()
    assert found == []
