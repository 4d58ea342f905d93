"""Who the caller is, as published clients check their credentials."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.dependencies import calling, guarded

router = APIRouter(tags=["keys"], route_class=guarded(None))


class Identity(BaseModel):
    """The key's identity; the address exists for clients that expect one and receives nothing."""

    id: str
    email: str


@router.get("/v4/user/me")
async def get_me(request: Request) -> Identity:
    """Say which key is calling; any key may ask."""
    caller = calling(request)
    return Identity(id=str(caller.key_id), email=f"key-{caller.key_id}@contacts.invalid")
