# The same verbs at a desk and in CI. `make run` and `make test` do all of their own set-up.
PYTHON ?= python3
PORT ?= 7860
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check

.PHONY: run test lint types bench bake clean
.DEFAULT_GOAL := run

run: $(VENV)/run.stamp
	PORT=$(PORT) $(PY) app.py

test: $(VENV)/test.stamp tests/js/node_modules
	node --test tests/js/*.test.js
	$(PY) -m pytest -n 2 --dist loadfile

lint: $(VENV)/test.stamp
	$(PY) -m ruff check
	$(PY) -m ruff format --check

types: $(VENV)/test.stamp tests/js/node_modules
	$(PY) -m mypy
	tests/js/node_modules/.bin/tsc --project tests/js/tsconfig.json

bench: $(VENV)/test.stamp
	$(PY) -m tests.bench

bake: $(VENV)/run.stamp
	$(PY) -m viz bake

$(PY):
	.ci/packages venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(PY)
	$(PIP) -r requirements.txt
	touch $@

$(VENV)/test.stamp: tests/requirements.txt $(VENV)/run.stamp
	.ci/packages browser
	$(PIP) -r tests/requirements.txt
	touch $@

tests/js/node_modules: tests/js/package.json tests/js/package-lock.json
	.ci/packages node
	npm ci --prefix tests/js --no-audit --no-fund --silent
	touch $@

clean:
	rm -rf $(VENV) tests/js/node_modules
