# Every way in. `make help` lists the targets; each sets up what it needs first.
SHELL := /bin/sh
.DEFAULT_GOAL := help
ENV ?= local
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Python writes its caches beside the sources, so a second synthesis is four times as fast.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## build every environment that the project needs (done by the others too)
	@./local/python local/setup.py

.PHONY: locks
locks: setup ## compile every requirements file anew from its .in file
	@$(BIN)/python -m local.locks
