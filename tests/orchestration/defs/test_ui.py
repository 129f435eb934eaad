"""The Dagster UI as an operator uses it: a real browser launches the refresh and looks at what came of it."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.orchestration.defs.served import ROMASHKA, Served

pytestmark = pytest.mark.long

RUN_SECONDS = 150
SCREENSHOTS = Path("build/screenshots")


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`romashka dev` in a home of its own, with a little traffic; yields its URL."""
    served = Served(tmp_path_factory.mktemp("home"))
    for command in (["migrate"], ["traffic", "--conversations", "50", "--days", "30"]):
        subprocess.run([ROMASHKA, *command], env=served.environment, check=True)
    yield served.start().url
    served.end()
    subprocess.run([ROMASHKA, "stop"], env=served.environment, check=False)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    """A page of a real browser."""
    return browser.new_page(viewport={"width": 1600, "height": 1000})


def photograph(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.mark.timeout(2 * RUN_SECONDS)
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
