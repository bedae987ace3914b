# Everything a newcomer needs: `make demo`. `make help` tells the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help deps build test demo up bench chaos hearing voice-activity scenarios conversations acceptance check-providers fuzz hebrew proto clean

# One debug build serves the demo and the tests; what takes time in the demo is C either way. `make bench` is optimised.
CONFIG ?= debug

export CONFIG

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20
	@echo '  Variables: PORT=8080 CONFIG=release|debug; demo: VOICE=he+m3 SCRIPT=file CALLS=1; up: FLEET="--workers asr=2"'

deps: ## install the Debian packages that are missing, check Swift
	@deploy/scripts/deps.sh

build: deps ## build the fleet
	@swift build --configuration $(CONFIG)

test: ## build and run the whole suite
	@deploy/scripts/test.sh $(TESTS)

demo: build ## one simulated call over the real fleet; the result is in var/demo
	@deploy/scripts/demo.sh

up: build ## run the fleet in the foreground until Ctrl-C
	@deploy/scripts/up.sh $(FLEET)

bench: CONFIG = release
bench: build ## measure delays, losses and costs under 1 to 400 calls, and with providers as late as real ones (N= PROFILES= PARTS=0)
	@deploy/scripts/bench.sh

chaos: CONFIG = release
chaos: build ## kill workers and gateways under calls; nothing may be lost (SEED= WORKER_DEATHS= GATEWAY_DEATHS=)
	@deploy/scripts/chaos.sh

hearing: deps ## what the embedded recogniser makes of every answer that the example business expects (EVERY=24; 1: all voices and speeds)
	@deploy/scripts/hearing.sh

voice-activity: deps ## detectors of voice activity compared on noisy telephone lines: misses, false alarms, hang, cost (REPEATS= SEED=)
	@deploy/scripts/voice-activity.sh

scenarios: build ## calls that go wrong on command, each against a fleet of its own (FILES= some of them)
	@deploy/scripts/scenarios.sh $(FILES)

conversations: CONFIG = release
conversations: build ## conversations whose turns are scored: ends, cut-ins, barge-ins (FILES= some of them, REPEAT= PART=1 CALLS= LIMITS=)
	@deploy/scripts/conversations.sh $(FILES)

acceptance: build ## what an operator asks a started fleet, with curl and two simulated calls
	@deploy/scripts/acceptance.sh

check-providers: build ## ask each configured provider once, with a real sentence (RECORDING=file.wav)
	@deploy/scripts/check-providers.sh

fuzz: deps ## a million inputs for each of what strangers may send us (RUNS= TARGETS= SEED=)
	@deploy/scripts/fuzz.sh

hebrew: deps ## the figures of the Hebrew library: corpus, round trips, comparisons, speed (CHECKS= some of them, or fuzz)
	@deploy/scripts/hebrew.sh

proto: ## write the Swift of the .proto files anew (needs protobuf-compiler)
	@deploy/scripts/proto.sh

clean: ## delete what was built and what ran
	@for dir in var/up var/demo var/bench var/chaos var/scenarios var/conversations var/acceptance var/test; do \
	  if [ -e $$dir/postgres.env ]; then deploy/scripts/postgres.sh remove $$dir; fi; \
	done
	rm -rf .build .build-* var
