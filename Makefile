# Every command of the project. The first use of one makes the environment that it needs: .venv-demo for the demo,
# .venv with what the tests need, and the rest of the tools in it for every other command.
PYTHON ?= python3
BIN := .venv/bin
TESTS := .venv/.tests
READY := .venv/.ready
DEMO := .venv-demo/.ready
PIP := -m pip install -q --disable-pip-version-check -c constraints.txt
UPSTREAM ?= https://raw.githubusercontent.com/cloudflare/api-schemas/main/openapi.json
FORMAT ?= text
FUZZ_SECONDS ?= 60

# The tests start many interpreters, and each would compile the packages anew; the files are in .gitignore.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

help:  ## Show these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/:/' | awk -F': *' '{printf "make %-16s %s\n", $$1, $$2}'

demo: $(DEMO)  ## See the SDK work: on a local account, or on yours if its variables are set
	@.venv-demo/bin/python examples/quickstart.py

test: $(TESTS)  ## Run the quick tests: two minutes on two cores
	$(BIN)/pytest -q -n auto --dist worksteal

cover: $(READY)  ## Run the quick tests but the sweeps, and measure what they cover of the SDK
	$(BIN)/pytest -q -n auto --dist worksteal -m "not (slow or realtime or soak or sweep)" --cov --cov-report=term

# Without coverage: it would take longer and find nothing more, and a signal can come while it holds its own lock.
# These tests wait for processes and timers, so that four workers keep two cores busy.
slow: $(READY)  ## Run the sweeps and the slow tests: mutations, real signals, real timers
	$(BIN)/pytest -q -n 4 --dist worksteal -m "(slow or realtime or sweep) and not soak"

follow: $(READY)  ## Say by name where the façade must follow openapi.yaml
	$(BIN)/pytest -q --tb=short tests/test_spec_follow.py

mutations: $(READY)  ## Change openapi.yaml in every way, and see each change absorbed or reported
	$(BIN)/pytest -q -n auto --dist worksteal -m "not soak" tests/test_mutations.py

generate: $(READY)  ## Write generated/cfimages_api from openapi.yaml
	$(BIN)/python tools/generate.py

check-generated: $(READY)  ## Fail if generated/cfimages_api is not what openapi.yaml makes
	$(BIN)/python tools/generate.py --check

spec-diff: $(READY)  ## Compare openapi.yaml with what Cloudflare publishes, or with UPSTREAM=file or URL (FORMAT=json)
	@PYTHONPATH=tools $(BIN)/python -m spec_diff "$(UPSTREAM)" --format $(FORMAT)

lint: $(READY)  ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY)  ## Mend style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: mypy pyright  ## Check types with mypy --strict and pyright, and that all that is public has them

mypy: $(READY)
	$(BIN)/mypy

pyright: $(READY)
	$(BIN)/pyright --pythonpath $(BIN)/python
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pyright --verifytypes cfimages --ignoreexternal

docs: $(READY)  ## Build the documentation site into docs/_build, and look for links that lead nowhere
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build
	$(BIN)/python tools/check_site.py docs/_build
	@echo "Open docs/_build/index.html"

audit: $(READY)  ## Look for weak workflows, known holes in dependencies, and names that changed since the last release
	$(BIN)/python $(PIP) --group audit
	$(BIN)/zizmor --offline .github
	$(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip
	@tag=$$(git describe --tags --abbrev=0 2>/dev/null) && $(BIN)/griffe check cfimages --search facade --against $$tag \
		|| test -z "$$tag"

dist: $(READY)  ## Build the wheel, and use and type-check it in a fresh environment
	$(BIN)/python tools/check_dist.py

bench: $(READY)  ## Measure all side by side in 12 minutes (some with BENCH=start,walk; briefly with QUICK=1)
	$(BIN)/python -m benchmarks $(if $(BENCH),--only $(BENCH)) $(if $(QUICK),--quick)

performance: $(READY)  ## Write what `make bench` measured last into docs/performance.md
	$(BIN)/python -m benchmarks.page

soak: $(READY)  ## Run the long tests: hundreds of walks of 100,000 images through faults, and the like
	$(BIN)/pytest -q -m soak
	$(BIN)/pytest -q -n auto --hypothesis-profile=search

fuzz: $(READY)  ## Fuzz what reads arguments and answers, guided by coverage, FUZZ_SECONDS=60 for each target
	$(BIN)/python tests/guided.py -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1

# The steps without tests use one core each, so that two of them run at a time; each of the others uses all cores.
check: $(READY)  ## What has to pass before a change is accepted: seven minutes on two quiet cores
	$(MAKE) -j2 check-generated lint types follow docs dist
	$(MAKE) cover
	$(MAKE) slow

clean:  ## Remove the environments and what tools have left
	rm -rf .venv .venv-demo .bench dist docs/_build .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

define environment
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
@echo "Making $(1) for $(2) ..."
@$(PYTHON) -m venv $(1)
endef

$(DEMO): pyproject.toml constraints.txt
	$(call environment,.venv-demo,the demo)
	@.venv-demo/bin/python $(PIP) -e '.[sandbox]'
	@touch $@

$(TESTS): pyproject.toml constraints.txt
	$(call environment,.venv,the tests)
	@$(BIN)/python $(PIP) pip  # which knows --group
	@$(BIN)/python $(PIP) -e '.[cli,sandbox]' --group test
	@touch $@

$(READY): $(TESTS)
	@echo "Adding every tool of development to .venv ..."
	@$(BIN)/python $(PIP) --group dev
	@touch $@

.PHONY: help demo test cover slow generate check-generated spec-diff follow mutations lint format types mypy pyright docs audit dist bench performance soak fuzz check clean
