# Monazite. `make run` and `make test` do everything from a fresh clone: only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
OUT    ?= runs/rare-earths-japan-2010

.PHONY: help setup run check test bench docs lock clean

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) tools/check_python.py
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(STAMP) ## Create .venv and install everything from the lock

run: $(STAMP) ## The main job: run the scenario rare-earths-japan-2010 on the embedded release
	@$(BIN)/monazite run rare-earths-japan-2010 --out $(OUT) --overwrite

check: $(STAMP) ## Lint, types and the fast tests, under a minute
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n 2 -m "not slow"

test: $(STAMP) ## Lint, types and all tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n 2

bench: $(STAMP) ## Benchmarks; writes benchmarks/RESULTS.md
	@$(BIN)/python benchmarks/run.py

docs: $(STAMP) ## Regenerate the reference pages under docs/reference
	@$(BIN)/python tools/build_docs.py
	@$(BIN)/python tools/build_scenario_page.py
	@$(BIN)/python tools/build_supply_risk_page.py
	@$(BIN)/python tools/build_hindcasts_page.py

lock: ## Renew requirements.lock (needs uv)
	@uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --output-file requirements.lock --quiet

clean: ## Remove everything that was built
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache runs build dist
