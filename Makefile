# `make` alone lists what there is to make.

# The first Python that is new enough; another can be named: make setup PYTHON=python3.13
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)
RUN := .venv/bin/python -m

# The stamps carry a checksum of what the environment is made from and where it stands, so that they go stale when
# either changes.
sum = $(shell { pwd; cat tools/make-venv $(1); } | cksum | cut -d' ' -f1)
READY := .venv/ready-$(call sum,requirements-dev.lock pyproject.toml)
BENCH_READY := .venv/bench-ready-$(call sum,requirements-bench.lock)

# Where Python is told to write no bytecode, each of the tests' workers and programs would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check accept docs docs-check bench bench-once bench-replay bench-books torture lock clean distclean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  make %-12s %s\n' "$$name" "$$text"; done

setup: $(READY) ## make the environment in .venv from the committed lock

$(READY):
	@tools/make-venv "$(PYTHON)" requirements-dev.lock
	@rm -f .venv/ready-* && touch $@

demo: setup ## plan the shipped redirect case: verdict here, report in build/redirect-2023
	.venv/bin/armslength plan cases/redirect-2023 --out build/redirect-2023

test: setup ## run the tests
	$(RUN) pytest -q -n auto --dist loadfile

lint: setup docs-check ## format, lint, types, import contracts, generated docs: all of `check` but the tests
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy --strict src
	.venv/bin/lint-imports

check: lint ## everything a change must pass
	@$(MAKE) --no-print-directory test

accept: setup ## rewrite the golden files; then read the diff
	$(RUN) pytest -q --accept

docs: setup ## write the generated pages of docs/
	$(RUN) armslength.cli.main docs --write docs

docs-check: setup ## fail when a generated page of docs/ is out of date
	@rm -rf build/docs && mkdir -p build
	@$(RUN) armslength.cli.main docs --write build/docs
	@cd build/docs && test -n "$$(find . -type f)" && find . -type f | sort | while read -r page; do \
		diff -u "../../docs/$$page" "$$page" || exit 1; \
	done || { echo "docs/ is out of date: run 'make docs' and commit it." >&2; exit 1; }

bench: setup $(BENCH_READY) ## measure, beside other modelling layers
	$(RUN) benchmarks.run

$(BENCH_READY):
	@tools/make-venv "$(PYTHON)" requirements-bench.lock
	@rm -f .venv/bench-ready-* && touch $@

bench-once: setup ## run each benchmark once, untimed
	$(RUN) benchmarks.run --quick

bench-replay: setup ## measure replays of job logs
	$(RUN) benchmarks.replay

bench-books: setup ## measure the books, beside bare commits of the same bytes
	$(RUN) benchmarks.books

# In PARTS: power, kills-sqlite, kills-postgresql, steps, pairs, seeded, mutants. MORE=--short does a little of each.
torture: setup ## the long proofs of the books: power cuts, kills, a million steps, seeded bugs, mutants; hours
	PYTHONPATH=tests $(RUN) books.torture $(MORE) $(PARTS)

# One version per package for all supported Pythons, so that every machine plans with the same numbers.
# UPGRADE=--upgrade takes newer releases.
UV_VERSION := 0.13.9
COMPILE = build/uv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url --annotation-style line \
	--custom-compile-command 'make lock' $(UPGRADE)
lock: setup ## resolve the three locks again after a change of dependencies
	@test -x build/uv/bin/uv || { $(RUN) venv build/uv && build/uv/bin/python -m pip install -q uv==$(UV_VERSION); }
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	$(COMPILE) --extra dev --extra bench --constraint requirements-dev.lock --output-file requirements-bench.lock

clean: ## remove what was made, but not the environment
	rm -rf build dist .benchmarks .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

distclean: clean ## remove the environment too
	rm -rf .venv
