"""Charts on a telephone and on a desk: nothing to scroll sideways, letters to read, no word upon another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Case, Seen

SMALLEST_PX = 9.5  # letters of a chart as they are drawn
# Of every chart that is to be seen: words that leave it, that lie upon another, and how small the smallest is.
LOOK = """() => [...document.querySelectorAll("main svg.chart")].filter((c) => c.checkVisibility()).map((chart) => {
  const frame = chart.closest(".drawing").getBoundingClientRect();
  const words = [...chart.querySelectorAll("text")].map((t) => [t.textContent, t.getBoundingClientRect()]);
  const shown = words.filter(([, b]) => b.width > 0);
  const out = shown.filter(([, b]) => b.left < frame.left - 1 || b.right > frame.right + 1).map(([w]) => w);
  const over = [];
  shown.forEach(([w, a], i) => shown.slice(i + 1).forEach(([v, b]) => {
    const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (x > 1.5 && y > 3.5) over.push(`${w} | ${v}`);
  }));
  const scale = chart.getBoundingClientRect().width / chart.viewBox.baseVal.width;
  const letters = Math.min(...[...chart.querySelectorAll("text")].map((t) => parseFloat(getComputedStyle(t).fontSize)));
  const scrolls = chart.closest(".drawing").scrollWidth > chart.closest(".drawing").clientWidth + 1;
  return {kind: chart.getAttribute("class"), out, over, scrolls, letters: letters * scale};
})"""


def seen_charts(page: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(LOOK)
    return found


@pytest.mark.parametrize("width", [390, 1440])
def test_charts_can_be_read_at_any_width(texts: Seen, case: Case, width: int) -> None:
    flight = next(f for f in case.rows("flights") if f["destination_ending"] == "inferred")
    texts.page.set_viewport_size({"width": width, "height": 900})
    kinds = set()
    for address in (
        "/",
        f"/flight/{flight['flight_id']}",
        f"/airfield/{case.field}",
        f"/aircraft/{flight['icao24']}",
    ):
        for chart in seen_charts(texts.open(address)):
            kinds.add(chart["kind"])
            assert not chart["scrolls"], (address, chart)
            assert not chart["out"], (address, chart)
            assert not chart["over"], (address, chart)
            assert chart["letters"] >= SMALLEST_PX, (address, chart)
    assert {"chart timeline", "chart profile", "chart movements", "chart strip"} <= kinds


def test_a_drag_over_the_narrow_bars_moves_the_window(texts: Seen, case: Case) -> None:
    texts.page.set_viewport_size({"width": 390, "height": 900})
    page = texts.open("/")
    chart = page.locator(".narrow svg.timeline")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    first, days = chart.get_attribute("data-first"), int(chart.get_attribute("data-days"))
    left, right = (float(chart.get_attribute(f"data-{side}")) for side in ("left", "right"))
    unit = box["width"] / float(chart.get_attribute("data-width"))
    step = (box["width"] - (left + right) * unit) / days
    page.mouse.move(box["x"] + left * unit + 0.5 * step, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + left * unit + 1.5 * step, box["y"] + 60)
    page.mouse.up()
    page.wait_for_selector("body[data-moved]")
    assert page.evaluate("document.body.dataset.moved").split()[0] == first
    assert page.locator(".narrow svg.timeline").get_attribute("data-days") == "2"
