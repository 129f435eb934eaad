# What a person or CI runs here. Every target sets up what it needs; `make` alone prints this list.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode --python $(BIN)/python
RUN_LOCK := requirements.lock
DEV_LOCK := requirements-dev.lock

MIGRATIONS := $(filter-out %.rollback.sql,$(wildcard operational_schema/migrations/*.sql))
FUNCTIONS := $(filter-out %.rollback.sql,$(wildcard operational_schema/functions/*.sql))
# Those that the runner applies outside a transaction.
ALONE := $(shell grep -l -x -m 1 -e '-- no transaction' $(MIGRATIONS))

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo dev test pictures bench lint format bundle lock clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

$(VENV)/.uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than 3.11: install a newer one, or run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

$(VENV)/.run: $(VENV)/.uv $(RUN_LOCK) pyproject.toml
	@echo "Installing the locked dependencies …"
	@test -e $(VENV)/.dev || $(INSTALL) $(RUN_LOCK) requirements-uv.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.uv $(DEV_LOCK) pyproject.toml
	@echo "Installing the locked dependencies, and those of the tests …"
	@$(INSTALL) $(DEV_LOCK) requirements-uv.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@ $(VENV)/.run

setup: $(VENV)/.run
setup-dev: $(VENV)/.dev

demo: setup  ## set up everything, then the whole main job on the embedded database
	@$(BIN)/romashka demo

dev: setup  ## the embedded database and the Dagster UI on 127.0.0.1:3000
	@$(BIN)/romashka dev

test: setup-dev  ## set up everything, then all tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

pictures: setup-dev  ## reports and mails of all kinds as pictures, in build/pictures
	@$(BIN)/python -m pytest --quiet --numprocesses 0 tests/reports/test_pictures.py

bench: setup-dev  ## the benchmarks: name<TAB>value<TAB>unit, and build/bench.json
	@$(BIN)/python -m tests.benchmarks

lint: setup-dev  ## ruff, types, sqlfluff, squawk, pgspot, dependency direction
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 dbt_project/models dbt_project/tests
	@$(BIN)/squawk --config .squawk.toml $(filter-out $(ALONE),$(MIGRATIONS)) $(FUNCTIONS)
	@test -z "$(ALONE)" || $(BIN)/squawk --config .squawk.toml --no-assume-in-transaction $(ALONE)
	@$(BIN)/python -m tests.operational_schema.spot
	@$(BIN)/lint-imports

format: setup-dev  ## let ruff and sqlfluff mend what they can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --disable-progress-bar dbt_project/models dbt_project/tests

bundle: setup-dev  ## write anew what is generated from the migrations and functions
	@$(BIN)/python -m operational_schema.bundle
	@$(BIN)/python -m tests.operational_schema.write_catalogue

lock: $(VENV)/.uv  ## resolve the dependencies anew
	@echo uv | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header -o requirements-uv.lock -
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --group build --group dev pyproject.toml -o $(DEV_LOCK)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --group build --constraint $(DEV_LOCK) pyproject.toml -o $(RUN_LOCK)

clean:  ## stop the embedded database and remove what was built (not what ROMASHKA_HOME keeps)
	@test ! -x $(BIN)/romashka || $(BIN)/romashka stop
	@rm -rf $(VENV) build dist dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache
