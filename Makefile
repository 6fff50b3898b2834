# Everything that this project is used for. Needs nothing but python3 (3.11 to 3.14) and make.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run test test-slow check format bench outdated clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: .venv/run ## Train on MNIST if nothing is served yet, then serve on http://127.0.0.1:8000
	$(BIN)/python -m pipeline run --seed 0 --fallback --if-no-champion
	exec $(BIN)/python -m service

test: .venv/dev ## Run every test but the slowest
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not slow"

test-slow: .venv/dev ## Run the slowest tests
	$(BIN)/python -m pytest -m slow

check: .venv/dev ## Lint, types and architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py

format: .venv/dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/bench ## Measure, side by side with the peers; takes long
	$(BIN)/python -m benchmarks

outdated: .venv/dev ## Show what constraints.txt could bring newer versions of
	$(BIN)/python -m pip list --disable-pip-version-check --outdated

clean: ## Remove the virtual environment and the caches; var/ stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 15) else "Numeral needs Python 3.11 to 3.14 (greenlet, orjson and ruamel.yaml.clib have no wheels for 3.15 yet); name one: make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv

.venv/run: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[service,pipeline]'
	@touch $@

.venv/dev: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	@touch $@ .venv/run

.venv/bench: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[bench]'
	@touch $@ .venv/dev .venv/run

var/axe: # axe-core, with which the browser tests judge pages; from npm's registry
	npm install --prefix $@.new --no-save --no-audit --no-fund --silent axe-core@4.14.1
	mv $@.new $@

var/generators: .venv/bin/python # what makes clients of /openapi.json for the tests; from PyPI and npm's registry
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target $@.new/python openapi-python-client==0.29.1
	npm install --prefix $@.new --no-save --no-audit --no-fund --silent \
		openapi-fetch@0.17.0 openapi-typescript@7.13.0 typescript@5.9.3
	mv $@.new $@
