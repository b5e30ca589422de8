# Build and test tidemark.  scripts/setup first; `make help` lists the targets.
#
# One build directory for each CONFIG and compiler, so that objects built with
# a sanitizer never mix with others:
#
#	make check                  unit tests, release flags
#	make CONFIG=asan check      the same under ASan and UBSan
#	make CC=clang check         the same built by clang
#	make BUILD=build/mine check  apart from another make in this tree

BUILD   ?= build
CONFIG  ?= release
JOBS    ?= $(shell nproc)
VERSION := $(shell cat VERSION)

# Lowest layer first.  The link lines below follow from this order: nothing
# can use a directory named after its own.
LAYERS := common formats storage kafka snapshot restore cli

# ---------------------------------------------------------------- tools

# The newest program of that name which Debian 12 or 13 has.  Formatters
# differ between versions, so the oldest is asked for first.
find_tool = $(firstword $(foreach suffix,-14 -19,$(if $(shell \
            command -v $(1)$(suffix)),$(1)$(suffix))) $(1))

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(CC)$(shell command -v clang),clang)
override CC := $(call find_tool,clang)
endif
COMPILER := $(if $(findstring clang,$(CC)),clang,gcc)

PYTHON ?= build/venv/bin/python
OUT    := $(BUILD)/$(CONFIG)$(if $(filter clang,$(COMPILER)),$(if \
          $(filter fuzz,$(CONFIG)),,-clang))

# ---------------------------------------------------------------- flags

# Empty (make WERROR=) for a compiler this project has not been tried with.
WERROR := -Werror

WARNINGS_gcc := -Wall -Wextra -Wpedantic \
    -Wshadow -Wconversion -Wsign-conversion -Warith-conversion \
    -Wcast-qual -Wcast-align=strict -Wpointer-arith -Wwrite-strings \
    -Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes \
    -Wredundant-decls -Wvla -Walloca -Wundef -Wunused-macros -Wdate-time \
    -Wformat=2 -Wformat-signedness \
    -Wswitch-enum -Wimplicit-fallthrough=3 -Wjump-misses-init \
    -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
    -Wdouble-promotion -Wfloat-equal
# gcc follows the flow of values for these; a sanitizer's own code misleads it.
WARNINGS_gcc_flow := -Wnull-dereference -Wformat-overflow=2 \
    -Wformat-truncation=1 -Wstack-usage=16384
WARNINGS_clang := -Weverything -Wno-unknown-warning-option \
    -Wno-padded -Wno-declaration-after-statement \
    -Wno-disabled-macro-expansion -Wno-covered-switch-default \
    -Wno-switch-enum -Wno-switch-default -Wno-unsafe-buffer-usage \
    -Wno-pre-c11-compat -Wno-implicit-void-ptr-cast -Wno-c++-keyword \
    -Wno-gnu-zero-variadic-macro-arguments
# A wrapped function has to be called __wrap_NAME.
WARNINGS_TESTS_clang := -Wno-reserved-identifier

# Under clang glibc fortifies by macros, of names that banned.h poisons.
CONFIG_release  := -O2 -g -fstack-protector-strong \
                   $(if $(filter gcc,$(COMPILER)),-D_FORTIFY_SOURCE=2)
CONFIG_debug    := -O0 -g3
CONFIG_asan     := -O1 -g -fno-omit-frame-pointer \
                   -fsanitize=address,undefined -fno-sanitize-recover=all
CONFIG_coverage := -O0 -g --coverage
CONFIG_fuzz     := -O1 -g -fno-omit-frame-pointer \
                   -fsanitize=fuzzer-no-link,address,undefined \
                   -fno-sanitize-recover=all
ifeq ($(CONFIG_$(CONFIG)),)
$(error CONFIG is one of release, debug, asan, coverage, fuzz)
endif

WARNINGS := $(WARNINGS_$(COMPILER)) $(WERROR)
ifeq ($(COMPILER),gcc)
ifeq ($(CONFIG),release)
WARNINGS += $(WARNINGS_gcc_flow)
endif
ifeq ($(CONFIG),asan)
CONFIG_asan += -fsanitize=float-cast-overflow,bounds-strict \
               -Wno-maybe-uninitialized -Wno-stringop-overflow
endif
endif

TM_CPPFLAGS := -I. -D_POSIX_C_SOURCE=200809L \
    $(if $(wildcard common/banned.h),-include common/banned.h)
TM_CFLAGS   := -std=c17 -fno-common -fPIE -ffile-prefix-map=$(CURDIR)=. \
    $(CONFIG_$(CONFIG))
TM_LDFLAGS  := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
COMPILE      = $(CC) $(TM_CPPFLAGS) $(TM_CFLAGS) $(WARNINGS) \
               $(CPPFLAGS) $(CFLAGS)
LINK         = $(CC) $(TM_CFLAGS) $(CFLAGS) $(TM_LDFLAGS) $(LDFLAGS)

# librdkafka: the private build of scripts/setup, else the system's.
RDKAFKA := build/deps/librdkafka
ifneq ($(wildcard $(RDKAFKA)/lib/librdkafka.a),)
RDKAFKA_CPPFLAGS := -isystem $(RDKAFKA)/include
RDKAFKA_LIBS     := $(RDKAFKA)/lib/librdkafka.a -lcurl -lzstd -llz4 -lsasl2 \
                    -lssl -lcrypto -lz -lm -ldl -lpthread -lrt
else
RDKAFKA_CPPFLAGS := $(shell pkg-config --silence-errors --cflags rdkafka)
RDKAFKA_LIBS     := $(or $(shell pkg-config --silence-errors --libs \
                    rdkafka),-lrdkafka)
endif

# What each layer needs from outside, besides what the layers below it need.
LIBS_common   := -lcrypto -lpthread -lm
LIBS_formats  := -larchive -lzstd -ljansson -lz -llz4
LIBS_storage  := -lcurl -lexpat
LIBS_kafka    := $(RDKAFKA_LIBS)
LIBS_snapshot := -lmicrohttpd
LIBS_restore  :=
LIBS_cli      :=

# Only kafka/, its tests and the tools may see librdkafka; only one file the
# version.
kafka_flags = $(if $(filter kafka/% tests/unit/kafka/% tests/tools/%,$(1)), \
    $(RDKAFKA_CPPFLAGS))
test_flags  = $(if $(filter tests/%,$(1)),$(WARNINGS_TESTS_$(COMPILER)))
FLAGS_cli/version.c := -DTIDEMARK_VERSION='"$(VERSION)"'

# The files that may use more than POSIX, as the layer check lists them.  The
# macro has to come before banned.h, so a #define inside them would be too late
# (the same one is allowed there, for the reader).
GNU_FILES := $(shell sed -n 's/^gnu  *\([^ ]*\).*/\1/p' scripts/layers.allow)
$(foreach file,$(GNU_FILES),$(eval FLAGS_$(file) += \
    -D_GNU_SOURCE= -Wno-unused-macros))

# LDFLAGS_<test without .c> := -Wl,--wrap=fsync,...
-include tests/unit/flags.mk

# -------------------------------------------------------------- sources

# $(call up_to,LAYER,LAYERS): LAYER and those below it, highest first, which is
# the order the linker wants.
up_to = $(if $(filter $(1),$(firstword $(2))),,$(call \
       up_to,$(1),$(wordlist 2,$(words $(2)),$(2)))) $(firstword $(2))
ALL_LAYERS := $(call up_to,cli,$(LAYERS))
up_to_libs = $(foreach layer,$(call up_to,$(1),$(LAYERS)),$(LIBS_$(layer)))

LAYER_SOURCES := $(wildcard $(LAYERS:%=%/*.c))
TEST_SOURCES  := $(wildcard $(LAYERS:%=tests/unit/%/*.c))
FUZZ_SOURCES  := $(wildcard tests/fuzz/fuzz_*.c)
TOOL_SOURCES  := $(wildcard tests/tools/*.c)
SOURCES       := $(LAYER_SOURCES) $(TEST_SOURCES) $(FUZZ_SOURCES) $(TOOL_SOURCES)
HEADERS       := $(wildcard $(LAYERS:%=%/*.h) $(LAYERS:%=tests/unit/%/*.h) \
                 tests/fuzz/*.h)

LIBRARIES := $(LAYERS:%=$(OUT)/lib%.a)
TESTS     := $(patsubst %.c,$(OUT)/%,$(filter $(foreach layer,$(LAYERS), \
             tests/unit/$(layer)/test_%),$(TEST_SOURCES)))
TOOLS     := $(patsubst tests/tools/%.c,$(OUT)/tools/%,$(TOOL_SOURCES))
FUZZERS   := $(patsubst tests/fuzz/%.c,$(OUT)/%,$(FUZZ_SOURCES))
PROGRAM   := $(if $(wildcard cli/main.c),$(OUT)/tidemark)

# The program people run is the one built for release by gcc.
ifeq ($(OUT),$(BUILD)/release)
ALL := $(LIBRARIES) $(if $(PROGRAM),$(BUILD)/tidemark)
else
ALL := $(LIBRARIES) $(PROGRAM)
endif

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all tests tools check check-valgrind e2e test-long soak bench \
    coverage lint format fuzz fuzz-build run-fuzzers install dist deb \
    deb-test test-debian13 clean distclean help FORCE

all: $(ALL)

help:
	@sed -n 's/^##@ //p' Makefile

# ------------------------------------------------------------- building

# A file that changes only when its content does: everything built with the
# flags, or archived from the list, is then built again.
# $(call write_if_changed,TEXT)
write_if_changed = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' \
    | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(1))' >$@

$(OUT)/flags: FORCE
	$(call write_if_changed,$(COMPILE) | $(LINK) | $(RDKAFKA_LIBS))

$(OUT)/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(COMPILE) $(call kafka_flags,$<) $(call test_flags,$<) $(FLAGS_$<) \
	    -MMD -MP -c $< -o $@

$(OUT)/cli/version.o: VERSION
$(GNU_FILES:%.c=$(OUT)/%.o): scripts/layers.allow

# $(call archive,OBJECTS): a static library of exactly these, maybe of none.
archive = @mkdir -p $(@D) && rm -f $@ && $(AR) rcsD $@ $(1)

# One library for each directory.  A unit test links its own layer and those
# below, so a call that points upwards does not link.  What a test directory
# holds besides test_*.c is shared by the tests of that layer and above.
define layer_rules
$(OUT)/lib$(1).list: FORCE
	$$(call write_if_changed,$(wildcard $(1)/*.c))
$(OUT)/lib$(1).a: $(patsubst %.c,$(OUT)/%.o,$(wildcard $(1)/*.c)) \
    $(OUT)/lib$(1).list
	$$(call archive,$$(filter %.o,$$^))

$(OUT)/libtest_$(1).list: FORCE
	$$(call write_if_changed,$(filter-out tests/unit/$(1)/test_%,$(wildcard \
	    tests/unit/$(1)/*.c)))
$(OUT)/libtest_$(1).a: $(patsubst %.c,$(OUT)/%.o,$(filter-out \
    tests/unit/$(1)/test_%,$(wildcard tests/unit/$(1)/*.c))) \
    $(OUT)/libtest_$(1).list
	$$(call archive,$$(filter %.o,$$^))

$(OUT)/tests/unit/$(1)/%: $(OUT)/tests/unit/$(1)/%.o \
    $(patsubst %,$(OUT)/libtest_%.a,$(call up_to,$(1),$(LAYERS))) \
    $(patsubst %,$(OUT)/lib%.a,$(call up_to,$(1),$(LAYERS))) \
    $(wildcard tests/unit/flags.mk)
	@echo "  LINK  $$@"
	@$$(LINK) $$(LDFLAGS_tests/unit/$(1)/$$*) $$(filter %.o %.a,$$^) -lcmocka \
	    $(call up_to_libs,$(1)) -o $$@
endef
$(foreach layer,$(LAYERS),$(eval $(call layer_rules,$(layer))))

$(OUT)/tidemark: $(ALL_LAYERS:%=$(OUT)/lib%.a)
	@echo "  LINK  $@"
	@$(LINK) $^ $(call up_to_libs,cli) -o $@

$(BUILD)/tidemark: $(OUT)/tidemark
	@ln -sf release/tidemark $@

# -------------------------------------------------------------- testing

##@ make                 build/tidemark (CONFIG=release|debug|asan|coverage, CC=gcc|clang)
##@ make check           unit tests; CONFIG as above, ONLY='common/%' to choose
##@ make check-valgrind  unit tests under valgrind
##@ make e2e             tests against real servers, E2E_ARGS= for pytest
##@ make test-long       those of them that take long
##@ make soak            the agent in a cluster in trouble, SOAK_MINUTES (30)
##@ make bench           measure against the peers
##@ make coverage        unit tests and a report of what they reached
##@ make fuzz            each fuzz target for FUZZ_SECONDS (10)
##@ make lint            layers, format, clang-tidy, cppcheck, shell, spelling
##@ make format          write the format that lint asks for, FILES= to choose
##@ make test-debian13   build and unit tests in a Debian 13 chroot
##@ make install         DESTDIR= PREFIX=/usr/local
##@ make deb             Debian package (deb-test: try it in a fresh chroot, as root)
##@ make dist            source archive, the same bytes for the same commit
##@ make clean           remove what was built (distclean: build/deps too)

ONLY ?=
SELECTED := $(if $(ONLY),$(filter $(ONLY:%=$(OUT)/tests/unit/%),$(TESTS)),$(TESTS))

tests: $(TESTS)

check: $(SELECTED)
	@JOBS=$(JOBS) scripts/run-unit-tests $(SELECTED)

check-valgrind: $(SELECTED)
	@JOBS=$(JOBS) UNDER=valgrind scripts/run-unit-tests $(SELECTED)

# pytest leaves nothing in the tree outside build/.
PYTEST = PYTHONDONTWRITEBYTECODE=1 TIDEMARK=$(abspath $(BUILD))/tidemark \
    $(PYTHON) -m pytest -o cache_dir=$(abspath $(BUILD))/pytest tests/e2e

# Small programs that end-to-end tests hold against others; they may use every
# layer and what its unit tests share.
tools: $(TOOLS)

$(OUT)/tools/%: $(OUT)/tests/tools/%.o $(OUT)/libtest_storage.a \
    $(ALL_LAYERS:%=$(OUT)/lib%.a)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(LINK) $^ -lcmocka $(call up_to_libs,cli) -o $@

e2e: all tools
	$(PYTEST) -m "not long" $(E2E_ARGS)

test-long: all tools
	$(PYTEST) -m long $(E2E_ARGS)

SOAK_MINUTES ?= 30

soak: all
	cd tests/e2e && PYTHONDONTWRITEBYTECODE=1 $(abspath $(PYTHON)) \
	    -m soak.run --program $(abspath $(BUILD))/tidemark \
	    --directory $(abspath $(BUILD))/soak --minutes $(SOAK_MINUTES) \
	    $(SOAK_ARGS)

# What the program is measured against; it may use librdkafka directly.
BENCHES := $(patsubst %.c,$(OUT)/bench/%,$(notdir $(wildcard \
    tests/bench/*.c)))

bench: all $(BENCHES)
	@TIDEMARK=$(abspath $(BUILD))/tidemark tests/bench/run $(BENCH_ARGS)

$(OUT)/bench/%: tests/bench/%.c $(OUT)/libtest_formats.a \
    $(ALL_LAYERS:%=$(OUT)/lib%.a)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(LINK) $(TM_CPPFLAGS) $(RDKAFKA_CPPFLAGS) -Wall -Wextra -Werror $^ \
	    $(call up_to_libs,cli) -o $@

coverage:
	@rm -rf $(BUILD)/coverage/report
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	@command -v gcovr >/dev/null || { echo "coverage needs gcovr"; exit 1; }
	@$(MAKE) --no-print-directory CONFIG=coverage check
	@mkdir -p $(BUILD)/coverage/report
	gcovr --root . --exclude tests/ --object-directory $(BUILD)/coverage \
	    --print-summary --html-details $(BUILD)/coverage/report/index.html

# ---------------------------------------------------------------- fuzzing

# A fuzzer may call any layer.  New inputs go to build/fuzz/corpus; the ones
# worth keeping are copied to tests/fuzz/corpus/NAME by hand.
FUZZ_SECONDS ?= 10

fuzz:
	@$(MAKE) --no-print-directory $(SUBJOBS) CONFIG=fuzz CC=clang run-fuzzers

fuzz-build: $(FUZZERS)

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/tests/fuzz/fuzz_%.o \
    $(ALL_LAYERS:%=$(BUILD)/fuzz/lib%.a)
	@echo "  LINK  $@"
	@$(LINK) -fsanitize=fuzzer $^ $(call up_to_libs,cli) -o $@

run-fuzzers: $(FUZZERS:$(BUILD)/fuzz/%=run-%)

run-fuzz_%: $(BUILD)/fuzz/fuzz_%
	@BUILD=$(BUILD) scripts/run-fuzzer $* $(FUZZ_SECONDS)

# ------------------------------------------------------------------ lint

# Under a jobserver the submake takes part in it; else it gets its own.
SUBJOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))

CLANG_TIDY   := $(call find_tool,clang-tidy)
CLANG_FORMAT := $(call find_tool,clang-format)
CPPCHECK_FLAGS := --std=c11 --enable=warning,style,performance,portability \
    --inconclusive --inline-suppr --error-exitcode=1 --quiet \
    --suppress=missingIncludeSystem --suppress=missingInclude \
    --suppress=unmatchedSuppression --suppress=variableScope -I.

# FILES= narrows lint-format and format.
FILES   ?= $(SOURCES) $(HEADERS)
TIDY    := $(SOURCES:%=$(BUILD)/lint/%.tidy)
ALONE   := $(HEADERS:%=$(BUILD)/lint/%.alone)
FORMAT  := $(FILES:%=$(BUILD)/lint/%.format)

LINT_CHECKS := lint-layers lint-shell lint-spelling lint-format \
    lint-headers lint-cppcheck lint-tidy
.PHONY: $(LINT_CHECKS)

lint:
	@$(MAKE) --no-print-directory $(SUBJOBS) $(LINT_CHECKS)
	@echo "lint: clean"

lint-layers:
	@scripts/check-layers

lint-shell:
	@scripts/check-shell

lint-spelling:
	@codespell

# These three leave a stamp for each file, and look again only at what changed.
lint-format: $(FORMAT)
lint-headers: $(ALONE)
lint-tidy: $(TIDY)

$(BUILD)/lint/%.format: % .clang-format
	@mkdir -p $(@D)
	@$(CLANG_FORMAT) --dry-run -Werror $<
	@touch $@

# The typedef keeps the translation unit from being empty.
$(BUILD)/lint/%.alone: % $(HEADERS)
	@mkdir -p $(@D)
	@for cc in gcc $(call find_tool,clang); do \
	    printf '#include "%s"\ntypedef int unused_type;\n' $< | \
	    $$cc -std=c17 $(TM_CPPFLAGS) $(RDKAFKA_CPPFLAGS) -Wall -Wextra \
	        -Wpedantic -Werror -fsyntax-only -x c - || \
	    { echo "$<: does not compile alone ($$cc)"; exit 1; }; \
	done
	@touch $@

# One file a run: with several, clang-tidy 14 takes every va_start for an
# error.  Its count of suppressed warnings is noise.
$(BUILD)/lint/%.c.tidy: %.c .clang-tidy
	@mkdir -p $(@D)
	@echo "  TIDY  $<"
	@$(CLANG_TIDY) --quiet $< -- -std=c17 $(TM_CPPFLAGS) \
	    $(call kafka_flags,$<) $(FLAGS_$<) >$@.log 2>&1 || \
	    { grep -v 'warnings generated\|^Suppressed\|^Use -header' $@.log; \
	    exit 1; }
	@$(call find_tool,clang) -std=c17 $(TM_CPPFLAGS) $(call kafka_flags,$<) \
	    $(FLAGS_$<) -MM -MP -MT $@ -MF $@.d $<
	@rm -f $@.log
	@touch $@

lint-cppcheck:
	@mkdir -p $(BUILD)/lint/cppcheck
	@set -- $(wildcard $(LAYERS:%=%/*.c)); [ $$# -eq 0 ] || \
	    cppcheck $(CPPCHECK_FLAGS) -j$(JOBS) \
	        --cppcheck-build-dir=$(BUILD)/lint/cppcheck "$$@"

format:
	@set -- $(FILES); [ $$# -eq 0 ] || $(CLANG_FORMAT) -i "$$@"

# ---------------------------------------------------------- distribution

PREFIX  ?= /usr/local
INSTALL ?= install
BINDIR   = $(DESTDIR)$(PREFIX)/bin
MANDIR   = $(DESTDIR)$(PREFIX)/share/man/man1
BASHDIR  = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSHDIR   = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISHDIR  = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
DOCDIR   = $(DESTDIR)$(PREFIX)/share/doc/tidemark

# These come from the program's own tables of commands and options.
$(BUILD)/tidemark.1: $(BUILD)/tidemark
	@$< help man >$@.new && mv $@.new $@
COMPLETIONS := $(addprefix $(BUILD)/tidemark.,bash zsh fish)
$(COMPLETIONS): $(BUILD)/tidemark.%: $(BUILD)/tidemark
	@$< completion $* >$@.new && mv $@.new $@

install: all $(BUILD)/tidemark.1 $(COMPLETIONS)
	$(INSTALL) -D -m 755 $(BUILD)/tidemark $(BINDIR)/tidemark
	$(INSTALL) -D -m 644 -t $(MANDIR) $(BUILD)/tidemark.1
	$(INSTALL) -D -m 644 $(BUILD)/tidemark.bash $(BASHDIR)/tidemark
	$(INSTALL) -D -m 644 $(BUILD)/tidemark.zsh $(ZSHDIR)/_tidemark
	$(INSTALL) -D -m 644 $(BUILD)/tidemark.fish $(FISHDIR)/tidemark.fish
	@for page in $(wildcard LICENSE *.md docs/*.md formats/FORMAT.md); do \
	    echo "$(INSTALL) $$page"; \
	    $(INSTALL) -D -m 644 -t $(DOCDIR) $$page || exit 1; done

dist:
	@scripts/make-dist $(VERSION)

deb: all
	@scripts/make-deb $(BUILD) $(VERSION)

deb-test: all
	@BUILD=$(abspath $(BUILD)) PYTHON=$(PYTHON) scripts/test-deb

test-debian13:
	scripts/test-debian13

clean:
	@find $(BUILD) -mindepth 1 -maxdepth 1 ! -name deps ! -name venv \
	    -exec rm -rf {} + 2>/dev/null || true

distclean:
	rm -rf build

-include $(SOURCES:%.c=$(OUT)/%.d) $(TIDY:%=%.d)
