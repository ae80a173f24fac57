"""The page to ask from, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.browser.conftest import Served


def test_the_first_page_opens(
    server: Served, page: Page, axe: Callable[..., None], fits: Callable[..., None]
) -> None:
    page.goto(server.url + "/")
    assert page.locator("h1").count() == 1
    axe(page)
    fits(page)
