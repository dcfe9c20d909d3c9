# Belfry. `make run` and `make test` do everything, on a bare Debian 12 too; `make help` lists the rest.
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
SHELL := /bin/bash

# dev release asan tsan: one output tree each
BUILD ?= dev
OUT   := build/$(BUILD)
TP    := build/third_party
CXX   := $(shell command -v ccache >/dev/null && echo ccache) g++
CLANG ?= clang++-14
JOBS  ?= $(shell nproc)
MAKEFLAGS += --no-builtin-rules
export CCACHE_SLOPPINESS := pch_defines,time_macros
export CCACHE_NOHASHDIR := 1
# $(OUT)/src comes before src, or the .gch is never found; ccache trusts the .sum below; a rebuilt .gch never hashes alike
export CCACHE_PCH_EXTSUM := 1

OPT_dev := -O1 -g1
# g++ 12 sees overflows in inlined std::string::replace that are not there (its bug 105651)
OPT_release := -O2 -g1 -DNDEBUG -ffunction-sections -fdata-sections -Wno-stringop-overflow -Wno-restrict -Wno-stringop-overread -Wno-array-bounds
# sanitized code hides from g++ 12 that <regex>, which cpp-httplib includes, initialises its functions (its bug 105562)
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -Wno-maybe-uninitialized
OPT_tsan := -O1 -g -fsanitize=thread -Wno-tsan
WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers -Werror
CXXFLAGS := -std=c++20 -pthread $(OPT_$(BUILD)) $(WARN) -I$(OUT)/src -Isrc -Itests -isystem $(TP) -MMD -MP
LDFLAGS  := $(OPT_$(BUILD)) $(shell command -v mold >/dev/null && echo -fuse-ld=mold) -pthread -static-libstdc++ -static-libgcc -Wl,--gc-sections
# 0.7 MB less of relocations; mold 1.10 writes them without the version that the loader asks for, so GNU ld links releases
ifeq ($(BUILD),release)
LDFLAGS  := $(filter-out -fuse-ld=mold,$(LDFLAGS)) -Wl,-z,pack-relative-relocs
endif
ifneq ($(filter asan tsan,$(BUILD)),)
LDFLAGS  := $(filter-out -static-libstdc++ -static-libgcc,$(LDFLAGS))
endif
# everything with an archive is linked statically; libc and libm stay dynamic
LDLIBS   := -Wl,-Bstatic -lyaml-cpp -lsqlite3 -llmdb -luv_a -lre2 -lsnappy -lzstd -lz -lssl -lcrypto -lnghttp2 -Wl,-Bdynamic -lm -ldl

SRCS := $(sort $(shell find src -name '*.cpp'))
OBJS := $(SRCS:%.cpp=$(OUT)/%.o)
PCH  := $(OUT)/src/base/std.h.gch
BIN  := $(OUT)/belfry
# M=journal,queue: only the tests of these folders; T="*torn*": only the test cases of this pattern
comma := ,
TEST_DIRS := $(if $(M),$(addprefix tests/,$(subst $(comma), ,$(M))),tests)
TESTS := $(sort $(shell find $(TEST_DIRS) -name '*_test.cpp' 2>/dev/null) $(shell find tests/support -name '*.cpp' 2>/dev/null) $(wildcard tests/main.cpp))
TEST_OBJS := $(TESTS:%.cpp=$(OUT)/%.o)
TEST_BIN := $(OUT)/unit-tests$(if $(M),-$(subst $(comma),-,$(M)))
FUZZERS := $(patsubst tests/fuzz/%_fuzz.cpp,%,$(sort $(wildcard tests/fuzz/*_fuzz.cpp)))
BENCHES := $(patsubst tests/bench/%_bench.cpp,%,$(sort $(wildcard tests/bench/*_bench.cpp)))

## build
.PHONY: all dev release asan tsan
all: dev
dev release asan tsan: deps
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$@ binary

.PHONY: binary
binary: $(BIN)

# ------------------------------------------------------------------ what must be on the machine
PACKAGES := g++ make git ca-certificates libsqlite3-dev liblmdb-dev libuv1-dev nlohmann-json3-dev libcli11-dev doctest-dev \
  libtomlplusplus-dev libnghttp2-dev libssl-dev zlib1g-dev libzstd-dev libsnappy-dev liblz4-dev libre2-dev libfmt-dev libyaml-cpp-dev \
  ccache mold dpkg-dev curl
TEST_PACKAGES := chromium python3 netcat-openbsd python3-monascaclient python3-monasca-statsd
DEV_PACKAGES := clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: deps test-deps
deps: build/deps.stamp $(TP)/httplib.h
test-deps: deps build/test-deps.stamp

# $(1) packages, $(2) stamp
define install_packages
@mkdir -p build
@missing=$$(for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || echo $$p; done); \
if [ -n "$$missing" ]; then echo "installing:" $$missing; \
  $(SUDO) apt-get update -q && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing || exit 1; fi
@command -v node >/dev/null && command -v npm >/dev/null || \
  { $(SUDO) apt-get update -q && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends nodejs npm; }
@touch $(2)
endef

build/deps.stamp:
	$(call install_packages,$(PACKAGES),$@)
build/dev-deps.stamp: build/deps.stamp
	$(call install_packages,$(DEV_PACKAGES),$@)
build/test-deps.stamp: build/deps.stamp
	$(call install_packages,$(TEST_PACKAGES),$@)

# Real clients and peers, unpacked and not installed, so that no service starts on the machine
PEERS := build/peers/usr/bin/prometheus-alertmanager
$(PEERS): | build/deps.stamp
	@mkdir -p build/peers/packages && cd build/peers/packages && apt-get -q download prometheus prometheus-alertmanager prometheus-node-exporter victoria-metrics python3-prometheus-client >/dev/null && \
	  for p in *.deb; do dpkg -x $$p ..; done
	@touch $@

# Debian's package of cpp-httplib holds declarations and a shared library; its source package holds the whole header.
$(TP)/httplib.h: | build/deps.stamp
	@mkdir -p $(TP)/apt/parts $(TP)/apt/lists/partial
	@for f in /etc/apt/sources.list.d/*.sources; do [ -e "$$f" ] && sed 's/^Types:.*/Types: deb-src/' "$$f" > $(TP)/apt/parts/$$(basename $$f); done; \
	[ ! -s /etc/apt/sources.list ] || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > $(TP)/apt/parts/main.list; \
	cd $(TP)/apt && o="-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$$PWD/parts -o Dir::State::lists=$$PWD/lists -o APT::Sandbox::User=$$(id -un)"; \
	apt-get -q $$o update >apt.log 2>&1 && apt-get -q $$o source cpp-httplib >>apt.log 2>&1 || { cat apt.log; exit 1; }
	@cp $(TP)/apt/cpp-httplib-*/httplib.h $@ && rm -rf $(TP)/apt

# ------------------------------------------------------------------ objects
$(PCH): src/base/std.h
	@mkdir -p $(@D)
	@g++ $(CXXFLAGS) -w -x c++-header $< -o $@
	@(cat $<; echo '$(filter-out -I% ,$(CXXFLAGS))'; g++ --version) | sha256sum > $@.sum
$(OUT)/%.o: %.cpp $(PCH) | $(TP)/httplib.h
	@mkdir -p $(@D)
	@echo "  c++ $<"
	@$(CXX) $(CXXFLAGS) -fpch-preprocess -include base/std.h -c $< -o $@
# CLI11, the table of keys and the doctest main run once and compile slowly; fmt's and the front door's library headers are not ours to warn about
$(OUT)/src/config/flags.o $(OUT)/src/config/keys.o $(OUT)/tests/main.o: private CXXFLAGS += -O0
$(OUT)/src/base/format_library.o: private CXXFLAGS += -w

$(OUT)/libbelfry.a: $(OBJS)
	@rm -f $@ && ar rcs $@ $^

# ------------------------------------------------------------------ web
WEB_SRCS := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)
WEB_STAMP := web/dist/manifest.txt
.PHONY: web
web: $(WEB_STAMP)
web/node_modules/.package-lock.json: web/package-lock.json | build/deps.stamp
	@cd web && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json
$(WEB_STAMP): $(WEB_SRCS) web/node_modules/.package-lock.json
	@cd web && node build.mjs && touch dist/manifest.txt
# a table (path, content type, etag, cache, encoding, begin, end) and the files themselves by .incbin
$(OUT)/web.S: $(WEB_STAMP)
	@mkdir -p $(@D)
	@awk -F'\t' 'BEGIN { print ".section .data.rel.ro,\"aw\""; print ".global belfry_web_table"; print ".balign 8"; print "belfry_web_table:" } \
	  { n++; for (i = 1; i <= 6; i++) { v[n,i] = $$i; gsub(/"/, "\\\"", v[n,i]) } } \
	  END { for (k = 1; k <= n; k++) printf ".quad s%d_1, s%d_3, s%d_4, s%d_5, s%d_6, b%d, e%d\n", k, k, k, k, k, k, k; print ".quad 0,0,0,0,0,0,0"; print ".section .rodata"; \
	    for (k = 1; k <= n; k++) { for (i = 1; i <= 6; i++) if (i != 2) printf "s%d_%d: .asciz \"%s\"\n", k, i, v[k,i]; printf "b%d: .incbin \"web/dist/%s\"\ne%d: .byte 0\n", k, v[k,2], k } \
	    print ".section .note.GNU-stack,\"\",@progbits" }' $< > $@
$(OUT)/web.o: $(OUT)/web.S
	@g++ -c $< -o $@

$(BIN): $(OUT)/main.o $(OUT)/libbelfry.a $(OUT)/web.o
	@echo "  link $@"
	@g++ $(LDFLAGS) -o $@ $(OUT)/main.o $(OUT)/web.o $(OUT)/libbelfry.a $(LDLIBS)
	@[ $(BUILD) != release ] || strip -s -o $@.stripped $@ && [ $(BUILD) != release ] || mv $@.stripped $@

# ------------------------------------------------------------------ tests
## unit: C++ unit tests; T="*pattern*" picks cases, M=journal,queue picks folders
.PHONY: unit unit-binary
unit: deps
	@$(MAKE) --no-print-directory -j$(JOBS) unit-binary
	@$(TEST_BIN) $(if $(T),--test-case="$(T)")
unit-binary: $(TEST_BIN)
FUZZ_OBJS := $(if $(M),,$(FUZZERS:%=$(OUT)/tests/fuzz/%_fuzz.o) $(OUT)/fuzz_targets.o)
$(TEST_BIN): $(TEST_OBJS) $(FUZZ_OBJS) $(OUT)/libbelfry.a
	@echo "  link $@"
	@g++ $(LDFLAGS) -o $@ $(TEST_OBJS) $(FUZZ_OBJS) $(OUT)/libbelfry.a $(LDLIBS)
# every fuzzer's entry under its own name and a table of them, so that the unit tests run all over their corpus
$(OUT)/tests/fuzz/%_fuzz.o: private CXXFLAGS += -DLLVMFuzzerTestOneInput=fuzz_$(patsubst %_fuzz,%,$(notdir $*))
$(OUT)/fuzz_targets.cpp: $(FUZZERS:%=tests/fuzz/%_fuzz.cpp)
	@mkdir -p $(@D)
	@{ echo '#include "fuzz/targets.h"'; for f in $(FUZZERS); do echo "extern \"C\" int fuzz_$$f(const uint8_t*, size_t);"; done; \
	  echo 'namespace belfry::tests { const FuzzTarget FUZZ_TARGETS[] = {'; for f in $(FUZZERS); do echo "{\"$$f\", fuzz_$$f},"; done; echo '{nullptr, nullptr}}; }'; } > $@
$(OUT)/fuzz_targets.o: $(OUT)/fuzz_targets.cpp $(PCH)
	@$(CXX) $(CXXFLAGS) -fpch-preprocess -include base/std.h -c $< -o $@

## run: install what is missing, build, start on http://127.0.0.1:2353 with data in ./belfry-data; ARGS="--listen 127.0.0.1:2354" for more flags
.PHONY: run
run: release
	@exec build/release/belfry serve --data ./belfry-data $(ARGS)

## test: install what is missing and pass all tests: units, web, end to end with kill -9, real clients, real browser
.PHONY: test e2e web-test browser-test client-test
test: deps test-deps
	@$(MAKE) --no-print-directory release unit-all
	@$(MAKE) --no-print-directory web-test e2e client-test browser-test
	@python3 tests/e2e/totals.py build/test
unit-all: tidy
	@mkdir -p build/test && rm -f build/test/*
	@set -o pipefail; $(MAKE) --no-print-directory unit 2>&1 | tee build/test/1-unit.txt
web-test: web
	@mkdir -p build/test; set -o pipefail; (cd web && npm test --silent) 2>&1 | tee build/test/2-web.txt
CRASH_ROUNDS ?= 10
e2e: release test-deps
	@mkdir -p build/test; set -o pipefail; BELFRY=build/release/belfry python3 tests/e2e/run.py --crash-rounds $(CRASH_ROUNDS) 2>&1 | tee build/test/3-e2e.txt
CLIENT_SECONDS ?= 20
tests/clients/otel-metrics/node_modules/.package-lock.json: tests/clients/otel-metrics/package-lock.json | build/deps.stamp
	@cd tests/clients/otel-metrics && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json
client-test: release test-deps $(PEERS) tests/clients/otel-metrics/node_modules/.package-lock.json
	@mkdir -p build/test; set -o pipefail; PATH="$$PWD/build/peers/usr/bin:$$PATH" python3 tests/e2e/prometheus_client.py --seconds $(CLIENT_SECONDS) 2>&1 | tee build/test/4-clients.txt
	@set -o pipefail; PATH="$$PWD/build/peers/usr/bin:$$PATH" PYTHONPATH="$$PWD/build/peers/usr/lib/python3/dist-packages" python3 tests/e2e/scrape_client.py --seconds 10 2>&1 | tee build/test/4-scrape.txt
	@set -o pipefail; PATH="$$PWD/build/peers/usr/bin:$$PATH" python3 tests/e2e/ways_out_client.py 2>&1 | tee build/test/4-clients-out.txt
	@set -o pipefail; BELFRY=build/release/belfry python3 tests/e2e/monasca_client.py 2>&1 | tee build/test/4-clients-monasca.txt
	@set -o pipefail; PATH="$$PWD/build/peers/usr/bin:$$PATH" BELFRY=build/release/belfry python3 tests/e2e/rules_client.py 2>&1 | tee build/test/4-clients-rules.txt
	@set -o pipefail; PATH="$$PWD/build/peers/usr/bin:$$PATH" BELFRY=build/release/belfry python3 tests/e2e/alertmanager_client.py 2>&1 | tee build/test/4-clients-alertmanager.txt
	@set -o pipefail; BELFRY=build/release/belfry python3 tests/e2e/identity_client.py 2>&1 | tee build/test/4-identity.txt
	@set -o pipefail; BELFRY=build/release/belfry /usr/bin/python3 tests/e2e/statsd_client.py 2>&1 | tee build/test/4-statsd.txt
	@set -o pipefail; BELFRY=build/release/belfry python3 tests/e2e/otel_client.py 2>&1 | tee build/test/4-otel.txt
browser-test: release web test-deps
	@mkdir -p build/test build/pictures; set -o pipefail; BELFRY=build/release/belfry node tests/browser/run.mjs 2>&1 | tee build/test/5-browser.txt

## bench-peers: Belfry beside Prometheus and VictoriaMetrics on the same loads (ARGS="--loads steady --scale 0.2")
.PHONY: bench-peers
bench-peers: release $(PEERS)
	@PATH="$$PWD/build/peers/usr/bin:$$PATH" python3 tests/bench/peers/compare.py $(ARGS)
## bench-alarms: a storm of 100,000 alarms to a webhook, the same with kill -9, sample to webhook (ARGS="--alarms 20000")
.PHONY: bench-alarms
bench-alarms: release $(PEERS)
	@[ -e /usr/share/prometheus/alertmanager ] || { $(SUDO) mkdir -p /usr/share/prometheus && $(SUDO) cp -rT build/peers/usr/share/prometheus/alertmanager /usr/share/prometheus/alertmanager; }  # Alertmanager wants its templates there
	@mkdir -p build/bench && g++ -O2 -std=c++20 tests/bench/alarms/sink.cpp -o build/bench/alarm-sink
	@PATH="$$PWD/build/peers/usr/bin:$$PATH" BELFRY=build/release/belfry python3 tests/bench/alarms/storm.py $(ARGS)
## bench: every speed and size that ARCHITECTURE.md quotes; B=name for one of them
.PHONY: bench
bench: deps
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=release $(patsubst %,build/release/bench-%,$(if $(B),$(filter-out idle,$(B)),$(BENCHES))) build/release/libbelfry.a
	@for b in $(if $(B),$(filter-out idle,$(B)),$(BENCHES)); do build/release/bench-$$b || exit 1; done
	@$(if $(filter idle,$(or $(B),idle)),$(MAKE) --no-print-directory release && BELFRY=build/release/belfry python3 tests/bench/peers/idle.py 30)
$(OUT)/bench-promql: $(OUT)/tests/support/memory_source.o
$(OUT)/bench-%: $(OUT)/tests/bench/%_bench.o $(OUT)/libbelfry.a
	@g++ $(LDFLAGS) -o $@ $^ $(LDLIBS)

## fuzz: F=name S=seconds: one libFuzzer target (all without F)
S ?= 60
.PHONY: fuzz
fuzz: deps build/dev-deps.stamp
	@$(MAKE) --no-print-directory -j$(JOBS) $(if $(F),$(F:%=build/fuzz/fuzz-%),$(FUZZERS:%=build/fuzz/fuzz-%))
	@for f in $(if $(F),$(F),$(FUZZERS)); do mkdir -p build/fuzz/corpus/$$f build/fuzz/crashes; \
	  build/fuzz/fuzz-$$f -max_total_time=$(S) -rss_limit_mb=2048 -timeout=10 -print_final_stats=0 -verbosity=0 -artifact_prefix=build/fuzz/crashes/$$f- \
	    build/fuzz/corpus/$$f $$(ls -d tests/fuzz/corpus/$$f 2>/dev/null) || exit 1; echo "fuzz $$f: $(S) s, no finding"; done
FUZZ_FLAGS := -std=c++20 -pthread -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -Isrc -isystem $(TP) -MMD -MP -include src/base/std.h -w
build/fuzz/%.o: %.cpp
	@mkdir -p $(@D)
	@$(shell command -v ccache) $(CLANG) $(FUZZ_FLAGS) -c $< -o $@
build/fuzz/libbelfry.a: $(SRCS:%.cpp=build/fuzz/%.o)
	@rm -f $@ && ar rcs $@ $^
build/fuzz/fuzz-%: build/fuzz/tests/fuzz/%_fuzz.o build/fuzz/libbelfry.a
	@$(CLANG) -fsanitize=fuzzer,address,undefined -pthread -o $@ $^ $(LDLIBS)

## tidy: include directions, rooms of third-party headers, banned names and calls, long files
## check: all before a commit: format of changed files, tidy, units, units under asan, end to end with 100 rounds of kill -9
.PHONY: tidy format-check check
tidy:
	@python3 tests/tidy/check.py --self-test && python3 tests/tidy/check.py
# files that differ from main: older ones are formatted when they are touched
CHANGED = $(shell git diff --name-only --diff-filter=d $$(git merge-base HEAD main 2>/dev/null || echo HEAD) -- 'main.cpp' 'src/*.h' 'src/*.cpp' 'tests/*.h' 'tests/*.cpp')
format-check:
	@[ -z "$(CHANGED)" ] || clang-format-14 --dry-run --Werror $(CHANGED)
check: deps tidy format-check
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory asan-unit
	@$(MAKE) --no-print-directory web-test e2e CRASH_ROUNDS=100

## asan-unit, tsan-unit: the unit tests under a sanitizer; T and M as for unit
.PHONY: asan-unit tsan-unit
asan-unit tsan-unit: deps
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(@:-unit=) unit-binary
	@build/$(@:-unit=)/unit-tests$(if $(M),-$(subst $(comma),-,$(M))) $(if $(T),--test-case="$(T)")

## golden: rewrite the files that tests compare with (T picks cases); review the difference
.PHONY: golden
golden: deps
	@BELFRY_GOLDEN=1 $(MAKE) --no-print-directory unit

## format, lint
.PHONY: format lint help
format: build/dev-deps.stamp
	@clang-format-14 -i $$(git ls-files 'main.cpp' 'src/*.h' 'src/*.cpp' 'tests/*.h' 'tests/*.cpp')
lint: build/dev-deps.stamp
	@clang-tidy-14 --quiet $$(git ls-files main.cpp 'src/*.cpp') -- -std=c++20 -Isrc -isystem $(TP) -include src/base/std.h
help:
	@grep -h '^## ' $(MAKEFILE_LIST) | sed 's/^## /  /'

-include $(shell find $(OUT) build/fuzz -name '*.d' 2>/dev/null)
