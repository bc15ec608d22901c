# All set-up is done by the targets themselves: `make run` to see it work, `make test` for every check.
PYTHON := .venv/bin/python
# The port of `make run`: `make run PORT=8123` where another program has this one.
PORT ?= 8080

.PHONY: run test torture bench dist docs docs-reference oracle clean

run:
	@sh scripts/set-up.sh
	@.venv/bin/infobip-rules dev rules/ --port $(PORT) --first-message hello

test:
	@sh scripts/set-up.sh dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest -n auto --dist worksteal

torture:
	@sh scripts/set-up.sh dev
	$(PYTHON) -m tests.torture --kills 1000
	$(PYTHON) -m tests.torture --kills 1000 --plugin

bench:
	@sh scripts/set-up.sh dev
	$(PYTHON) -m benchmarks

# The wheel and the sdist, without compiler and tools for tests.
dist:
	@sh scripts/set-up.sh dist
	@rm -rf dist
	@$(PYTHON) -m hatchling build
	@ls dist/*

# ORACLE: a program that asks real Drools, or its folder (tests/rulefiles/drl/record.py says how it is spoken to). What differs from the
# recorded answers is shown; `make oracle ORACLE=... ACCEPT=accept` records it.
oracle:
	@test -n "$(ORACLE)" || { echo "Say where real Drools can be asked: make oracle ORACLE=/path/to/oracle"; exit 2; }
	@sh scripts/set-up.sh dev
	$(PYTHON) -m tests.rulefiles.drl.record $(ORACLE) $(ACCEPT)
	$(PYTHON) -m pytest tests/rulefiles/drl/test_drools.py -q

docs:
	@sh scripts/set-up.sh dev
	$(PYTHON) -m mkdocs build --strict
	@echo "Written: site/index.html"

# Writes what the pages hold that is made from the program: options, settings, errors, classes. Commit what has changed.
docs-reference:
	@sh scripts/set-up.sh dev
	$(PYTHON) scripts/reference.py

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist site
