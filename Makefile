# Everything runs in .venv, which is made from requirements.lock when it is missing or older.
PYTHON ?= python3
CORES ?= 2
BIN := .venv/bin

.PHONY: demo test setup lint format lock benchmark

demo: setup
	$(BIN)/snakemake --cores $(CORES) --quiet host reason

test: setup lint
	$(BIN)/pytest

setup: .venv/ready

.venv/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; choose one with: make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	touch $@

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

lock:
	uv pip compile --python-version 3.11 --universal --generate-hashes --group dev pyproject.toml -o requirements.lock

benchmark: setup
	$(BIN)/python benchmarks/demo.py
