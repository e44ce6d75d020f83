PYTHON ?= python3
BIN := .venv/bin
SAMPLES ?= out/samples

.PHONY: setup demo samples test lint clean

setup: .venv/ready

# A stamp, so that `make test` after `make demo` installs nothing again.
.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch .venv/ready

demo: setup
	$(BIN)/grader grade submissions/demo -o out/demo --fresh --no-train
	$(BIN)/grader report out/demo/alan

# The samples that are edits of correct work, as folders to look at.
samples:
	$(PYTHON) submissions/plant.py "$(SAMPLES)"
	@echo "planted in $(SAMPLES)"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest -n auto

clean:
	rm -rf .venv out
