# Is Claude Down? `make` alone lists what can be done.
# Every target that needs the environment builds it first, from Python >= 3.11, its venv and make alone.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.run-is-current
DEV    := $(VENV)/.dev-is-current
# Where the developer's environment stands, it serves running too: one is never undone by the other.
ENV    := $(if $(wildcard $(DEV)),$(DEV),$(RUN))
UV     := UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv --quiet
EXACT  := pip sync --require-hashes
COMPILE = $(UV) pip compile --upgrade --universal --generate-hashes --no-header --no-annotate --python-version 3.11
SELF   := pip install --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.PHONY: help setup ingest detect report test lint types contracts check bench fuzz clean lock

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  \033[1m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/uv: locks/setup.lock
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement locks/setup.lock
	@touch $@

$(RUN): locks/run.lock pyproject.toml $(BIN)/uv
	@$(UV) $(EXACT) locks/run.lock && $(UV) $(SELF) && touch $@

$(DEV): locks/dev.lock pyproject.toml $(BIN)/uv
	@$(UV) $(EXACT) locks/dev.lock && $(UV) $(SELF) && touch $(RUN) $@

setup: $(ENV)  ## build the environment (the other targets do it when it is missing or stale)

ingest: $(ENV)  ## ask every source for what is not yet covered; without a .env: fill the sample
	@$(BIN)/python -m ingest pull

detect: $(ENV)  ## judge the posts, find the episodes, match them with the official record, print the timeline
	@$(BIN)/python -m detect run
	@$(BIN)/python -m reports timeline

report: $(ENV)  ## print the timeline
	@$(BIN)/python -m reports timeline

test: $(DEV)  ## run the tests
	@$(BIN)/python -m pytest -q

lint: $(DEV)  ## style, and dependencies declared and used
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/deptry --no-ansi ingest detect reports

types: $(DEV)  ## mypy, strict
	@$(BIN)/mypy

contracts: $(DEV)  ## reports -> detect -> ingest, never back
	@$(BIN)/lint-imports

check: lint types contracts test  ## all four: what must be green before a commit

bench: $(DEV)  ## measure speed and memory beside a yardstick, and print the figures
	@$(BIN)/python tests/bench.py

fuzz: $(DEV)  ## throw many more random inputs at the parsers and the interval arithmetic
	@HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest -q tests/ingest/test_coverage.py tests/ingest/files/test_lines.py tests/detect

lock: $(ENV)  ## pin the newest versions that pyproject.toml allows (names, versions, hashes; no addresses)
	@$(COMPILE) --group setup --output-file locks/setup.lock
	@$(COMPILE) --group setup pyproject.toml --output-file locks/run.lock
	@$(COMPILE) --group setup --group dev pyproject.toml --output-file locks/dev.lock

clean:  ## remove the environment and the caches; never the data
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
