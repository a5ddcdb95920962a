"""A newcomer in a browser whose team runs Argo Rollouts: types, approves as somebody else at the Rollout's own pause, sees it live."""

from playwright.async_api import expect

from tests.demo.running import running_demo
from tests.demo.test_page import become, cards, type_command
from tests.real.chromium import real_page


async def test_a_newcomer_ships_a_version_that_argo_rollouts_walks() -> None:
    demo = running_demo("--port", "0", "--speed", "60", "--scenario", "argo-canary")
    async with real_page(viewport={"width": 1280, "height": 1050}) as page, demo as address:
        await page.goto(address)
        await expect(page.locator("#place")).to_have_text("# deploys")

        await type_command(page, "/deploy checkout v1.4.2 prod")
        card = cards(page).first
        await expect(card).to_contain_text("1 more approval needed")
        await expect(card).to_contain_text("10%")
        await expect(card.locator("img").first).to_be_visible()

        await become(page, "bob")
        await card.locator('[data-action="ask.approve"]').click()
        await page.locator("#confirm button[value=yes]").click()
        await expect(card).to_contain_text("v1.4.2 is live")
        await expect(card).to_contain_text("approved by @bob")
