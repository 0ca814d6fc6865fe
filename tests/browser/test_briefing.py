"""The briefing in a browser, from the disk: figures to publish, no outside request, and what is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Case

TEXT = "{http://www.w3.org/2000/svg}text"


def test_every_figure_is_a_file_to_publish(chromium: Any, case: Case, tmp_path: Path) -> None:
    page = chromium.new_page(accept_downloads=True)
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on(
        "request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else faults.append(r.url)
    )
    page.goto((case.out / "briefing.html").as_uri())
    figures = page.locator("figure:has(svg)")
    assert page.locator("figure .take").count() == figures.count() > 1
    for i in (0, figures.count() - 1):
        for form in ("SVG", "PNG"):
            with page.expect_download() as got:
                figures.nth(i).locator(".take button", has_text=form).click()
            got.value.save_as(tmp_path / f"{i}.{form.lower()}")
            assert got.value.suggested_filename.startswith("SIMULATED-") == (case.name == "simulated")
        root = ET.parse(tmp_path / f"{i}.svg").getroot()
        said = " ".join(t.text or "" for t in root.iter(TEXT))
        assert "Source: " in said
        assert "data to 20" in said
        assert ("SIMULATED" in said) == (case.name == "simulated")
        assert "var(" not in (tmp_path / f"{i}.svg").read_text()
        data = (tmp_path / f"{i}.png").read_bytes()
        assert data.startswith(b"\x89PNG")
        assert int.from_bytes(data[16:20], "big") == 2 * int(float(root.get("width", "0")))
    assert faults == []
    page.close()


def test_the_briefing_fits_a_telephone_and_says_what_is_not_known_before_its_lists(
    chromium: Any, case: Case
) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.goto((case.out / "briefing.html").as_uri())
    for width in (1440, 1024, 768, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width + 1
    sections = page.evaluate("[...document.querySelectorAll('main > section')].map((s) => s.id)")
    assert sections.index("blind") < sections.index("flights") < sections.index("behind")
    cards = page.evaluate(
        "[...document.querySelectorAll('.fl')].slice(0, 20).map((f) => f.getBoundingClientRect().height)"
    )
    assert max(cards) < 200  # about seven lines
    banner = page.evaluate("document.querySelector('.banner')?.getBoundingClientRect().height ?? 0")
    page.evaluate("location.hash = '#blind'")
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('#blind h2').getBoundingClientRect().top") >= banner
    page.close()
