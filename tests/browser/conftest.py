"""A browser and a workbench for it. Where ``WAYSTATION_BROWSER=required``, a missing browser is a failure."""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from bench.web.browsing import serving
from flown_for_tests import case_folder, records, trace
from tests.browser.cases_for_tests import real_week, short_winter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVIL = "<img src=x onerror=window.hurt=1>"
DROP = "'; DROP TABLE flights; --"
MORE = """
[[event]]
id = "noon"
date = 2024-12-08
name = "Noon"

[[observation]]
date = 2024-12-08
site = "EGLL"
kind = "report"
source = "https://example.org/report"
says = "An aircraft landed <script>window.hurt=1</script>"
"""


def missing(what: str) -> None:
    """Skip, or fail where a browser is required."""
    if os.environ.get("WAYSTATION_BROWSER") == "required":
        pytest.fail(f"{what}, and WAYSTATION_BROWSER=required")
    pytest.skip(what)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Headless Chromium of the system, drawing in software."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing("there is no chromium here (apt-get install chromium)")
    if not (Path(str(files("waystation.web"))) / "static" / "workbench.js").is_file():
        missing("the map is not built here (make bundle)")
    sync_api = pytest.importorskip("playwright.sync_api") if not _required() else _sync_api()
    arguments = ["--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader", "--no-sandbox"]
    # nothing outside can be reached; a route that refuses it would switch the browser's cache off
    arguments.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    with sync_api.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def _required() -> bool:
    return os.environ.get("WAYSTATION_BROWSER") == "required"


def _sync_api() -> Any:
    from playwright import sync_api

    return sync_api


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Path]) -> Path:
    """Make a case and run it, once for all processes of a test run; return a case file of our own beside it.

    ``make`` fills a folder that it creates and returns its case file. The first process that comes runs it;
    the others wait and take a copy of the tables (the archive stays where it is, and is only read).
    """
    from waystation import pipeline
    from waystation.case import read_case

    parallel = "PYTEST_XDIST_WORKER" in os.environ  # then the folder above is that of the whole run
    shared = tmp_path_factory.getbasetemp().parent if parallel else tmp_path_factory.getbasetemp()
    whole = shared / f"case-{name}"
    with (shared / f"case-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.is_dir():
            file = make(shared / f"case-{name}.making")
            pipeline.run(read_case(file), file.parent / "out", archive=shared / f"archive-{name}")
            file.parent.rename(whole)
    own = tmp_path_factory.mktemp(name) / "case"
    shutil.copytree(whole, own)
    return own / "case.toml"


@pytest.fixture(scope="session")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with flights of three aircraft; one calls itself what an attacker would."""

    def make(where: Path) -> Path:
        where.mkdir()
        case = case_folder(where, MORE)
        nasty = trace("4b1777", records("LSZH", "EDDM", 40_000.0), ownOp=DROP, desc=EVIL, r=EVIL)
        (where / "traces" / "trace_full_4b1777.json").write_bytes(nasty)
        return case

    return made_once(tmp_path_factory, "small", make).parent


@pytest.fixture(scope="session")
def served(result: Path) -> Iterator[str]:
    with serving(result / "out", result / "case.toml") as base:
        yield base


@dataclass(frozen=True)
class Case:
    """A case that was run, where its workbench answers, a route that is flown in it, and an airfield."""

    name: str
    base: str
    file: Path
    route: tuple[str, str]
    field: str

    @property
    def out(self) -> Path:
        return self.file.parent / "out"

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table of the result."""
        made: list[dict[str, Any]] = pq.read_table(self.out / f"{table}.parquet").to_pylist()
        return made


KINDS = {"simulated": (short_winter, ("OSLK", "UUMU"), "OSLK"), "real": (real_week, ("KRNM", "KRNM"), "KRNM")}


@pytest.fixture(scope="session", params=list(KINDS))
def case(
    request: pytest.FixtureRequest, chromium: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    """The simulated and the real case, run once a session."""
    from waystation.terms.errors import WaystationError

    make, route, field = KINDS[request.param]
    try:
        file = made_once(tmp_path_factory, request.param, make)
    except WaystationError as error:  # the sample flights are fetched once
        missing(f"the case could not be run: {error}")
    with serving(file.parent / "out", file) as base:
        yield Case(request.param, base, file, route, field)


class Seen:
    """A page, and what it said or asked for that it should not have."""

    def __init__(self, page: Any, base: str) -> None:
        """``base``: the only address that it may ask."""
        self.page, self.base = page, base
        self.faults: list[str] = []
        page.on("console", lambda m: self.faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.faults.append(str(e)))
        page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((f"{self.base}/", "blob:", "data:")):
            self.faults.append(f"asked outside: {request.url}")

    def open(self, address: str) -> Any:
        """Load a view and wait until it is drawn."""
        self.page.goto(self.base + address)
        self.ready()
        return self.page

    def follow(self, link: Any) -> Any:
        """Click what leads to another page, and wait until that one is drawn, not the one before it."""
        self.page.evaluate("delete document.body.dataset.ready")
        link.click()
        self.ready()
        return self.page

    def ready(self) -> None:
        """Wait until the page says that it is drawn."""
        self.page.wait_for_selector("body[data-ready]", timeout=180_000)


WINDOWS: dict[str, Any] = {}
"""One window a workbench: what it loaded once, the code of the map above all, is not loaded for each test."""

NO_MAP = "export const makeMap = async () => ({ tracks() {}, show() {}, cover() {} });"


def looked_at(chromium: Any, base: str) -> Iterator[Seen]:
    """A page of a workbench; what it said or asked for that it should not have is a failure."""
    if base not in WINDOWS:
        WINDOWS[base] = chromium.new_context(viewport={"width": 1000, "height": 800}, accept_downloads=True)
        WINDOWS[base].set_default_timeout(90_000)  # software rendering beside other tests
    made = Seen(WINDOWS[base].new_page(), base)
    yield made
    assert made.faults == []
    assert made.page.evaluate("window.hurt") is None
    made.page.close()


def mapless(made: Seen) -> Seen:
    """Put an empty map in the place of the map: software rendering is dear, and other tests look at it."""
    made.page.route(
        "**/static/workbench.js", lambda route: route.fulfill(body=NO_MAP, content_type="text/javascript")
    )
    return made


@pytest.fixture
def seen(chromium: Any, served: str) -> Iterator[Seen]:
    yield from looked_at(chromium, served)


@pytest.fixture
def desk(chromium: Any, case: Case) -> Iterator[Seen]:
    yield from looked_at(chromium, case.base)


@pytest.fixture
def words(seen: Seen) -> Seen:
    """A page of the small case, for what is said beside the map."""
    return mapless(seen)


@pytest.fixture
def texts(desk: Seen) -> Seen:
    """A page of either case, for what is said beside the map."""
    return mapless(desk)
