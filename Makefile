# Everything runs in .venv, which is made from requirements.lock when it is missing or older.
PYTHON ?= python3
CORES ?= 2
BIN := .venv/bin

CONFIG ?= config/config.yaml
TARGET ?= all
DAG ?= dag.svg

.PHONY: demo test test-all published recommend setup lint format lock benchmark dag why

demo: setup
	$(BIN)/snakemake --cores $(CORES) --quiet host reason

# One file of tests at a time on each core, so that what its tests share is built once; tensors of
# tests are too small for more threads. `test-all` adds those that start a cluster, kill runs, or
# build zoos of their own.
test test-all: setup lint
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses $(CORES) --dist loadfile --no-loadscope-reorder \
		$(if $(filter test,$@),-m "not slow")

# Every table of the paper that follows from its published measurements, for both backbones.
# docs/reproduction.md stays as it is, since the config may name other measurements.
published: setup
	$(BIN)/snakemake --cores $(CORES) --quiet host reason --configfile config/published.yaml
	@echo "Every table beside the paper's: results/published/reproduction.md (of one zoo: results/<zoo>/reproduction.md)"

# Which checkpoints to merge: CANDIDATES is a folder of them or a YAML file; ZOO to learn from;
# DATA=yes looks at images of their tasks.
recommend: setup
	@$(BIN)/mergeability recommend $(if $(CANDIDATES),"$$CANDIDATES") --configfile "$(CONFIG)" \
		--cores $(CORES) $(if $(ZOO),--zoo "$(ZOO)") $(if $(DATA),--data) \
		$(if $(PROXIES),--proxies $(PROXIES)) $(if $(DESIGN),--design $(DESIGN))

# The graph of rules: one node for all merges, and none for the target that lists everything.
dag: setup
	@command -v dot >/dev/null || { echo "drawing needs Graphviz (Debian: apt install graphviz)"; exit 1; }
	echo 'targets_per_job: {tasks: 1, pairs: 1}' > $(DAG).yaml
	$(BIN)/snakemake --rulegraph --configfile "$(CONFIG)" $(DAG).yaml > $(DAG).dot
	sed '/^\t0\[/d; / -> 0$$/d' $(DAG).dot | dot -Tsvg -o $(DAG)
	rm $(DAG).yaml $(DAG).dot

why: setup
	@$(BIN)/mergeability why --configfile "$(CONFIG)" -- $(TARGET)

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; choose one with: make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
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
	$(BIN)/python benchmarks/dag.py
