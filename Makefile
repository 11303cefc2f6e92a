# What a person runs is what CI runs. Every target does its own set-up, once: on a machine with
# Python 3.11, make, Node and a JDK nothing else is needed, as root or not.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3.11
JOBS ?= 2
# One topic of the benchmarks (make bench ONLY=fit_apply), and arguments for it (ARGS="--rows 100000").
ONLY ?=
ARGS ?=
# How long `make fuzz` tries, in seconds, how many changes to each document, and where its random
# numbers begin.
SECONDS ?= 600
ROUNDS ?= 500
SEED ?= 0
# Anything takes newer versions in `make requirements`.
UPGRADE ?=

ENV := .venv/.ready
BENCH_ENV := .venv-bench/.ready
TFDV_ENV := .venv-tfdv/.ready
LABELS_ENV := .venv-labels/.ready
DEEPCHECKS_ENV := .venv-deepchecks/.ready
MODELS_ENV := .venv-models/.ready
NEWEST_ENV := .venv-newest/.ready
OLDEST_ENV := .venv-oldest/.ready
DOCS_ENV := .venv-docs/.ready
PIPELINES_ENV := .venv-pipelines/.ready
# What must hold with whatever versions somebody has installed: bits of fits, rows, frames, artefacts.
MATRIX_TESTS := tests/unit/transform/test_row.py tests/unit/transform/test_fit.py \
  tests/unit/source/test_frames.py tests/unit/source/test_write.py tests/unit/test_sklearn.py tests/frozen
# Where an old polars differs from a new one: what is read, torn, judged, split, named and written;
# what harm it does alone is asked of the newest.
OLDEST_TESTS := tests/unit/rows tests/unit/validation tests/unit/test_columns.py \
  tests/unit/test_extremes.py tests/unit/files/test_writing.py tests/unit/findings/test_written.py \
  tests/unit/source/test_csv_types.py tests/unit/source/test_frames_odd.py tests/unit/source/test_given_back.py \
  tests/unit/source/test_hostile.py tests/unit/source/test_torn.py tests/unit/source/test_row_groups.py \
  tests/property/test_split_is_validate.py tests/property/test_validate_pandera.py tests/property/test_scans.py \
  tests/unit/findings/test_in_time.py tests/unit/findings/test_inside.py --deselect tests/unit/source/test_torn.py::test_polars_alone_still_does_harm
NODE := node_modules/.ready
IN_ENV := PATH="$(CURDIR)/.venv/bin:$$PATH"

.PHONY: help demo test test-judgement test-models test-pipelines fuzz test-matrix lint format bench docs json-schemas
.PHONY: screenshots site requirements system clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(ENV) ## check, split, fit, apply and verify on an untidy real table
	$(IN_ENV) ./demo.sh

test: $(ENV) $(NODE) system ## run every test but those of the targets below, with branch coverage; a skipped test fails
	rm -f .coverage .coverage.*
	$(IN_ENV) pytest --whole -n $(JOBS) --dist worksteal --cov --cov-report=term --durations=40 \
	  --ignore=tests/judgement

test-judgement: $(ENV) ## plant faults into real tables, and count what is found, named and invented
	$(IN_ENV) pytest --whole -n $(JOBS) --dist worksteal tests/judgement

test-models: $(MODELS_ENV) ## run the tests that need PyTorch and Keras, in an environment of their own
	KERAS_BACKEND=torch .venv-models/bin/python -m pytest --whole tests/models

test-pipelines: $(PIPELINES_ENV) ## run the recipes for Airflow, Prefect, MLflow and DVC, in an environment of their own
	.venv-pipelines/bin/python -m pytest --whole tests/pipelines

test-matrix: $(NEWEST_ENV) $(OLDEST_ENV) ## run the tests of fits, rows, frames and artefacts with the newest of all, and more with the oldest
	.venv-newest/bin/python -m pytest -q $(MATRIX_TESTS)
	.venv-oldest/bin/python -m pytest -q -W default $(MATRIX_TESTS) $(OLDEST_TESTS)

fuzz: $(ENV) ## try to break it, for SECONDS with SEED (make fuzz SECONDS=3600 SEED=7)
	$(IN_ENV) python -m tests.fuzz --seconds $(SECONDS) --seed $(SEED)
	$(IN_ENV) DATACHECK_FUZZ=$(ROUNDS) pytest -q tests/property/test_documents_fuzz.py

lint: $(ENV) site ## style, types, the one-way order of imports, the shape of the tree, and the site
	$(IN_ENV) ruff check
	$(IN_ENV) ruff format --check
	$(IN_ENV) mypy
	$(IN_ENV) lint-imports
	$(IN_ENV) python tools/check_tree.py

format: $(ENV) ## mend what ruff can mend
	$(IN_ENV) ruff check --fix
	$(IN_ENV) ruff format

bench: $(BENCH_ENV) $(NODE) ## run side by side with peers; writes benchmarks/RESULTS.md
	.venv-bench/bin/python -m benchmarks $(ONLY) $(ARGS)

docs: $(ENV) $(NODE) ## run every example of README.md and docs/
	$(IN_ENV) pytest -n $(JOBS) tests/end_to_end/test_docs.py

screenshots: $(ENV) $(NODE) system ## draw the pages of reports into build/screenshots, to be looked at
	$(IN_ENV) python tools/screenshots.py

json-schemas: $(ENV) ## write the JSON Schemas that ship, from what datacheck reads by
	$(IN_ENV) python tools/write_json_schemas.py

site: $(DOCS_ENV) ## build the documentation's site into build/site; a warning is an error
	NO_MKDOCS_2_WARNING=1 PYTHONPATH="$(CURDIR)" .venv-docs/bin/python -m mkdocs build --quiet

requirements: $(ENV) ## compile the pins from pyproject.toml
	$(IN_ENV) tools/compile_requirements.sh $(if $(UPGRADE),--upgrade)

system:
	@tools/install_system_packages.sh

clean: ## remove the environments and what the tools left
	rm -rf .venv .venv-* node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf .import_linter_cache htmlcov build dist .coverage .coverage.*

$(ENV): requirements/dev.txt pyproject.toml
	tools/make_environment.sh "$(PYTHON)" .venv requirements/dev.txt .

$(BENCH_ENV): requirements/bench.txt pyproject.toml
	tools/make_environment.sh "$(PYTHON)" .venv-bench requirements/bench.txt .

$(TFDV_ENV): requirements/bench-tfdv.txt
	tools/make_environment.sh "$(PYTHON)" .venv-tfdv requirements/bench-tfdv.txt

$(DEEPCHECKS_ENV): requirements/bench-deepchecks.txt
	tools/make_environment.sh "$(PYTHON)" .venv-deepchecks requirements/bench-deepchecks.txt

$(LABELS_ENV): requirements/bench-labels.txt
	tools/make_environment.sh "$(PYTHON)" .venv-labels requirements/bench-labels.txt

$(MODELS_ENV): requirements/models.txt pyproject.toml
	tools/make_environment.sh "$(PYTHON)" .venv-models requirements/models.txt

$(PIPELINES_ENV): requirements/pipelines.txt pyproject.toml
	tools/make_environment.sh "$(PYTHON)" .venv-pipelines requirements/pipelines.txt .

$(NEWEST_ENV): requirements/matrix-newest.txt pyproject.toml
	tools/make_environment.sh "$(PYTHON)" .venv-newest requirements/matrix-newest.txt .

$(DOCS_ENV): requirements/docs.txt
	tools/make_environment.sh "$(PYTHON)" .venv-docs requirements/docs.txt

$(OLDEST_ENV): requirements/matrix-oldest.txt pyproject.toml
	tools/make_environment.sh "$(PYTHON)" .venv-oldest requirements/matrix-oldest.txt .

$(NODE): package.json package-lock.json
	npm ci --no-fund --no-audit --loglevel=error
	touch $@
