"""A newcomer in a browser: types, approves as somebody else, sees it live; then a bad version that turns back."""

import os
import re
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.demo.running import running_demo
from tests.real.chromium import real_page


async def test_a_newcomer_ships_a_version_and_sees_a_bad_one_turn_back() -> None:
    async with (
        real_page(viewport={"width": 1280, "height": 1050}) as page,
        running_demo("--port", "0", "--speed", "60") as address,
    ):
        await page.goto(address)
        await expect(page.locator("#place")).to_have_text("# deploys")

        await type_command(page, "/deploy checkout v1.4.2 prod")
        card = cards(page).first
        await expect(card).to_contain_text("1 more approval needed")
        await expect(card.locator("img").first).to_be_visible()
        await page.locator(".thread-bar").first.click()
        await save_picture(page)

        await become(page, "bob")
        await card.locator('[data-action="ask.approve"]').click()
        await page.locator("#confirm button[value=yes]").click()
        await expect(card).to_contain_text("v1.4.2 is live")
        await expect(card).to_contain_text("Healthy")

        await become(page, "alice")
        await type_command(page, "/deploy checkout v1.5.0 prod")
        second = cards(page).nth(1)
        await expect(second).to_contain_text("rolled back to v1.4.2")
        # 93% of its requests succeed, and the part that fails wavers by 3% from one scrape to the next.
        await expect(second).to_contain_text(
            re.compile(r"success rate 9[23]\.?\d*%, limit ≥ 99%, 3 of 3 samples failed")
        )
        await expect(second.locator("img").first).to_be_visible()


def cards(page: Page) -> Locator:
    """The messages that everybody sees in the channel."""
    return page.locator("#messages .message:not(.private)")


async def type_command(page: Page, text: str) -> None:
    await page.locator("#composer").fill(text)
    await page.locator("#composer").press("Enter")


async def become(page: Page, name: str) -> None:
    await page.locator("#me").select_option(label=name)


async def save_picture(page: Page) -> None:
    """The README's picture is this page: `LEADSMAN_PICTURE=manifests/demo.png` takes it anew."""
    if path := os.environ.get("LEADSMAN_PICTURE"):
        await page.screenshot(path=Path(path))
