.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready

help:            ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## the virtual environment, from the hashed lock (about a minute)
# A linked .venv belongs to another checkout: it gets the packages, but stays that checkout's own.
$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@test -L .venv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@: > $(READY)

demo: setup      ## the product with an invented portfolio on http://127.0.0.1:8000
	$(BIN)/masterdeal demo

test: setup      ## all tests
	$(BIN)/python -m pytest -n 2

quick: setup     ## the tests that take no more than seconds
	$(BIN)/python -m pytest -n 2 -m "not slow"

check: setup     ## format, lint, import floors, strict types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

fix: setup       ## format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

evals: setup     ## accuracy against the bars in evals/bars.toml; MODEL=1: the copilot with the configured model, K (3) times
	$(BIN)/python -m evals $(if $(MODEL),--model -k $(or $(K),3) $(if $(MOST),--most $(MOST)))

soak: setup      ## everything is killed while events flow, for SOAK seconds (600)
	$(BIN)/python -m pytest tests/faults/test_storm.py -n 0 -s --soak $(or $(SOAK),600) --timeout $$(( 3 * $(or $(SOAK),600) + 1200 ))

fuzz: setup      ## every operation of the API called FUZZ (200) times with whatever fits it, and what does not
	FUZZ_EXAMPLES=$(or $(FUZZ),200) $(BIN)/python -m pytest tests/api/test_contract_fuzz.py -n 0 --timeout 7200

bench: setup     ## performance as ratios, side by side in one run
	$(BIN)/python -m tests.bench

lock:            ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --quiet --extra dev --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.lock

.PHONY: help setup demo test quick check fix evals soak fuzz bench lock
