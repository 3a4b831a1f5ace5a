# Thin: every target is one command of its own. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup run build test check format test-server test-emulator test-java test-cli test-python test-typescript \
        test-fidelity test-live e2e torture fuzz bench bench-python bench-typescript bench-cli packages dist release-dry-run clean

export JAVA_HOME := $(shell tools/java-home)
MVN := ./mvnw -B -q

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: ## what the tests need, installed where it is missing
	@tools/setup

run: ## a first inference: ./aistrale run "Hello, world!"
	@./aistrale run "Hello, world!"

build: ## what ./aistrale needs, without tests
	@./aistrale --version >/dev/null

test: setup ## everything that CI runs, ends with the suites' summaries
	@tools/test

check: ## formatting and static analysis of all that is written in Java
	@$(MVN) -Pcheck -Dmaven.test.skip=true verify

format: ## formats what is written in Java
	@$(MVN) -Pcheck spotless:apply

test-server: ## the server's own tests
	@$(MVN) -pl server -am -Dsurefire.failIfNoSpecifiedTests=false verify

test-emulator: ## the emulator's own tests
	@$(MVN) -pl emulator verify

test-java: ## the Java SDK's tests
	@$(MVN) -pl sdk/java -am verify

test-cli: setup build ## the CLI's tests, and the real binary in terminals, installed by pip and by npm
	@$(MVN) -pl cli -am -Dsurefire.failIfNoSpecifiedTests=false -Dtest='com.aistrale.cli.**' verify
	@e2e/run $(notdir $(wildcard e2e/test_cli*.py e2e/test_docs_cli*.py e2e/test_packages*.py))

test-python: setup build ## the Python SDK's tests and linters, on the oldest and the newest Python, and on the built wheel
	@sdk/python/run-everywhere

test-typescript: setup build ## the TypeScript SDK's tests, by every node that it supports
	@sdk/typescript/run-tests

test-fidelity: setup build ## the official provider clients against the emulator
	@emulator/fidelity/run

test-live: setup build ## the same against the real services, for whichever key is in the environment
	@emulator/fidelity/run --live

e2e: setup build ## the built product as its users meet it
	@e2e/run

torture: setup build ## the long forms: 20 kills under load, a batch of 100,000 lines, report in target/torture.md
	@e2e/run --torture

fuzz: setup build ## ten minutes of made-up requests against the contract, report in target/contract-fuzz
	@e2e/contract/run --minutes 10

bench: build ## benchmarks, a table, results with the machine's facts
	@bench/run && bench/run --webhooks && bench/run --webhooks --postgres && bench/run --soak

packages: setup build ## what is installed with pip and npm and needs no Java, for this platform, into dist/
	@packaging/build all

bench-python: ## the Python SDK beside openai and litellm, a table, results with the machine's facts
	@sdk/python/bench/run

bench-typescript: ## the TypeScript SDK beside openai and @anthropic-ai/sdk, a table, results with the machine's facts
	@sdk/typescript/bench/run

bench-cli: setup build ## the installed command line beside node and llm, a table, results with the machine's facts
	@packaging/bench --save

dist: setup build ## what is published, in dist/: the SDKs, the command line with the server for this platform, bills of material, checksums
	@packaging/release make

release-dry-run: setup build ## everything that a release does but publishing, and what it would publish
	@packaging/release make
	@packaging/release publish pypi npm maven go openvsx github

clean: ## what was built
	@rm -rf target */target sdk/java/target dist
