# Two commands do everything: `make up` brings the reference system up, `make test` tests all of it.
# Both can be interrupted and run again.

PYTHON ?= python3
PROCESSES ?= 3
BIN := .venv/bin
WIREPLAN := $(BIN)/wireplan
PYTEST := $(BIN)/pytest

# Tests start hundreds of programs of ours: where compiled modules are not kept, each compiles all that it imports again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help bootstrap up down test fast check lint

help:
	@echo 'make up      bring the reference system up on an embedded Kubernetes, and print where to look'
	@echo 'make down    end the cluster; its data is kept'
	@echo "make test    checks, fast tests, the services own tests, then the tests on a real cluster"
	@echo 'make fast    the tests that need no cluster, no browser, no services installed, and take no seconds each: under a minute'
	@echo 'make check   lint, format, types, import contracts'

bootstrap:
	@$(PYTHON) infra/bootstrap.py

up: bootstrap
	@$(WIREPLAN) up stacks/tube --stack local

down: bootstrap
	@$(WIREPLAN) cluster down

# Three processes: the reference system's rows, small stacks on the same cluster, all else. The first two mostly wait. PROCESSES=0: one after the other.
test: lint
	@echo '==> what the tests need: programs, images'
	@$(WIREPLAN) tools install --for build --for create --for cluster --for images --for checks --for pictures
	@$(WIREPLAN) images build --workspace stacks/tube/services
	@echo '==> tests: ours, those of the services by their own tools, those on a real cluster'
	@$(PYTEST) --numprocesses $(PROCESSES) --durations 12

fast: bootstrap
	@$(PYTEST) --numprocesses 2 -m 'not cluster and not workspace and not browser and not thorough'

# Types are among the tests, too: beside those that mostly wait, they cost nobody's time.
check: lint
	@echo '==> pyright'
	@$(BIN)/pyright --pythonpath $(BIN)/python

lint: bootstrap
	@echo '==> ruff'
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@echo '==> import contracts'
	@$(BIN)/lint-imports
