"""A real Chromium that looks at pages and notes what they ask for and say. Without one, the tests that look skip."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
HOW = "no Chromium here: apt-get install chromium, and python -m pip install playwright"


@dataclass
class Looked:
    """A page that is open, and what it did that it should not have done."""

    page: Any
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@contextmanager
def looking(path: Path, *, width: int = 1000, scheme: str = "light", script: bool = True) -> Iterator[Looked]:
    """Open a file in Chromium; skips the test where there is none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip(HOW)
    playwright = pytest.importorskip("playwright.sync_api", reason=HOW)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            page = browser.new_page(
                viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
            )
            looked = Looked(page)
            page.on("request", lambda request: looked.requests.append(request.url))
            page.on("console", lambda message: looked.said.append(message.text))
            page.on("pageerror", lambda error: looked.said.append(str(error)))
            page.on("dialog", lambda dialog: (looked.said.append(dialog.message), dialog.dismiss()))
            page.goto(path.resolve().as_uri())
            looked.requests.remove(page.url)
            yield looked
        finally:
            browser.close()
