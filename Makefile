# Every verb of this repository. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-stack demo up tour test gate format bench lock clean \
  stack stack-status stack-down test-stack chaos

PY := .venv/bin/python

# Each process would compile every module anew: a second, and Vamp is many processes.
unexport PYTHONDONTWRITEBYTECODE
ARGS ?=

# ENV=stack: on the real servers that `make stack` started, instead of the embedded stores.
ENV ?= embedded
ON_embedded :=
ON_stack := deploy/on-stack.sh
SETUP_embedded := setup
SETUP_stack := setup-stack
ON = $(if $(filter undefined,$(origin ON_$(ENV))),$(error ENV=$(ENV) is unknown: leave it out, or write ENV=stack),$(ON_$(ENV)))

help: ## list every verb
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## system packages, virtual environment, locked dependencies
	@deploy/setup.sh run

setup-dev: ## the same, and what tests and checks need
	@deploy/setup.sh dev

setup-stack: ## the same as setup, and what the stack of real servers needs
	@deploy/setup.sh stack

demo: $(SETUP_$(ENV)) ## watch a good release go live and a broken one taken back, on real HAProxy (ENV=stack: on real servers)
	@$(ON) $(PY) manage.py demo $(ARGS)

up: $(SETUP_$(ENV)) ## run Vamp on this machine with a sample service; prints address and login of the UI
	@$(ON) $(PY) manage.py up --lift acme/production --sample $(ARGS)

tour: $(SETUP_$(ENV)) ## from an empty installation to two tenants with different stores, by the command lines (ENV=stack)
	@$(ON) deploy/tour.sh

test: setup-dev ## every test; real HAProxy and Chromium, no other server
	@deploy/test.sh $(ARGS)

gate: setup-dev ## every check: lint, format, types, imports, templates, migrations, coverage
	@deploy/gate.sh

format: setup-dev ## put code and templates into our form
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format . ; .venv/bin/djlint --reformat --quiet templates

bench: setup-dev $(SETUP_$(ENV)) ## measure; one JSON line a figure (ONLY=name for one; ENV=stack)
	@$(ON) $(PY) -m tests.bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

stack: setup-stack ## build (once), start and furnish the real servers on loopback
	@$(PY) -m deploy.stack up

stack-status: setup ## ask each of the real servers how it is
	@$(PY) -m deploy.stack status

stack-down: setup ## stop the real servers that were started from here, and nothing else
	@$(PY) -m deploy.stack down

test-stack: setup-dev setup-stack ## the tests that need the real servers, and all with a database on MariaDB
	@deploy/test-stack.sh $(ARGS)

chaos: setup-dev setup-stack ## end servers and processes under load; print what failed and what was lost
	@deploy/on-stack.sh $(PY) -m tests.chaos $(ARGS)

lock: setup-dev ## resolve all dependencies in one step and lock them
	@.venv/bin/uv pip compile pyproject.toml --extra clients --extra mysql --group dev --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --upgrade --quiet -o requirements.lock

clean: ## forget what the embedded stores hold and what was installed
	@rm -rf var .venv
