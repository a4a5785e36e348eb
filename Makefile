# Is Claude Down? `make` alone lists what can be done.
# Every target that needs the environment builds it first, from Python >= 3.11, its venv and make alone.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.run-is-current
DEV    := $(VENV)/.dev-is-current
FUZZ   := $(VENV)/.fuzz-is-current
LAB    := $(VENV)/.lab-is-current
# Where the developer's environment stands, it serves running too: one is never undone by the other.
ENV    := $(if $(wildcard $(DEV)),$(DEV),$(RUN))
UV     := UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv --quiet
EXACT  := pip sync --require-hashes
COMPILE = $(UV) pip compile --upgrade --universal --generate-hashes --no-header --no-annotate --python-version 3.11
SELF   := pip install --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.PHONY: help setup ingest detect watch report example notebooks notebooks-run dictionary test lint types contracts check \
  bench bench-scale spark fuzz lexicon clean lock

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-13s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

$(FUZZ): locks/fuzz.lock $(DEV)
	@$(UV) pip install --require-hashes --requirement locks/fuzz.lock && touch $@

$(LAB): locks/notebooks.lock $(ENV)
	@$(UV) pip install --require-hashes --requirement locks/notebooks.lock && touch $@

setup: $(ENV)  ## build the environment (the other targets do it when it is missing or stale)

ingest: $(ENV)  ## ask every source for what is not yet covered; without a .env: fill the sample
	@$(BIN)/python -m ingest pull

detect: $(ENV)  ## judge the posts, find the episodes, match them with the official record, print the timeline
	@$(BIN)/python -m detect run
	@$(BIN)/python -m reports timeline

report: $(ENV)  ## write last week's report: HTML, Markdown, JSON, a feed, and a page of all weeks
	@$(BIN)/python -m reports week

example: $(ENV)  ## make the example report anew, from a sample of its own
	@rm -rf reports/example && cd "$$(mktemp -d)" && for words in "ingest pull" "detect run" \
	  "reports week --out $(CURDIR)/reports/example"; do $(CURDIR)/$(BIN)/python -m $$words >&2 || exit 1; done

notebooks: $(LAB)  ## open the notebooks in Jupyter; they read the copy that `detect` publishes, and block nothing
	@$(BIN)/jupyter lab notebooks

notebooks-run: $(LAB)  ## run the notebooks on a sample of its own, and keep what they show
	@made=$$(mktemp -d) && cp -r notebooks $$made && cd $$made && \
	  for room in ingest detect; do $(CURDIR)/$(BIN)/python -m $$room >&2 || exit 1; done && \
	  $(CURDIR)/$(BIN)/jupyter nbconvert --log-level WARN --to notebook --inplace --execute \
	    --ExecutePreprocessor.record_timing=False --ClearMetadataPreprocessor.enabled=True \
	    --ClearMetadataPreprocessor.preserve_nb_metadata_mask='{("kernelspec",)}' notebooks/*.ipynb && \
	  cp notebooks/*.ipynb $(CURDIR)/notebooks

dictionary: $(ENV)  ## write docs/data-dictionary.md from the schema's comments
	@$(BIN)/python -m reports dictionary --out docs/data-dictionary.md

watch: $(ENV)  ## ingest, detect and tell people, every five minutes until stopped
	@exec $(BIN)/python -m reports watch

test: $(DEV)  ## run the tests
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -q --numprocesses auto --dist loadgroup

lint: $(DEV)  ## style, and dependencies declared and used
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/deptry --no-ansi ingest detect reports

types: $(DEV)  ## mypy, strict
	@$(BIN)/mypy

contracts: $(DEV)  ## reports -> detect -> ingest, never back
	@$(BIN)/lint-imports

check: lint types contracts test  ## all four: what must be green before a commit

bench: $(DEV)  ## measure speed and memory beside a yardstick, and print the figures
	@$(BIN)/python tests/bench.py

bench-scale: $(DEV)  ## read lakes of 1 to 20 million generated posts on every engine here (half an hour)
	@$(BIN)/python tests/bench_scale.py

spark: $(DEV)  ## put Spark itself into .venv/spark, half a gigabyte, for the tests of engines (needs Java 17)
	@$(UV) pip install --target $(VENV)/spark --no-deps 'pyspark>=4.0,<5' 'py4j'
	@echo "now: SPARK_HOME=$(CURDIR)/$(VENV)/spark/pyspark make test"

fuzz: $(FUZZ)  ## throw many more random inputs at what reads texts from outside, ten minutes of them guided (Linux)
	@HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest -q tests/ingest/test_coverage.py tests/ingest/files/test_lines.py tests/detect
	@$(BIN)/python tests/fuzz_judge.py

lexicon: $(DEV)  ## make detect/reading/lexicon/words.npz anew, with a sentence encoder (some twenty minutes)
	@$(UV) pip install --group lexicon && $(BIN)/python tests/make_lexicon.py

lock: $(ENV)  ## pin the newest versions that pyproject.toml allows (names, versions, hashes; no addresses)
	@$(COMPILE) --group setup --output-file locks/setup.lock
	@$(COMPILE) --group setup pyproject.toml --output-file locks/run.lock
	@$(COMPILE) --group setup --group dev pyproject.toml --output-file locks/dev.lock
	@$(COMPILE) --group setup --group notebooks pyproject.toml --output-file locks/notebooks.lock
	@$(COMPILE) --group setup --group dev --group fuzz pyproject.toml --output-file locks/fuzz.lock

clean:  ## remove the environment and the caches; never the data
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
