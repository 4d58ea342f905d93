"""The hand-written opponent: one INSERT into an indexed table, no history, no keys, no search."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Header, HTTPException
from psycopg import errors
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, ConfigDict, EmailStr
from pydantic.alias_generators import to_camel
from uuid_utils.compat import uuid7

POOL_SIZE = 16

SCHEMA = """
    CREATE TABLE contact (
        id uuid PRIMARY KEY,
        company_id uuid NOT NULL,
        first_name text, last_name text, email text, phone_number text,
        tags text[] NOT NULL, notes text, additional_data jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE UNIQUE INDEX contact_email ON contact (company_id, lower(email));
    CREATE INDEX contact_created ON contact (company_id, created_at, id);
"""

INSERT = """
    INSERT INTO contact (id, company_id, first_name, last_name, email, phone_number, tags, notes,
                         additional_data)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING created_at, updated_at
"""


class ContactIn(BaseModel):
    """What callers send."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    first_name: str | None = None
    last_name: str | None = None
    email: EmailStr | None = None
    phone_number: str | None = None
    tags: list[str] = []
    notes: str | None = None
    additional_data: dict[str, Any] = {}


class ContactOut(ContactIn):
    """What callers read."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    id: UUID
    created_at: datetime
    updated_at: datetime


def create() -> FastAPI:
    """Build the application from the environment."""
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        os.environ["DATABASE_URL"],
        kwargs={"autocommit": True, "prepare_threshold": 0},
        min_size=POOL_SIZE,
        max_size=POOL_SIZE,
        open=False,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/crm", status_code=201)
    async def create_contact(
        body: ContactIn, company_id: Annotated[UUID, Header(alias="X-Company")]
    ) -> ContactOut:
        contact_id = uuid7()
        values = (
            *(contact_id, company_id, body.first_name, body.last_name, body.email),
            *(body.phone_number, body.tags, body.notes, Jsonb(body.additional_data)),
        )
        try:
            async with pool.connection() as connection:
                cursor = await connection.execute(INSERT, values)
                ((created_at, updated_at),) = await cursor.fetchall()
        except errors.UniqueViolation:
            raise HTTPException(409, "email taken") from None
        return ContactOut.model_construct(
            **dict(body), id=contact_id, created_at=created_at, updated_at=updated_at
        )

    return app
