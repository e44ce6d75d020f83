PYTHON ?= python3
BIN := .venv/bin
# What the sentences below ask for; `requires-python` in pyproject.toml says the same.
WANTED := the grader needs Python 3.11, 3.12 or 3.13; name one, as in: make PYTHON=python3.12 $(MAKECMDGOALS)
SAMPLES ?= out/samples

# Images for containers often forbid bytecode; each of the suite's processes would compile the grader anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup demo samples docs test lint clean

setup: .venv/ready

# A stamp, so that `make test` after `make demo` installs nothing again.
.venv/ready: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: $(WANTED)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "$$($(PYTHON) -V 2>&1) will not do: $(WANTED)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$$($(PYTHON) -V 2>&1) lacks venv: install it (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "== Installing the grader and what it needs into .venv; this takes a minute or two, once"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --progress-bar off --editable '.[dev]'
	touch .venv/ready

demo: setup
	@echo "== Grading the small class of submissions/demo"
	$(BIN)/grader grade submissions/demo -o out/demo --fresh --no-train
	@echo "== One of its reports"
	$(BIN)/grader report out/demo/alan
	@echo "== Done: the class's results are in out/demo. Next, check your own work:"
	@echo "   source .venv/bin/activate"
	@echo "   grader check YOUR_ASSIGNMENT_FOLDER"

# The samples that are edits of correct work, as folders to look at.
samples:
	$(PYTHON) submissions/plant.py "$(SAMPLES)"
	@echo "planted in $(SAMPLES)"

# A stamp, as for setup. What is built needs no network.
.venv/docs: .venv/ready
	$(BIN)/pip install --quiet --progress-bar off --editable '.[docs]'
	touch .venv/docs

docs: .venv/docs
	@echo "== The documentation as a site"
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "== Done: open out/site/index.html"

lint: setup
	@echo "== Style, types and import rules"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	@echo "== The test suite: some twenty minutes on two cores; what this machine lacks is skipped, with the reason"
	$(BIN)/pytest -n auto
	@echo "== All is well. CONTRIBUTING.md says where things are, \`make demo\` shows a report"

clean:
	rm -rf .venv out
