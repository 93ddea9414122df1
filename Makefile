# make demo | test | bench | minimum | lint: each makes .venv first, from any Python >= 3.11 that it finds.

VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
USER_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
OUT ?= out/demo

.PHONY: demo test bench minimum lint clean

# an environment with the development tools serves the demo as well
demo: $(if $(wildcard $(DEV_STAMP)),$(DEV_STAMP),$(USER_STAMP))
	@$(BIN)/siting demo --out $(OUT)

test: $(DEV_STAMP)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

bench: $(DEV_STAMP)
	@$(BIN)/python -m pytest tests/benchmarks/bench_*.py --benchmark-only $(PYTEST_ARGS)

# the oldest versions that pyproject.toml promises; the tests that compare with other libraries of decision analysis are left out,
# because those libraries ask for newer ones
minimum:
	@sh .ci/make-venv $(VENV)-minimum
	@$(VENV)-minimum/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check --editable . -r .ci/minimum.txt pytest hypothesis exactextract networkx nbformat
	@$(VENV)-minimum/$(notdir $(BIN))/python -m pytest -W default --ignore tests/mcda --ignore tests/test_weighing.py $(PYTEST_ARGS) tests

lint: $(DEV_STAMP)
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

clean:
	rm -rf $(VENV) build dist

$(USER_STAMP): pyproject.toml
	@sh .ci/make-venv $(VENV)
	@echo "Installing siting into $(VENV) (once; a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV_STAMP): pyproject.toml
	@sh .ci/make-venv $(VENV)
	@echo "Installing siting and its development tools into $(VENV) (once; a few minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
