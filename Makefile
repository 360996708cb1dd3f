# make demo: the main job on real input.  make test: everything CI checks.  make test-quick: while
# one works.  make docs: the site.  make bench: every claim of speed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
OUT := out
# What takes about half of the quick tests' time.
SIMULATED := tests/simulate tests/cli

.PHONY: env demo test test-quick test-quick-simulate test-quick-others test-slow test-slow-simulate test-slow-others test-torch test-browser static docs bench bench-sionna lock clean

env: $(STAMP)

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'isacplan needs Python 3.11 or newer: make PYTHON=python3.11')"
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	touch $@

demo: env
	mkdir -p $(OUT)
	$(BIN)/isacplan frame munich --plot $(OUT)/munich.png
	@echo "The picture: $(OUT)/munich.png"

# Two things at a time, the longest first; a failure of any fails the whole. The pools of BLAS would
# fight for the same cores.
test: env $(VENV)/.documented $(VENV)/.backends
	+OPENBLAS_NUM_THREADS=1 $(MAKE) --no-print-directory -j2 test-slow-simulate test-slow-others test-quick-simulate test-quick-others docs static

test-quick: env $(VENV)/.backends
	+OPENBLAS_NUM_THREADS=1 $(MAKE) --no-print-directory -j2 test-quick-simulate test-quick-others

test-quick-simulate: env $(VENV)/.backends
	$(BIN)/python -m pytest -m "not slow" $(SIMULATED)

test-quick-others: env $(VENV)/.backends
	$(BIN)/python -m pytest -m "not slow" $(addprefix --ignore=,$(SIMULATED))

test-slow: test-slow-simulate test-slow-others

test-slow-simulate: env $(VENV)/.backends
	$(BIN)/python -m pytest -m slow tests/simulate

test-slow-others: env $(VENV)/.backends
	$(BIN)/python -m pytest -m slow --ignore=tests/simulate

static: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-cache

docs: env $(VENV)/.documented
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -b html docs docs/_build/html
	$(BIN)/python docs/check_site.py docs/_build/html

$(VENV)/.documented: requirements/docs.txt $(STAMP)
	$(PIP) install --quiet --require-hashes -r requirements/docs.txt
	touch $@

# JAX on the CPU.
$(VENV)/.backends: requirements/backends.txt $(STAMP)
	$(PIP) install --quiet --require-hashes -r requirements/backends.txt
	touch $@

# The simulation on PyTorch, in an environment of its own. The one thing without a hash: which of
# its builds fits depends on the machine, and the one for CUDA is large.
test-torch: $(VENV)-torch/.installed
	$(VENV)-torch/bin/python -m pytest tests/simulate/test_backend.py

$(VENV)-torch/.installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)-torch
	$(VENV)-torch/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/dev.txt
	$(VENV)-torch/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	$(VENV)-torch/bin/python -m pip --disable-pip-version-check install --quiet torch==2.13.0
	touch $@

# The explorer in a real browser, Debian's Chromium; says that it is skipped where there is none.
test-browser: $(VENV)/.browser
	$(BIN)/python -m pytest -m browser -rs tests/explore

$(VENV)/.browser: requirements/browser.txt $(STAMP)
	$(PIP) install --quiet --require-hashes -r requirements/browser.txt
	touch $@

bench: env
	$(PIP) install --quiet --require-hashes -r requirements/peers.txt
	$(BIN)/python -m benchmarks

# Adds the comparison with Sionna, in an environment of its own, to the benchmarks.
bench-sionna: env
	$(PYTHON) -m venv $(VENV)-sionna
	$(VENV)-sionna/bin/python -m pip --disable-pip-version-check install --quiet torch==2.13.0 sionna-no-rt==2.2.0
	$(BIN)/python -m benchmarks simulate_peers

# Needs uv; the locks hold names, versions and hashes, and no address of any index.
lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o requirements/dev.txt
	uv pip compile pyproject.toml --extra peers --constraint requirements/dev.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o requirements/peers.txt
	uv pip compile pyproject.toml --group docs --constraint requirements/dev.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o requirements/docs.txt
	uv pip compile pyproject.toml --extra jax --constraint requirements/dev.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o requirements/backends.txt
	uv pip compile pyproject.toml --group browser --constraint requirements/dev.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o requirements/browser.txt

clean:
	rm -rf $(VENV) $(VENV)-torch $(VENV)-sionna $(OUT) docs/_build docs/gallery build dist .pytest_cache .ruff_cache .hypothesis
