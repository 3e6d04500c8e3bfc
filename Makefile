# Every target does its own set-up: Python 3.11 or newer, make and git are all it needs.
# make PYTHON=/path/to/python names another interpreter.

VENV := .venv
LOWEST := .venv-lowest
SITE := .venv-docs
BIN := $(VENV)/bin
READY := $(VENV)/.stamp
LOWEST_READY := $(LOWEST)/.stamp
BROWSER := .venv-browser
BROWSER_READY := $(BROWSER)/.stamp
SITE_READY := $(SITE)/.stamp
WORKERS ?= 2
ARGS ?=

# One thread per test process: more of them only get into each other's way.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

.DEFAULT_GOAL := help
.PHONY: help demo test test-browser test-lowest lint format types bench bench-quality docs reference clean
export PYTHON

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
		while IFS='|' read -r target text; do printf '%-20s %s\n' "$$target" "$$text"; done

demo: $(READY) ## find, fix and gate the errors in sample_data/reviews.csv
	@sh scripts/demo.sh $(BIN)

test: $(READY) ## run the tests (make test ARGS="-k ledger" for some of them)
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

# Not a part of test: it needs a browser, Debian's chromium (make CHROMIUM=/path for another).
test-browser: $(BROWSER_READY) ## look at the HTML report in a browser
	CHROMIUM="$(CHROMIUM)" $(ONE_THREAD) $(BROWSER)/bin/python -m pytest tests/browser $(ARGS)

test-lowest: $(LOWEST_READY) ## run the tests with the lowest supported dependencies
	$(ONE_THREAD) $(LOWEST)/bin/python -m pytest -n $(WORKERS) --dist worksteal -W default $(ARGS)

lint: $(READY) ## check style, format, layers and dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry labelaudit

format: $(READY) ## put style and format right where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY) ## check the types
	$(BIN)/mypy

bench: $(READY) ## measure speed and memory against the plain script
	$(BIN)/python benchmarks/speed.py $(ARGS)

bench-quality: $(READY) ## measure what is found against cleanlab (ARGS="DIR --full")
	$(BIN)/python benchmarks/quality.py $(ARGS)

docs: $(SITE_READY) ## build the documentation as a site into site/
	NO_MKDOCS_2_WARNING=1 $(SITE)/bin/mkdocs build --strict --quiet

reference: $(READY) ## write docs/commands.md and the bundled schema anew
	$(BIN)/python scripts/write_commands.py
	$(BIN)/python scripts/write_schemas.py

clean: ## remove what the targets made
	rm -rf $(VENV) $(LOWEST) $(BROWSER) $(SITE) site demo-output build dist htmlcov .coverage
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(READY): pyproject.toml constraints.txt scripts/setup_venv.sh
	@sh scripts/setup_venv.sh $(VENV) constraints.txt dev 11 99

$(BROWSER_READY): pyproject.toml constraints.txt scripts/setup_venv.sh scripts/need_chromium.sh
	@sh scripts/need_chromium.sh "$(CHROMIUM)"
	@sh scripts/setup_venv.sh $(BROWSER) constraints.txt browser 11 99

# Wheels of the lowest versions end at Python 3.12.
$(LOWEST_READY): pyproject.toml constraints-lowest.txt scripts/setup_venv.sh
	@sh scripts/setup_venv.sh $(LOWEST) constraints-lowest.txt test 11 12

# The site needs nothing of labelaudit but its pages.
$(SITE_READY): pyproject.toml constraints-docs.txt scripts/setup_venv.sh
	@sh scripts/setup_venv.sh $(SITE) constraints-docs.txt docs 11 99 ""
