# Every verb of this repository. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo up test gate format bench lock clean

PY := .venv/bin/python
ARGS ?=

help: ## list every verb
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## system packages, virtual environment, locked dependencies
	@deploy/setup.sh run

setup-dev: ## the same, and what tests and checks need
	@deploy/setup.sh dev

demo: setup ## watch a good release go live and a broken one taken back, on real HAProxy
	@$(PY) manage.py demo $(ARGS)

up: setup ## run Vamp on this machine with a sample service; prints address and login of the UI
	@$(PY) manage.py up --lift acme/production --sample $(ARGS)

test: setup-dev ## every test; real HAProxy and Chromium, no other server
	@deploy/test.sh $(ARGS)

gate: setup-dev ## every check: lint, format, types, imports, templates, migrations, coverage
	@deploy/gate.sh

format: setup-dev ## put code and templates into our form
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format . ; .venv/bin/djlint --reformat --quiet templates

bench: setup-dev ## measure; one JSON line a figure (ONLY=name for one)
	@$(PY) -m tests.bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

lock: setup-dev ## resolve all dependencies in one step and lock them
	@.venv/bin/uv pip compile pyproject.toml --extra stack --group dev --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --upgrade --quiet -o requirements.lock

clean: ## forget what the embedded stores hold and what was installed
	@rm -rf var .venv
