# Needs make and Python 3.11 or newer with venv. Everything else is installed into .venv.
BIN := .venv/bin
NEEDED := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for it in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$it" -c '$(NEEDED)' 2>/dev/null && echo "$$it" && break; done)

# Without bytecode each process that a test or a command starts compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help serve test reliability mutants bench bench-quick check format lock clean runtime dev

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
	@echo '  ARGS passes options on: make serve ARGS="--port 8001", make test ARGS="-k bulk"'

serve: runtime ## Set up what is missing and serve on http://127.0.0.1:8000
	@exec $(BIN)/contacts serve $(ARGS)

# In the order of their names: what takes long comes first, and the short unit tests end together.
test: dev ## Run all tests
	@exec $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

bench: dev ## Measure against other ways to do it, over an hour, into docs/benchmarks.md
	@exec $(BIN)/python -m tests.bench $(ARGS)

bench-quick: dev ## The same in a few minutes, into .bench/quick.md
	@exec $(BIN)/python -m tests.bench --quick $(ARGS)

reliability: dev ## Run the tests that have a full size at that size; docs/reliability.md has figures
	@CONTACTS_TEST_SCALE=full exec $(BIN)/pytest -m scaled --timeout 3600 --durations 0 $(ARGS)

mutants: dev ## Damage a copy in a thousand ways and count what the tests notice, an hour on two cores
	@exec $(BIN)/python -m tests.mutants $(ARGS)

check: dev ## Check format, lint, types, import rules, dependencies and the rules of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/pytest -q tests/house

format: dev ## Format the code and repair what can be repaired without thinking
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock' $(ARGS) pyproject.toml --group build

lock: dev ## Pin the dependencies of pyproject.toml anew (newest ones: ARGS=--upgrade)
	$(LOCK) --output-file requirements.txt
	$(LOCK) --group dev --constraints requirements.txt --output-file requirements-dev.txt

clean: ## Remove .venv and the caches; the data in .contacts stays
	rm -rf .venv .venv.lock .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find domain projections api tests scripts -type d -name __pycache__ -prune -exec rm -rf {} +

runtime dev:
	@"$(PYTHON)" -c '$(NEEDED)' 2>/dev/null || { \
	echo 'This needs Python 3.11 or newer with venv (Debian: apt install python3 python3-venv).' >&2; \
	echo 'If it has another name than python3: make PYTHON=/path/to/python ...' >&2; exit 1; }
	@"$(PYTHON)" scripts/environment.py $@
