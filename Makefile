# What each target does is printed by `make help`. Everything but the tests' own output goes to standard error.

# How many tests of one process run at once: the integration tests start servers of their own, so more than a few a core
# only makes them wait for each other.
TEST_WIDTH ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n * 2 > 8 ? 8 : n * 2)))
SWIFT ?= swift
# Arguments for `make run` (of `cache-proxy serve`), `make test` (of `swift test`), `make bench` (of `cache-bench`) and
# `make bench-...` and `make fuzz` (of the command or script each of them runs).
ARGS ?=
SOURCES = $(shell git ls-files --cached --others --exclude-standard '*.swift')

# Tests that compute for long without ever suspending: together with the others they would take every thread from tests
# that wait for servers, whose deadlines would then pass.
PURE = ^(StrataCoreTests|StrataMemoryTests|StrataShardingTests)\.

swift-test = SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(TEST_WIDTH) $(SWIFT) test --skip-build

build-cache-bench = $(SWIFT) build -c release --package-path Benchmarks --product cache-bench >&2

# The benchmarks are a package of their own, with tests of their own.
benchmark-tests = $(SWIFT) build --package-path Benchmarks --build-tests >&2 && \
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(TEST_WIDTH) $(SWIFT) test --package-path Benchmarks --skip-build

.DEFAULT_GOAL := help
.PHONY: help run test bench bench-memory bench-hit-ratio bench-footprint bench-pause bench-tiers fuzz format lint dependencies clean

help: ## Show this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

run: ## Build for release and serve: RESP on 127.0.0.1:6380, HTTP on 127.0.0.1:8080
	@scripts/install-dependencies run
	@$(SWIFT) build -c release --product cache-proxy >&2
	@exec "$$($(SWIFT) build -c release --show-bin-path)/cache-proxy" serve $(ARGS)

test: ## Run every test, on private redis-server and postgres processes
	@scripts/install-dependencies test
	@$(SWIFT) build --build-tests >&2
	$(if $(strip $(ARGS)),@$(swift-test) $(ARGS),@$(swift-test) --filter '$(PURE)' && $(swift-test) --skip '$(PURE)')
	$(if $(strip $(ARGS)),,$(if $(wildcard Benchmarks/Tests),@$(benchmark-tests)))

bench: ## Run the benchmarks, or with ARGS="COMMAND ..." one command of cache-bench
	@scripts/install-dependencies bench
	@scripts/bench $(ARGS)

bench-memory: ## Compare level 1's speed with Caffeine's
	@scripts/install-dependencies bench
	@$(build-cache-bench)
	@Benchmarks/scripts/compare-caffeine $(ARGS)

# Recorded access traces, *.u32, with a reference.csv; and where to draw the hit ratios.
TRACES ?= $(firstword $(wildcard traces ../shared/traces))
PICTURE ?= hit-ratio.svg

bench-hit-ratio: ## Compare level 1's hit ratios with other policies' on the traces in TRACES, and draw them
ifeq ($(strip $(TRACES)),)
	@echo "bench-hit-ratio: skipped: there are no traces; name a directory with *.u32 files: make $@ TRACES=DIR" >&2
else
	@scripts/install-dependencies run
	@scripts/bench hit-ratio --traces "$(TRACES)" --picture "$(PICTURE)" $(ARGS)
	@echo "drawn in $(PICTURE)" >&2
endif

bench-footprint: ## Compare the memory that 5,000,000 entries take with redis-server's
	@scripts/install-dependencies bench
	@scripts/bench footprint --entries 5000000 --redis-server redis-server $(ARGS)

bench-pause: ## Measure how long reads of level 1 wait while a writer fills it
	@scripts/install-dependencies run
	@scripts/bench pause $(ARGS)

bench-tiers: ## Compare Redis, Postgres and the proxy with hiredis, pgbench and twemproxy
	@scripts/install-dependencies test
	@scripts/install-dependencies bench
	@$(build-cache-bench)
	@$(SWIFT) build -c release --product cache-proxy >&2
	@Benchmarks/scripts/compare-tiers $(ARGS)

fuzz: ## Feed the reply side of the Redis client with hostile bytes for 60 s, or as long as ARGS=SECONDS says
	@scripts/install-dependencies run
	@scripts/fuzz $(ARGS)

format: ## Format every Swift file
	@$(SWIFT) format --in-place --parallel $(SOURCES)

lint: ## Check the format of every Swift file
	@$(SWIFT) format lint --strict --parallel $(SOURCES)

dependencies: ## Install the missing system packages, those of the tests included
	@scripts/install-dependencies test

clean: ## Remove what was built
	@rm -rf .build .build-* Benchmarks/.build
