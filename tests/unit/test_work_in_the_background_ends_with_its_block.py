"""What runs beside a block of code is over when the block is, whatever it does."""

import asyncio
from contextlib import suppress

import pytest

from api import background
from api.background import meanwhile


async def deaf() -> None:
    """Lose the first cancellation, as asyncio.wait_for does at the wrong moment."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


async def broken() -> None:
    raise ValueError("anna@example.com")


async def beside(work: asyncio.Event, *, fails: bool = False) -> None:
    async with meanwhile(broken() if fails else deaf()):
        await asyncio.sleep(0)  # the work begins
    work.set()


def test_work_that_loses_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "AGAIN_SECONDS", 0.01, raising=False)
    over = asyncio.Event()
    asyncio.run(asyncio.wait_for(beside(over), 5))
    assert over.is_set()


def test_work_that_broke_is_told_without_what_it_was_about(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asyncio.run(beside(asyncio.Event(), fails=True))
    assert "work in the background had ended: ValueError" in caplog.text
    assert "anna" not in caplog.text
