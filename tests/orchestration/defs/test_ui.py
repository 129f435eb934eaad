"""The Dagster UI as an operator uses it: a real browser launches the refresh and looks at what came of it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

START_SECONDS = 90
RUN_SECONDS = 150
SCREENSHOTS = Path("build/screenshots")
BROWSER_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_served(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the UI ended while it was starting"
        try:
            urllib.request.urlopen(f"{url}/server_info", timeout=2)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail(f"{url} did not answer within {START_SECONDS} s")


@pytest.fixture(scope="module")
def romashka_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def ui(romashka_home: Path) -> Iterator[str]:
    """`romashka dev` in a home of its own, with a little traffic; yields its URL."""
    romashka = str(Path(sys.executable).parent / "romashka")
    environment = {**os.environ, "ROMASHKA_HOME": str(romashka_home)}
    subprocess.run([romashka, "migrate"], env=environment, check=True)
    subprocess.run([romashka, "traffic", "--conversations", "50", "--days", "30"], env=environment, check=True)
    port = free_port()
    with (romashka_home / "ui.log").open("w") as log:
        process = subprocess.Popen(
            [romashka, "dev", "--port", str(port)], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_until_served(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        finally:
            with_stragglers(process.pid)
            subprocess.run([romashka, "stop"], env=environment, check=False)


def with_stragglers(group: int) -> None:
    """End what is left of a process group."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of a real browser."""
    chromium = shutil.which("chromium")
    if chromium is None:
        warnings.warn("NO CHROMIUM: the UI was not tested in a browser", stacklevel=2)
        pytest.skip("NO CHROMIUM: install it to test the UI in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        yield page
        browser.close()


def photograph(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.mark.timeout(START_SECONDS + RUN_SECONDS + 60)
def test_an_operator_launches_the_refresh_and_sees_the_assets(page: Page, ui: str) -> None:
    page.goto(f"{ui}/locations/orchestration.definitions/jobs/refresh")
    with page.expect_response(lambda answer: "LaunchPipeline" in (answer.request.post_data or "")):
        page.get_by_role("button", name=re.compile("Materialize all")).first.click()
    page.goto(f"{ui}/runs")
    expect(page.get_by_text("Success", exact=True).first).to_be_visible(timeout=RUN_SECONDS * 1000)
    photograph(page, "runs")

    page.goto(f"{ui}/asset-groups")
    for group in ("extract", "transform", "report"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible(timeout=30_000)
    photograph(page, "asset-graph")

    page.goto(f"{ui}/assets/raw/messages?view=overview")
    expect(page.get_by_text("data_as_of").first).to_be_visible(timeout=30_000)
    photograph(page, "asset-raw-messages")
