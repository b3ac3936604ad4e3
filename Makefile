# One command for each thing to do; `make` alone lists them.
SHELL := /bin/sh
PYTHON ?= $(or $(shell command -v python3.11),python3)
BIN := .venv/bin
export PYTHON
# The engine runs from this folder; what a user's pip settings say of where packages go must not leak in.
unexport PIP_USER PIP_TARGET PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
# What looks for known faults; it runs in an environment of its own, for it is no part of what it looks at.
PIP_AUDIT := pip-audit==2.10.1

.PHONY: help demo run setup test lint format docs prove faults bench kafka lock sbom audit clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: .venv/runtime ## see the whole engine work on invented patients: one page, no server needed
	@$(BIN)/python -m demo.run

run: .venv/runtime ## run the engine here: MLLP on 127.0.0.1:2575, metrics and health on 127.0.0.1:9464
	@$(BIN)/engine run

setup: .venv/dev ## make .venv with all that running and developing need, versions and hashes pinned

test: .venv/dev kafka lint ## run all checks and tests, on a real Kafka and a real PostgreSQL
	@$(BIN)/pytest -n 3 --dist worksteal

lint: .venv/dev ## check style, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

format: .venv/dev ## put the code into the one format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

docs: .venv/dev ## write the pages of docs/reference from the code
	@$(BIN)/python -m tools.reference

prove: .venv/dev kafka ## run the long proofs with full counts, going on where it was broken off; reports: docs/proofs/
	@ENGINE_PROVE=1 $(BIN)/pytest -m prove --timeout 3600
	@$(BIN)/python -m tests.faults --kind cluster --messages 60000 --strikes 8 --rate 200 --report three-brokers
	@$(BIN)/python -m tests.faults --named outage --messages 66000 --rate 100 --report ten-minutes-without-a-broker
	@$(BIN)/python -m tests.faults --messages 30000 --strikes 30 --replay --report faults-and-a-replay

faults: .venv/dev kafka ## strike at a real broker, database and engine while 200,000 messages flow; report: docs/proofs/faults.md
	@$(BIN)/python -m tests.faults --report

bench: .venv/dev ## measure throughput and latency on this machine
	@$(BIN)/python -m benchmarks

kafka: .venv/system-test .venv/dev ## fetch the jars of a real Kafka broker and have its classes ready, once
	@tools/kafka-jars
	@$(BIN)/python -m tests.rig.kafka

lock: .venv/dev ## write the pinned requirements from pyproject.toml
	@tools/lock

sbom: .venv/dev ## write the bill of materials, CycloneDX, to build/engine.cdx.json
	@mkdir -p build
	@$(BIN)/python -m tools.sbom >build/engine.cdx.json

audit: .venv/dev ## look for known faults of the pinned packages; needs the network
	@$(BIN)/uv tool run $(PIP_AUDIT) --strict --require-hashes --disable-pip -r requirements.txt

clean: ## delete .venv, caches and fetched jars; what the engine stored in .engine stays
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo "the engine needs Python 3.11 - install it, then say: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@tools/system-packages demo
	@rm -rf .venv && $(PYTHON) -m venv .venv

.venv/runtime: requirements.txt pyproject.toml | .venv/bin/python
	@echo "installing the engine's dependencies into .venv"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements-dev.txt .venv/runtime
	@echo "installing the developers' tools into .venv"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.venv/system-test: tools/system-packages | .venv/bin/python
	@tools/system-packages test
	@touch $@
