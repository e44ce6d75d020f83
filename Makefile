PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test lint clean

setup: .venv/ready

# A stamp, so that `make test` after `make demo` installs nothing again.
.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch .venv/ready

demo: setup
	$(BIN)/grader grade submissions/demo -o out/demo --fresh --no-train
	$(BIN)/grader report out/demo/alan

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest -n auto

clean:
	rm -rf .venv out
