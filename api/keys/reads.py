"""Who the caller is, as published clients check their credentials."""

from fastapi import APIRouter, Request
from pydantic import Field

from api.dependencies import calling, guarded
from api.examples import SOME_ID
from api.fields import Read

router = APIRouter(tags=["keys"], route_class=guarded(None))


class Identity(Read):
    """The key's identity."""

    id: str = Field(examples=[SOME_ID])
    """The key's id, as the history names it."""
    email: str = Field(examples=[f"key-{SOME_ID}@contacts.invalid"])
    """For clients that expect an address; it receives nothing."""


@router.get("/v4/user/me", response_description="The key's identity.")
async def get_me(request: Request) -> Identity:
    """Say which key is calling.

    Published clients check their credentials with it.
    """
    caller = calling(request)
    return Identity(id=str(caller.key_id), email=f"key-{caller.key_id}@contacts.invalid")
