# cockpit: build, test, install. `make help` lists what there is.
#
# Variants live side by side under build/: rel (the default), san (SAN=1),
# fuzz (FUZZ=1, clang only). Nothing is ever written outside build/.

VERSION = 0.1.0

PREFIX = /usr/local
DESTDIR =
bindir = $(PREFIX)/bin
mandir = $(PREFIX)/share/man
bashdir = $(PREFIX)/share/bash-completion/completions
zshdir = $(PREFIX)/share/zsh/site-functions

CC = gcc
CLANG = clang
CFLAGS = -O2 -g
LDFLAGS =
JOBS = 2

# --- nothing below needs a change ---

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL = all
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS)
endif

ifeq ($(V),1)
Q =
say = @:
else
Q = @
say = @printf '  %-5s %s\n'
endif

ifeq ($(SAN),1)
VARIANT = san
variant_flags = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifeq ($(FUZZ),1)
VARIANT = fuzz
override CC = $(CLANG)
variant_flags = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
else
VARIANT = rel
variant_flags = -D_FORTIFY_SOURCE=2
endif
B = build/$(VARIANT)
GEN = build/gen

PACKAGES = libgit2 sqlite3 vterm libssh2 jansson libuv libutf8proc libpcre2-8 ncursesw libcrypto
# ncursesw asks for feature macros of its own; ours are the ones that count.
pkg_cflags := $(filter-out -D_XOPEN_SOURCE=% -D_DEFAULT_SOURCE,$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
pkg_libs := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
test_libs := $(shell pkg-config --libs cmocka 2>/dev/null || echo -lcmocka) -lm

warnings = -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wformat=2 -Wwrite-strings -Wpointer-arith \
	-Wcast-qual -Wundef -Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes \
	-Wimplicit-fallthrough -Wnull-dereference
ifneq ($(findstring gcc,$(CC)),)
warnings += -Wlogical-op -Wduplicated-cond -Wformat-signedness
endif
ifeq ($(WERROR),1)
warnings += -Werror
endif

flags = -std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 $(warnings) -fno-common \
	-fstack-protector-strong -Iinclude -I$(GEN) $(pkg_cflags) $(variant_flags) $(CFLAGS)

sources := $(wildcard src/*/*.c)
data := $(shell find src/data themes -type f ! -name '.*' ! -name '*~' 2>/dev/null | \
	grep -e ^src/data/ -e '^themes/[^/]*\.json$$' | LC_ALL=C sort)
unit := $(wildcard tests/unit/test_*.c)
fuzz := $(wildcard tests/fuzz/fuzz_*.c)
tools := $(wildcard tests/tools/*.c)
helpers := $(filter-out $(unit),$(wildcard tests/*.c tests/unit/*.c tests/support/*.c))

lib = $(B)/libcockpit.a
testlib = $(B)/libtest.a
objects = $(sources:%.c=$(B)/%.o) $(B)/gen/data.o
program = $(B)/cockpit
unit_programs = $(unit:tests/unit/%.c=$(B)/tests/%)
fuzz_programs = $(fuzz:tests/fuzz/%.c=build/fuzz/%)
tool_programs = $(tools:tests/tools/%.c=$(B)/tools/%)
bench_programs = $(patsubst %,$(B)/bench/%,tilebench tileworker relay keyecho radarbench \
	storebench)

.PHONY: all
all: $(if $(wildcard src/main.c),$(program)) ## build the program (default); SAN=1 with sanitizers

.PHONY: tests
tests: all $(unit_programs) $(tool_programs) $(bench_programs) ## build the program and its test programs

$(program): $(B)/src/main.o $(lib)
	$(say) LINK $@
	$(Q)$(CC) $(flags) $(LDFLAGS) -o $@ $^ $(pkg_libs)

# Built anew each time: an archive never forgets the object of a deleted file.
$(lib): $(objects) $(B)/sources.list
	$(say) AR $@
	$(Q)rm -f $@ && ar rcs $@ $(objects)

$(testlib): $(helpers:%.c=$(B)/%.o) $(B)/sources.list
	$(say) AR $@
	$(Q)rm -f $@ && ar rcs $@ $(helpers:%.c=$(B)/%.o)

$(unit_programs): $(B)/tests/%: $(B)/tests/unit/%.o $(testlib) $(lib)
	$(say) LINK $@
	$(Q)$(CC) $(flags) $(LDFLAGS) -o $@ $^ $(test_libs) $(pkg_libs)

comma := ,

# What agents ask and do, and what becomes of answers, is these tests' own.
wrapped = -Wl,--wrap=fleet_agent,--wrap=pilot_decide,--wrap=pilot_seen
$(B)/tests/test_ui_inbox $(B)/tests/test_ui_notify: LDFLAGS += $(wrapped)

# And what the panel's views are about.
shown = $(patsubst %,-Wl$(comma)--wrap=pilot_%,work compare clashes check tasks task task_of events tags label)
$(B)/tests/test_ui_views $(B)/tests/test_ui_random: LDFLAGS += $(wrapped) $(shown)

# What becomes of a check that is run.
$(B)/tests/test_ui_checks: LDFLAGS += -Wl,--wrap=check_run

# What a host answers to a delivery, and what comes of that.
$(B)/tests/test_orch_deliver: LDFLAGS += -Wl,--wrap=act_host_verb,--wrap=errand_start,--wrap=works_hurry

# What a merge or a fix is about, and that it is wanted.
late = $(patsubst %,-Wl$(comma)--wrap=pilot_%,merge_look merge push friction fix send)
$(B)/tests/test_ui_late: LDFLAGS += $(late)

$(tool_programs): $(B)/tools/%: $(B)/tests/tools/%.o $(testlib) $(lib)
	$(say) LINK $@
	$(Q)mkdir -p $(@D) && $(CC) $(flags) $(LDFLAGS) -o $@ $^ $(pkg_libs)

# Nothing of cockpit is in these, but for the last two: they look at it from outside.
$(B)/bench/tilebench: $(patsubst %,$(B)/tests/bench/%.o,tilebench family terminal)
$(B)/bench/tileworker: $(B)/tests/bench/tileworker.o
$(B)/bench/relay: $(B)/tests/bench/relay.o
$(B)/bench/keyecho: $(patsubst %,$(B)/tests/bench/%.o,keyecho terminal)
$(B)/bench/radarbench: $(B)/tests/bench/radarbench.o $(lib)
$(B)/bench/storebench: $(B)/tests/bench/storebench.o $(lib)
$(B)/bench/radarbench $(B)/bench/storebench: bench_libs = $(pkg_libs)
$(bench_programs):
	$(say) LINK $@
	$(Q)mkdir -p $(@D) && $(CC) $(flags) $(LDFLAGS) -o $@ $^ $(bench_libs)

$(B)/src/%.o: src/%.c | $(GEN)/version.h
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(flags) -MMD -MP -c -o $@ $<

$(B)/tests/%.o: tests/%.c | $(GEN)/version.h
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(flags) -Isrc -Itests -MMD -MP -c -o $@ $<

$(B)/gen/data.o: $(GEN)/data.c
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(flags) -MMD -MP -c -o $@ $<

$(GEN)/data.c: src/embed.sh $(data) $(GEN)/data.list
	$(say) GEN $@
	$(Q)sh src/embed.sh $@ $(data)

# These change only when what they say changes, so that a new or a deleted
# file, or a new version, rebuilds what depends on it and nothing else.
update = mkdir -p $(@D) && printf '%s\n' $(1) >$@.$$$$ && \
	if cmp -s $@.$$$$ $@; then rm -f $@.$$$$; else mv $@.$$$$ $@; fi

.PHONY: FORCE
FORCE:
$(GEN)/data.list: FORCE
	@$(call update,$(data))
$(B)/sources.list: FORCE
	@$(call update,$(sources) $(helpers))
$(GEN)/version.h: FORCE
	@v=$(VERSION); \
	if test -e .git && g=$$(git describe --always --dirty --match 'v[0-9]*' 2>/dev/null); then \
		case $$g in v*) v=$${g#v} ;; *) v=$$v+$$g ;; esac; \
	fi; \
	$(call update,"#define COCKPIT_VERSION \"$$v\"")

.PHONY: fuzzers
fuzzers: $(fuzz_programs)

$(fuzz_programs): build/fuzz/%: $(B)/tests/fuzz/%.o $(testlib) $(lib)
	$(say) LINK $@
	$(Q)$(CC) $(flags) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(pkg_libs)

# --- tests ---

.PHONY: san
san: ## the program and its tests with ASan and UBSan, in build/san
	@$(MAKE) SAN=1 tests

# What make test runs. tests/run.sh takes programs and scripts that say "ok - NAME" or
# "not ok - NAME", and settings for those that follow; what needs arguments gets a
# little script of its own.
runs = build/runs
fuzz_names = $(fuzz:tests/fuzz/fuzz_%.c=%)
pages = $(wildcard man/*.[1-9])
# These flood, count time, or count processes: alone.
e2e_alone = $(wildcard tests/e2e/[2-9]*.sh)
# The first ones hold the main paths: with sanitizers, which are slow. The rest without.
e2e_san = $(filter-out %-inbox.sh,$(wildcard tests/e2e/0[0-3]*.sh))
e2e = $(filter-out $(e2e_san),$(wildcard tests/e2e/[01]*.sh))
# Long ones run in one build: with sanitizers where they read what comes from outside, without
# where they count time.
unit_san_only = $(patsubst %,tests/unit/test_%.c,ssh_askpass ssh_jump ssh_link ssh_login ssh_rigged \
	ssh_system fleet_hostile fleet_live fleet_seam fleet_summary io_command io_duct io_network orch_once orch_pilot \
	repo_hostile repo_mirror repo_radar term_tmux ui_unsent)
unit_rel_only = $(patsubst %,tests/unit/test_%.c,fleet_faults ui_layout)
unit_rel = $(filter-out $(unit_san_only),$(unit))
unit_san = $(filter-out $(unit_rel_only),$(unit))
# Many wait for a clock more than for a processor: two at a time.
entries = -j2 tests/floors.sh tests/docs.sh $(if $(pages),$(runs)/man) \
	$(unit_rel:tests/unit/%.c=build/rel/tests/%) $(unit_san:tests/unit/%.c=build/san/tests/%) \
	$(fuzz_names:%=$(runs)/fuzz_%) COCKPIT=$(CURDIR)/build/san/cockpit $(e2e_san) \
	COCKPIT=$(CURDIR)/build/rel/cockpit $(e2e) -j1 $(e2e_alone)

define run_script
@mkdir -p $(@D)
@printf '#!/bin/sh\nif %s; then\n\techo "ok - %s"\nelse\n\techo "not ok - %s"\n\texit 1\nfi\n' \
	'$(1)' $(@F) $(@F) >$@
@chmod +x $@
endef

$(runs)/man: Makefile
	$(call run_script,mandoc -Tlint -Wwarning man/*.[1-9])

# A fixed number of inputs from a fixed seed. New ones go to a folder that is
# wiped first; what breaks the target stays in build/fuzz/.
$(runs)/fuzz_%: Makefile
	$(call run_script,rm -rf build/fuzz/new/$* && mkdir -p build/fuzz/new/$* && \
		build/fuzz/fuzz_$* $(fuzz_flags) -seed=1 -runs=$(FUZZ_RUNS) build/fuzz/new/$* $(call corpus,$*))

TEST_SECONDS = 300
FUZZ_RUNS = 10000
FUZZ_SECONDS = 60
fuzz_flags = -verbosity=0 -timeout=20 -artifact_prefix=build/fuzz/
corpus = $(wildcard tests/fuzz/corpus/$(1)/) $(patsubst %,-dict=%,$(wildcard tests/fuzz/$(1).dict))

.PHONY: test
test: ## install what is missing, build with and without sanitizers, run every test
	@.ci/setup test
	@$(MAKE) SAN=0 tests
	@$(MAKE) SAN=1 tests
	@$(MAKE) FUZZ=1 fuzzers
	@$(MAKE) run-tests

.PHONY: run-tests
run-tests: $(filter $(runs)/%,$(entries))
	@bash tests/run.sh -t $(TEST_SECONDS) $(entries)

# Whole turns take long; make test has room for those of two of them.
.PHONY: agents
agents: ## whole turns of all four real agents from npm, and 200 killed prompts
	@.ci/setup test
	@$(MAKE) SAN=0 tests
	@bash tests/run.sh -t 600 -j2 COCKPIT=$(CURDIR)/build/rel/cockpit tests/e2e/05-claude.sh \
		tests/e2e/05-pi.sh tests/e2e/agent-opencode.sh tests/e2e/agent-gemini.sh ROUNDS=50 \
		tests/e2e/04-prompts.sh

.PHONY: fuzz
fuzz: ## fuzz each target for FUZZ_SECONDS=60; finds go to build/fuzz/
	@$(MAKE) FUZZ=1 fuzzers
	@for name in $(fuzz_names); do \
		echo "  FUZZ  $$name"; mkdir -p build/fuzz/corpus/$$name; dict=tests/fuzz/$$name.dict; \
		build/fuzz/fuzz_$$name $(fuzz_flags) -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
			$$(test ! -e $$dict || echo -dict=$$dict) build/fuzz/corpus/$$name \
			$$(ls -d tests/fuzz/corpus/$$name 2>/dev/null) || exit 1; \
	done

# --- measuring ---

BENCH_RUNS = 3

.PHONY: bench bench-readme
bench: ## install what is missing, measure beside tmux, dvtm and screen; build/bench/table.md
	@.ci/setup bench
	@$(MAKE) SAN=0 all $(patsubst %,build/rel/bench/%,tilebench tileworker relay)
	@COCKPIT=build/rel/cockpit tests/bench/run.sh -r $(BENCH_RUNS) $(ARGS) build/rel/bench build/bench

.PHONY: bench-work
bench-work: ## what agents' work costs: 10,000 files over loopback ssh; build/bench/work.md
	@.ci/setup bench
	@$(MAKE) SAN=0 all $(patsubst %,build/rel/bench/%,tileworker keyecho radarbench storebench)
	@mkdir -p build/bench
	@COCKPIT=build/rel/cockpit tests/bench/work.sh build/rel/bench "$(CURDIR)/build/bench/work.md"

bench-readme: ## put the table of the last make bench into README.md
	@test -s build/bench/table.md || { echo 'make bench comes first' >&2; exit 1; }
	@awk '/^<!-- bench: end/ { on = 0 } !on; \
		/^<!-- bench: begin/ { on = 1; while ((getline line <"build/bench/table.md") > 0) print line }' \
		README.md >build/bench/README.md
	@grep -q '^<!-- bench: begin' README.md || { echo 'README.md has no place for it' >&2; exit 1; }
	@cmp -s build/bench/README.md README.md || cat build/bench/README.md >README.md

# --- static checks ---

c_files := $(wildcard include/*/*.h src/*.c src/*/*.[ch] tests/*.[ch] tests/*/*.[ch])
scripts := $(wildcard .ci/setup .ci/run src/*.sh tests/*.sh tests/*/*.sh tests/*/*/*.sh)
# Those of a host are parts of one.
host_scripts := $(filter src/data/host/%.sh,$(data))
data_scripts := $(filter-out $(host_scripts),$(filter %.sh,$(data)))
# $(call with,TOOL,COMMAND): runs the command, or says that there is no tool.
with = $(Q)if command -v $(1) >/dev/null; then $(2); else echo "        no $(1): skipped"; fi

.PHONY: check check-gcc check-clang check-floors check-format check-shell check-man
check: check-gcc check-clang check-floors check-format check-shell check-man ## warnings as errors with gcc and clang, floors, format, shell scripts, man pages

check-gcc check-clang: check-%:
	@$(MAKE) CC=$* VARIANT=check-$* WERROR=1 objects

.PHONY: objects
objects: $(objects) $(unit:%.c=$(B)/%.o) $(fuzz:%.c=$(B)/%.o) $(tools:%.c=$(B)/%.o) \
	$(helpers:%.c=$(B)/%.o) $(patsubst %.c,$(B)/%.o,$(wildcard src/main.c tests/bench/*.c))

check-floors:
	$(say) CHECK floors
	$(Q)CC=$(CC) sh tests/floors.sh

check-format:
	$(say) CHECK format
	$(call with,clang-format,bad=; for file in $(c_files); do \
		clang-format --dry-run -Werror $$file 2>/dev/null || { echo "$$file: make format"; bad=1; }; \
	done; test -z "$$bad")

check-shell:
	$(say) CHECK 'shell scripts'
	$(call with,shellcheck,shellcheck -S warning -s sh $(data_scripts) && \
		cat src/data/host/common.sh $(filter-out %/common.sh,$(host_scripts)) | shellcheck -S warning -s sh - && shellcheck -S warning $(scripts))

check-man:
	$(say) CHECK 'man pages'
	$(call with,mandoc,$(if $(pages),mandoc -Tlint -Wwarning $(pages),:))

.PHONY: format
format: ## bring the C files into form
	$(say) FORMAT .
	$(call with,clang-format,clang-format -i $(c_files))

.PHONY: tidy
tidy: $(GEN)/version.h ## look through the sources with clang-tidy
	$(say) TIDY src
	$(call with,clang-tidy,clang-tidy --quiet $(wildcard src/main.c) $(sources) -- \
		$(filter-out -Wlogical-op -Wduplicated-cond -Wformat-signedness,$(flags)))

# --- use ---

.PHONY: demo
demo: ## install what is missing, build, start the cockpit on a demo fleet
	@.ci/setup demo
	@$(MAKE) SAN=0 all
	@build/rel/cockpit demo $(ARGS)

.PHONY: install
install: all ## to PREFIX=/usr/local, under DESTDIR if that is given
	install -d "$(DESTDIR)$(bindir)" "$(DESTDIR)$(mandir)/man1" "$(DESTDIR)$(mandir)/man5" \
		"$(DESTDIR)$(bashdir)" "$(DESTDIR)$(zshdir)"
	install -m 755 $(program) "$(DESTDIR)$(bindir)/cockpit"
	$(if $(wildcard man/*.1),install -m 644 $(wildcard man/*.1) "$(DESTDIR)$(mandir)/man1")
	$(if $(wildcard man/*.5),install -m 644 $(wildcard man/*.5) "$(DESTDIR)$(mandir)/man5")
	$(program) completion bash >"$(DESTDIR)$(bashdir)/cockpit"
	$(program) completion zsh >"$(DESTDIR)$(zshdir)/_cockpit"

.PHONY: uninstall
uninstall: ## remove what install put there
	rm -f "$(DESTDIR)$(bindir)/cockpit" "$(DESTDIR)$(bashdir)/cockpit" "$(DESTDIR)$(zshdir)/_cockpit"
	rm -f $(foreach page,$(notdir $(pages)),"$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(page)))/$(page)")

.PHONY: clean
clean: ## remove build/
	rm -rf build

.PHONY: help
help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  V=1 shows commands, SAN=1 builds with sanitizers, CC=clang with another compiler,'
	@echo '  JOBS=2 says how many at once, ARGS= goes to cockpit demo.'

-include $(shell find $(B) -name '*.d' 2>/dev/null)
