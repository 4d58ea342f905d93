"""/health/live, /health/ready and /metrics: what a load balancer and a monitoring system ask."""

import re
from uuid import uuid4

from tests.acceptance.conftest import Running, Tenant, client

LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")


def figures(running: Running) -> dict[tuple[str, frozenset[str]], float]:
    """Every figure by its name and labels."""
    with client(running.url) as http:
        answer = http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = (LINE.match(line) for line in answer.text.splitlines() if line[0] != "#")
    return {
        (line[1], frozenset((line[2] or "").split(","))): float(line[3]) for line in found if line
    }


def figure(running: Running, name: str, *labels: str) -> float:
    return figures(running).get((name, frozenset(labels or ("",))), 0.0)


def test_a_service_that_works_is_ready_and_says_why(running: Running) -> None:
    with client(running.url) as http:
        answer = http.get("/health/ready")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert set(checks) == {"database", "migrations", "readModel", "writer"}
    assert all(check == {"ok": True, "reason": None} for check in checks.values())


def test_requests_are_counted_by_template_and_status(company: Tenant) -> None:
    running = company.running
    wanted = ('method="GET"', 'route="/crm/{contactId}"', 'status="404"')
    before = figure(running, "contacts_http_request_seconds_count", *wanted)
    for _ in range(3):
        company.http.get(f"/crm/{uuid4()}")
    assert figure(running, "contacts_http_request_seconds_count", *wanted) == before + 3
    slow = figure(running, "contacts_http_request_seconds_bucket", *wanted, 'le="+Inf"')
    assert slow == before + 3


def test_refusals_are_counted_by_code_and_logged_with_it(company: Tenant) -> None:
    running = company.running
    before = figure(running, "contacts_refused_total", 'code="email_taken"')
    company.create(email="anna@example.com")
    refused = company.http.post("/crm", json={"email": "anna@example.com"})
    assert figure(running, "contacts_refused_total", 'code="email_taken"') == before + 1
    request_id = refused.headers["x-request-id"]
    line = next(line for line in running.log(request_id).splitlines() if request_id in line)
    assert "code=email_taken" in line


def test_a_write_is_seen_as_a_batch_and_a_commit(company: Tenant) -> None:
    running = company.running
    names = ("contacts_batch_requests", "contacts_batch_seconds", "contacts_commit_seconds")
    before = figures(running)
    company.create(email="anna@example.com")
    after = figures(running)
    nothing = frozenset({""})
    for name in names:
        assert after[f"{name}_count", nothing] >= before[f"{name}_count", nothing] + 1
    done = ("contacts_writes_total", frozenset({'outcome="done"'}))
    assert after[done] == before.get(done, 0) + 1
    assert after["contacts_writer_alive", nothing] == 1
    assert after["contacts_writer_waiting", nothing] == 0


def test_the_figures_of_the_database_say_how_old_they_are(company: Tenant) -> None:
    found = figures(company.running)
    assert found["contacts_companies", frozenset({""})] >= 0
    assert 0 <= found["contacts_database_age_seconds", frozenset({""})] < 30


def test_nothing_that_a_caller_sends_becomes_a_label(company: Tenant) -> None:
    canary = "canary7391"
    company.create(email=f"{canary}@example.com", firstName=canary, tags=[canary])
    company.http.get(f"/{canary}", params={canary: canary}, headers={canary: canary})
    company.http.get("/crm", params={"searchTerm": canary})
    company.http.request(canary.upper(), "/crm")
    with client(company.running.url) as http:
        text = http.get("/metrics").text
    assert canary not in text.lower()
    assert company.id not in text
