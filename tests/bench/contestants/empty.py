"""An endpoint that answers a contact and keeps nothing: what the load generator can reach."""

from fastapi import FastAPI

from tests.bench.contestants.plain import ContactIn


def create() -> FastAPI:
    """Build the application."""
    app = FastAPI()

    @app.post("/crm", status_code=201)
    async def create_contact(body: ContactIn) -> ContactIn:
        return body

    return app
