# Every way in. `make help` lists the targets; each sets up what it needs first.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
PROXY_PYTHON := .slipway/venvs/proxy/bin/python
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Python may keep its caches: without them a synthesis takes four times as long.
unexport PYTHONDONTWRITEBYTECODE

# The environment for synth, diff, deploy and destroy; `local` goes to the embedded AWS, any other to AWS.
ENV ?= local

# For the tests of the image. A machine of one's own may be unable to build one; that of continuous integration may not.
IMAGE_TEST ?= $(if $(CI),--required)

.PHONY: help
help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {gsub(/\$$\$$/, "$$"); printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo "  Choose an environment for synth, diff, deploy and destroy with ENV=local|development|staging|production|test."

.PHONY: setup
setup: ## build every environment that the project needs (the other targets do it too)
	@./local/python local/setup.py

.PHONY: up
up: setup ## deploy the whole platform into the embedded AWS and send a real page through it
	@$(BIN)/python -m local.up

.PHONY: status
status: setup ## show what runs on this machine and where
	@$(BIN)/python -m local.status

.PHONY: down
down: setup ## remove everything that `make up` deployed and started
	@$(BIN)/python -m local.down

.PHONY: env
env: setup ## print the shell lines that point a shell at the embedded AWS: eval "$$(make -s env)"
	@echo 'export PATH="$(CURDIR)/$(BIN):$$PATH"'
	@$(BIN)/python -m emulator env

# In an activated environment the same commands work by themselves; here `local` gets the embedded AWS's address first.
TARGET = if [ "$(ENV)" = local ]; then settings=$$($(BIN)/python -m emulator env) || exit 1; eval "$$settings"; fi;
CDK = $(TARGET) cdk
SLIPWAY = $(TARGET) slipway

.PHONY: synth diff deploy destroy
synth: setup ## cdk synth -c env=ENV
	@cdk synth -q -c env=$(ENV)

diff: setup ## cdk diff -c env=ENV
	@$(CDK) diff -c env=$(ENV)

deploy: setup ## build the image if it is another one, and deploy everything to ENV
	@$(CDK) deploy slipway-$(ENV)-image -c env=$(ENV)
	@$(SLIPWAY) image build $(ENV)
	@$(CDK) deploy --all -c env=$(ENV)

destroy: setup ## remove everything from ENV, the images too
	@$(CDK) destroy --all -c env=$(ENV)
	@$(SLIPWAY) image delete $(ENV) --all

.PHONY: test
test: lint ## set up, check and test everything
	@./local/python local/setup.py for-tests
	@$(BIN)/python -m pytest tests --ignore tests/proxy --ignore tests/image --numprocesses 2 -p tests.distribution
	@$(PROXY_PYTHON) -m pytest tests/proxy
	@$(BIN)/python -m local.image test $(IMAGE_TEST)

.PHONY: image-test
image-test: setup ## build the machine image in a system of its own on this machine, and test it
	@$(BIN)/python -m local.image test $(IMAGE_TEST)

.PHONY: lint
lint: setup ## check style and types only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@$(BIN)/mypy --python-executable $(PROXY_PYTHON) --follow-imports=silent --disable-error-code import-untyped \
		$(addprefix ami_build/proxy/slipway_proxy/,addon.py answers.py boot.py certificate_authority.py content.py deployment.py listening.py messages.py proxy.py)

.PHONY: fuzz
fuzz: setup ## search for input that breaks anything: new examples for the tests, and all real pages that can be had
	@./local/python local/setup.py for-tests
	@$(BIN)/python -m pytest tests/unit tests/fuzz tests/synth -m hypothesis --hypothesis-profile exploring --numprocesses 2
	@$(BIN)/python -m tests.fuzz.campaign pages
	@$(BIN)/python -m tests.fuzz.campaign bytes

.PHONY: coverage
coverage: setup ## run the unit and synth tests and print what they do not reach
	@$(BIN)/python -m coverage run -m pytest -q tests/unit tests/synth
	@$(BIN)/python -m coverage report

.PHONY: format
format: setup ## rewrite the sources in the house style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: snapshots
snapshots: setup ## accept the templates as they are now as the new snapshots
	@$(BIN)/python -m tests.synth.accept

.PHONY: bench
bench: setup ## measure against peers in the same run and print the ratios
	@$(BIN)/python -m bench

.PHONY: try-emulator
try-emulator: setup ## say what another version of ministack would break: VERSION=1.5.32
	@$(BIN)/python -m local.try_emulator $(if $(VERSION),$(VERSION),$(error say which version: make try-emulator VERSION=1.5.32))

.PHONY: locks
locks: setup ## compile every requirements file anew from its .in file
	@$(BIN)/python -m local.locks

.PHONY: clean
clean: ## make down, and remove every environment as well
	@if [ -x $(BIN)/python ] && [ -d .slipway/emulator ]; then $(BIN)/python -m local.down; fi
	@# Bare systems are root's where an image was built with sudo.
	@if [ -e .slipway/roots ] && [ ! -w .slipway/roots ]; then \
		sudo -n rm -rf .slipway/roots || { echo "next: sudo rm -rf .slipway/roots, then make clean again" >&2; exit 1; }; \
	fi
	rm -rf .venv .slipway node_modules cdk.out .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
