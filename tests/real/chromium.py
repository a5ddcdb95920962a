"""A real browser, without a window: the Chromium of $TEST_CHROMIUM or of the system."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.real import require

PATIENCE = 90_000.0
"""Milliseconds after which what a test waits for does not come any more, on a machine however busy."""

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextlib.asynccontextmanager
async def real_page(**options: Any) -> AsyncIterator[Page]:
    """An empty page of a browser of its own, with these options of Playwright's; whatever it waits for, it waits with patience."""
    async with _real_chromium() as browser:
        page = await browser.new_page(**options)
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        yield page


@contextlib.asynccontextmanager
async def _real_chromium() -> AsyncIterator[Browser]:
    """A running browser; the test is skipped, or fails where it must not be, if there is none."""
    program = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        require("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(_QUIET), timeout=PATIENCE)
        try:
            yield browser
        finally:
            await browser.close()
