"""Answers a write, or answers it again: hides how an answer rests in its receipt."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fastapi import Response
from pydantic_core import to_json

from api.dependencies import Caller
from api.retries.receipts import AMEND, find
from domain import errors
from domain.application.requests import Done, Outcome, Receipt, Request

REPLAYED = "Idempotency-Replayed"

Render = Callable[[Done], Response]


async def written(caller: Caller, wish: Request, render: Render) -> Response:
    """Submit a wish and answer it; raises the DomainError that refused it."""
    done = await caller.service.writer.submit(with_receipt(caller, wish, render))
    return answer_of(done, render)


def with_receipt(caller: Caller, wish: Request, render: Render) -> Request:
    """Let the answer be kept, if the call has an Idempotency-Key. Refusals are decided anew."""
    if caller.attempt is None:
        return wish

    def answer(outcome: Outcome) -> str | None:
        return encoded(render(outcome)) if isinstance(outcome, Done) else None

    return replace(wish, receipt=Receipt(caller.attempt.key, caller.attempt.digest, answer))


def known_again(caller: Caller, wish: Request) -> Request:
    """Let a call be known again whose answer is kept by whoever makes it."""
    if caller.attempt is None:
        return wish
    receipt = Receipt(caller.attempt.key, caller.attempt.digest, lambda _: None)
    return replace(wish, receipt=receipt)


def in_parts(
    caller: Caller, wishes: Sequence[Request], note: Callable[[Outcome], str]
) -> list[Request]:
    """Let what becomes of each wish of a list be kept, whatever it is, if the call has a key.

    A list is not one transaction when something breaks: parts that were done are known again, the
    others are done the next time.
    """
    attempt = caller.attempt
    if attempt is None:
        return list(wishes)

    def answer(outcome: Outcome) -> str | None:
        return None if isinstance(outcome, errors.Failed | errors.Unavailable) else note(outcome)

    return [
        replace(wish, receipt=Receipt(attempt.key, attempt.digest, answer, part))
        for part, wish in enumerate(wishes)
    ]


def marked(response: Response, outcomes: Sequence[Outcome]) -> Response:
    """Say so when all parts of a list are known from before."""
    if outcomes and all(isinstance(one, Done) and one.replayed for one in outcomes):
        response.headers[REPLAYED] = "true"
    return response


def answer_of(done: Done, render: Render) -> Response:
    """Return the answer to what was done: the one of the receipt, if there is one."""
    if done.answer is None:
        return render(done)
    return decoded(done.answer, replayed=done.replayed)


def encoded(response: Response) -> str:
    """Write down an answer: status and headers in one line, then the body."""
    headers = {name: text for name, text in response.headers.items() if name != "content-length"}
    head = to_json({"status": response.status_code, "headers": headers})
    return b"\n".join((head, bytes(response.body))).decode()


def decoded(answer: str, *, replayed: bool = True) -> Response:
    """Return the answer that was written down."""
    head, _, body = answer.partition("\n")
    known: dict[str, Any] = json.loads(head)
    response = Response(body or None, known["status"], known["headers"])
    if replayed:
        response.headers[REPLAYED] = "true"
    return response


async def amend(caller: Caller, response: Response) -> None:
    """Put the final answer into the receipt, if there is one, in place of one given in advance."""
    if caller.attempt is None:
        return
    async with caller.service.edge.connection() as connection:
        key = (caller.company_id, caller.attempt.key)
        await connection.execute(AMEND, (encoded(response), *key))


async def answered_before(caller: Caller) -> Response | None:
    """Return what was answered to the same call before, if it was; raises as the write side does.

    For what looks at the contact before it asks the write side, and sees what it did itself.
    """
    if caller.attempt is None:
        return None
    async with caller.service.edge.connection() as connection:
        kept = await find(connection, (caller.company_id, caller.attempt.key))
    if kept is None:
        return None
    if kept.digest not in (None, caller.attempt.digest):
        raise errors.IdempotencyKeyReused
    answer = kept.answers[0]
    if answer is None:
        raise errors.ContactErased
    return decoded(answer)
