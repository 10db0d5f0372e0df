# Two commands do everything on a fresh machine: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Test stores live in memory where there is room: every commit of a store waits for the disk otherwise.
ROOM := $(shell df --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 4000000 {print "yes"}')
define in_memory
	folder=$$(mktemp -d -p $(if $(ROOM),/dev/shm,/tmp) smartshopie-tests-XXXXXX) && trap 'rm -rf "$$folder"' EXIT && $(1) --basetemp="$$folder/tests"
endef
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

.PHONY: help run test test-long check bench bundle seed clean
.DEFAULT_GOAL := help

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 18

$(VENV)/.app: requirements.txt constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || { $(SUDO) apt-get update && $(SUDO) apt-get install -y python3-venv && $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: $(VENV)/.app requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

run: $(VENV)/.app ## Set up, fill a new store with the demo shop, serve on http://localhost:8050
	$(BIN)/python seed_demo_data.py --if-new
	$(BIN)/python app.py

seed: $(VENV)/.app ## Fill the store with the demo shop, up to today
	$(BIN)/python seed_demo_data.py

chromium:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium chromium-driver; }

check: $(VENV)/.dev ## Lint and type-check
	$(BIN)/ruff check .
	$(BIN)/mypy

test: $(VENV)/.dev chromium check ## Set up, lint, type-check and test
	$(call in_memory,$(BIN)/python -m pytest -m "not long")

test-long: $(VENV)/.dev chromium ## The tests that need longer
	$(call in_memory,$(BIN)/python -m pytest -m long)

$(VENV)/peers/.made: requirements-bench.txt constraints.txt
	[ -x $(VENV)/peers/bin/python ] || $(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements-bench.txt
	touch $@

bench: $(VENV)/.dev $(VENV)/peers/.made chromium ## Measure speed, beside stock Dash and Streamlit (docs/performance.md)
	$(BIN)/python -m benchmarks --peers

bundle: $(VENV)/.app ## Build a plotly.js of what our charts need (needs npm); without assets/bundle the packaged one is used
	npm install --silent --no-audit --no-fund --no-save --prefix bundle esbuild@0.28.2 \
	  plotly.js@$$($(BIN)/python -c 'from plotly.offline import get_plotlyjs_version; print(get_plotlyjs_version())')
	echo 'window.Plotly = require("plotly.js/lib/core"); window.Plotly.register([require("plotly.js/lib/bar")]);' \
	  | (cd bundle && node_modules/.bin/esbuild --bundle --minify --format=iife --target=es2020 --define:global=window \
	    --loader:.css=text --outfile=../assets/bundle/plotly.min.js)

clean: ## Remove the virtual environment and caches; the store stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis
