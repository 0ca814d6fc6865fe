# make run    set up, then the main job on real flights; ends with the path of the briefing
# make test   set up, then everything that must hold: style, types, architecture, tests
# make browser builds the map and clicks through the workbench (needs Node, npm and chromium)
# make bundle builds the map of the workbench (needs Node 20+ and npm; users of a release need neither)
# make bench  measures speed and memory: SIZES="1k 10k" (80k: a whole day of the world), see docs/performance.md
# make fuzz   damages every format 1,000 times (seeded) and reads it: no crash, no hang, memory bounded; about 4 minutes
# make kills  kills `waystation fetch` 50 times at random and compares the archives; about 3 minutes
# make clean  remove the environment, caches and results

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:  # two pips in one environment do not get on
.PHONY: help run test setup lint bundle browser bench fuzz kills clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
STAMP := $(VENV)/.set-up
DEV := $(VENV)/.set-up-dev
KERNELS := $(VENV)/.kernels
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
OFFLINE := { echo; echo "The packages could not be installed; the last lines above say what failed."; \
  echo "pip needs a network to reach pypi.org, or a mirror (PIP_INDEX_URL). Then run make again."; exit 1; }
CASES := cases/fire-season/case.toml cases/real-flights/case.toml cases/hub-shift/case.toml

help:
	@sed -n 's/^# \(make.*\)/\1/p' Makefile

# A stamp is as new as the last set-up; a change of what is to be installed makes it old.
$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo not there)."; \
	    echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "setting up $(VENV) (once, about a minute) …"
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "venv failed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(STAMP): pyproject.toml constraints.txt | $(MADE)
	@$(PIP) -e . || $(OFFLINE)
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(MADE)
	@echo "installing what the program and its tests need …"
	@$(PIP) -e '.[dev]' || $(OFFLINE)
	@touch $(STAMP) $@

# Otherwise the first case would compile them, on one core.
$(KERNELS): | $(STAMP)
	@echo "compiling what counts positions (once, about two minutes on two cores) …"
	@$(BIN)/python scripts/compile_kernels.py
	@touch $@

setup: $(DEV)

run: $(STAMP) $(KERNELS)
	@for case in $(CASES); do $(BIN)/waystation run $$case; echo; done

lint: $(DEV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# Kernels are compiled beside the type check and the tests that need none: that keeps one core busy for minutes.
EARLY := tests/patterns tests/network tests/evidence tests/stopovers
test: $(DEV)
	$(BIN)/python scripts/compile_kernels.py --alone & compiled=$$!; \
	  $(MAKE) --no-print-directory lint && $(BIN)/python -m pytest $(EARLY) && wait $$compiled
	$(BIN)/python -m pytest -n 2 --durations=25 $(EARLY:%=--ignore=%)

bundle:
	@command -v npm >/dev/null || { echo "npm is not here: on Debian and Ubuntu, apt install nodejs npm (Node 20 or later)"; exit 1; }
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund && npm run -s build

browser: $(DEV) bundle
	WAYSTATION_BROWSER=required $(BIN)/python -m pytest tests/browser

SIZES ?= 1k 10k
BENCH ?= bench/out/speed
SECTIONS ?=
AGAIN ?=
bench: $(DEV)
	$(BIN)/python -m bench.speed.run --days $(BENCH) --sizes $(SIZES) $(if $(SECTIONS),--sections $(SECTIONS)) $(if $(AGAIN),--again)
	$(BIN)/python -m bench.speed.table --write

FUZZ_TIMES ?= 1000
FUZZ_SEED ?= 8
fuzz: $(DEV)
	$(BIN)/python -m bench.fuzz.run --times $(FUZZ_TIMES) --seed $(FUZZ_SEED)

KILLS ?= 50
KILLS_SEED ?= 1
kills: $(DEV)
	$(BIN)/python scripts/kill_fetch.py $(KILLS) $(KILLS_SEED)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf cases/*/out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
