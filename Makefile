# satrun: every target in one file.
#
#   make          build ./satrun
#   make demo     install packages, build, train and evaluate on real images
#   make check    install packages, build, and run everything that must hold
#   make help     the rest

OUT     ?= build
PREFIX  ?= /usr/local
PYTHON  ?= /usr/bin/python3
CC      := gcc
VERSION := 0.1.0
COMMIT  := $(shell [ -e .git ] && git describe --always --dirty --abbrev=12 \
                   --exclude '*' 2>/dev/null || echo unknown)

PACKAGES := gcc make pkg-config libopenblas-pthread-dev libyaml-dev \
            libstb-dev libjansson-dev libjpeg62-turbo-dev libarchive-dev \
            zlib1g-dev libmd-dev check dataset-fashion-mnist gnuplot-nox
CHECKERS := clang-format clang-tidy cppcheck shellcheck
MODULES  := openblas yaml-0.1 jansson libjpeg libarchive zlib libmd

# Flags by role.  No -ffast-math anywhere: isfinite() must keep its meaning.
WARN   := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
          -Wmissing-prototypes -Wswitch-enum -Wvla
STRICT := -Wconversion
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2
BASE   := -std=c17 -D_POSIX_C_SOURCE=200809L -Ilib -Icmd -MMD -MP -fPIE $(WARN)
CFLAGS ?= -O2 -g
DEFS    = -DSR_VERSION='"$(VERSION)"' -DSR_COMMIT='"$(COMMIT)"' \
          -DSR_FLAGS='"$(strip $(CFLAGS) $(HARDEN))"' \
          -DSR_LIBRARIES='"$(BUILT)"'
# "openblas 0.3.21,yaml-0.1 0.2.5,...", for --version
BUILT  := $(shell for m in $(MODULES); do echo "$$m $$(pkg-config \
                  --modversion $$m 2>/dev/null)"; done | paste -sd, -)
DEPS    = $(shell pkg-config --cflags $(MODULES))
LIBS    = $(shell pkg-config --libs $(MODULES)) -lpthread -lm
LINK    = -pie -Wl,-z,relro,-z,now
Q       = $(if $(V),,@echo '  $@';) # make V=1 shows the commands in full
# For a make inside: one job a processor, unless the user chose.  Processes that
# run side by side say what they have to say one after the other.
QUICK   = --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
BESIDE  = $(QUICK) --output-sync=target --keep-going
COMPILE = $(CC) $(BASE) $(WERROR) $(HARDEN) $(CFLAGS)

# ISO mode turns a*b+c contraction off; kernels want their FMAs back.
KFLAGS := -O3 -ffp-contract=fast -fno-math-errno

ISAS        := base avx2 avx512
KISA_base   := -DVL=4
KISA_avx2   := -DVL=8  -mavx2 -mfma
KISA_avx512 := -DVL=16 -mavx512f -mavx512dq -mavx512vl -mfma

# The same rule as SR_ISA_LIST in lib/engine/kern/kern.h.
ifeq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
ISAS := base
endif
ifeq ($(wildcard lib/engine/kern/kern.c),)
ISAS :=
endif

LIB_SRC  := $(filter-out lib/engine/kern/kern.c,$(wildcard lib/*/*.c))
CMD_SRC  := $(wildcard cmd/*.c)
TEST_SRC := $(wildcard tests/*.c tests/*/*.c)
SUITES   := $(sort $(wildcard tests/*/test_*.c))
ROOMS    := $(sort $(notdir $(patsubst %/,%,$(dir $(SUITES)))))
# $(call suites,ROOM ...): the suites of these rooms, as run_tests calls them.
suites    = $(foreach r,$(1),$(filter $(r)/%,$(subst /test_,/,$(SUITES:tests/%.c=%))))
C_FILES  := $(LIB_SRC) $(CMD_SRC) $(TEST_SRC) $(wildcard lib/engine/kern/*.[ch] \
            lib/*/*.h cmd/*.h tests/*.h tests/*/*.h)
SCRIPTS  := $(wildcard scripts/*.sh tests/*.sh tests/cmd/*.sh .ci/run)

LIB_OBJ  := $(LIB_SRC:%.c=$(OUT)/%.o) $(ISAS:%=$(OUT)/kern_%.o)
CMD_OBJ  := $(CMD_SRC:%.c=$(OUT)/%.o)
TEST_OBJ := $(TEST_SRC:%.c=$(OUT)/%.o)

.PHONY: all
all: satrun ## build ./satrun

satrun: $(OUT)/satrun
	@cp $< $@.tmp && mv $@.tmp $@

$(OUT)/satrun: $(CMD_OBJ) $(OUT)/libsatrun.a
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(LIBS)

$(OUT)/libsatrun.a: $(LIB_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(OUT)/run_tests: $(TEST_OBJ) $(OUT)/libsatrun.a
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(shell pkg-config --libs check) $(LIBS)

$(OUT)/lib/%.o: lib/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(STRICT) $(DEPS) -c -o $@ $<

$(OUT)/cmd/%.o: cmd/%.c $(OUT)/flags $(OUT)/version
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(STRICT) $(DEFS) $(DEPS) -c -o $@ $<

$(OUT)/tests/%.o: tests/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -Itests -I$(OUT)/tests $(DEPS) -c -o $@ $<

define kern_rule
$(OUT)/kern_$(1).o: lib/engine/kern/kern.c $(OUT)/flags
	@mkdir -p $$(@D)
	$$(Q)$$(COMPILE) $$(KFLAGS) $$(KISA_$(1)) -DISA=$(1) -c -o $$@ $$<
endef
$(foreach i,$(ISAS),$(eval $(call kern_rule,$(i))))

-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(TEST_OBJ:.o=.d)

# Files that change when, and only when, what they hold does: objects depend on
# them, and so on the flags, the version and the set of test files.
update = @mkdir -p $(@D); $(1) >$@.new; \
         if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

.PHONY: FORCE
FORCE:

$(OUT)/flags: FORCE
	@pkg-config --exists --print-errors $(MODULES) check || \
	    { echo "packages are missing: run 'make deps'" >&2; exit 1; }
	$(call update,echo '$(COMPILE) $(STRICT) $(KFLAGS) $(foreach i,$(ISAS),$(KISA_$(i)))')

$(OUT)/version: FORCE
	$(call update,echo '$(VERSION) $(COMMIT)')

$(OUT)/tests/suites.h: FORCE
	$(call update,printf '%s\n' $(SUITES) | \
	    sed 's|^tests/\([^/]*\)/test_\(.*\)[.]c$$|SR_TEST_SUITE(\1$(,) \2)|')
, := ,
$(OUT)/tests/main.o: $(OUT)/tests/suites.h

.PHONY: deps deps-build
deps: ## install the Debian packages for building and checking
	@MODULES="$(MODULES)" scripts/deps.sh $(PACKAGES) $(CHECKERS)
deps-build: ## install only those for building and running
	@MODULES="$(MODULES)" scripts/deps.sh $(PACKAGES)

.PHONY: demo
demo: deps-build ## train and evaluate on Fashion-MNIST, about 5 minutes
	@$(MAKE) $(QUICK) satrun
	@scripts/demo.sh

# check builds beside the usual build, because -Werror is another set of flags,
# and sums up what the tests below it append to the tally.
.PHONY: check check-steps
check: deps ## everything that must hold; under 20 minutes on 2 cores
	@mkdir -p build/check && rm -f build/check/tally
	@code=0; SATRUN_TALLY=build/check/tally $(MAKE) $(QUICK) \
	    OUT=build/check WERROR=-Werror check-steps || code=$$?; \
	touch build/check/tally; \
	awk '{ p += $$1; f += $$2; s += $$3 } END { print p + 0 " passed, " \
	    f + 0 " failed, " s + 0 " skipped" }' build/check/tally; exit $$code

check-steps: format rooms lint
	@$(MAKE) $(QUICK) satrun $(OUT)/run_tests
	@$(MAKE) $(QUICK) test
	@$(MAKE) $(QUICK) isa
	@$(MAKE) $(QUICK) asan

.PHONY: test isa
test: satrun $(OUT)/run_tests ## all tests, of the code and of the command line
	@code=0; $(OUT)/run_tests || code=1; tests/run.sh || code=1; exit $$code

test-%: $(OUT)/run_tests
	$(OUT)/run_tests $*

isa: $(OUT)/run_tests ## what computes, under each instruction set
	@$(MAKE) $(BESIDE) \
	    $(foreach i,$(ISAS),$(addprefix isa/$(i)/,$(call suites,engine graph train)))

isa/%:
	SATRUN_ISA=$(firstword $(subst /, ,$*)) $(OUT)/run_tests \
	    $(patsubst $(firstword $(subst /, ,$*))/%,%,$*)

# The sanitizers build everything anew, under build/asan and build/tsan.
SANITIZE := WERROR= HARDEN= CFLAGS="-O1 -g -fno-omit-frame-pointer
PATIENT  := CK_TIMEOUT_MULTIPLIER=10

.PHONY: asan tsan
asan: ## the memory and undefined-behaviour sanitizers
	@$(MAKE) $(QUICK) OUT=build/asan build/asan/run_tests \
	    $(SANITIZE) -fsanitize=address,undefined -fno-sanitize-recover=all"
	@$(MAKE) $(BESIDE) \
	    $(addprefix asan/,$(call suites,base engine graph data config model))

asan/%:
	$(PATIENT) UBSAN_OPTIONS=print_stacktrace=1 \
	    ASAN_OPTIONS=allocator_may_return_null=1 build/asan/run_tests $*

tsan: ## the thread sanitizer
	@$(MAKE) $(QUICK) OUT=build/tsan build/tsan/run_tests \
	    $(SANITIZE) -fsanitize=thread"
	$(PATIENT) TSAN_OPTIONS='halt_on_error=1 allocator_may_return_null=1' \
	    setarch -R build/tsan/run_tests $(filter base,$(ROOMS))

.PHONY: format reformat rooms lint
format: ## is the code formatted as .clang-format says?
	@echo clang-format
	@clang-format --dry-run -Werror $(C_FILES)

reformat: ## format it so
	@clang-format -i $(C_FILES)

rooms: ## do the includes obey lib/ROOMS?
	scripts/check_rooms.sh

# cppcheck does not see that sr_broken never returns; clang-tidy's analyzer does
# and finds what the first four kinds suppressed here would.  It knows no VL
# either, so in kern/ a loop that fills a vector looks as if it were empty.
CPPCHECK := --quiet --error-exitcode=1 --std=c11 --inline-suppr -j2 \
            --enable=warning,performance,portability \
            --suppress=nullPointerRedundantCheck \
            --suppress=nullPointerArithmeticRedundantCheck \
            --suppress=arrayIndexOutOfBoundsCond --suppress=invalidFunctionArg \
            --suppress=uninitvar:lib/engine/kern/* \
            --suppress=legacyUninitvar:lib/engine/kern/* \
            -D'json_array_foreach(a,i,v)=while(next(a,&i,&v))'
TIDIED   := $(patsubst %.c,$(OUT)/tidy/%,$(LIB_SRC) $(CMD_SRC))

lint: ## shellcheck, cppcheck and clang-tidy
	@echo shellcheck; shellcheck $(SCRIPTS)
	@echo cppcheck; cppcheck $(CPPCHECK) -Ilib -Icmd lib cmd
	@$(MAKE) $(QUICK) --keep-going $(TIDIED)

# An object is new when its source or a header is: then it is time to look again.
$(OUT)/tidy/%: $(OUT)/%.o .clang-tidy
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $*.c -- $(filter-out -MMD -MP,$(BASE)) $(DEFS) \
	    $(DEPS) 2>/dev/null && touch $@

.PHONY: bench
bench: satrun ## time steps, layers and ways of convolution; never fails
	-@./satrun bench --compare
	-@./satrun bench --compare model.arch=resnet20

.PHONY: golden
golden: ## make tests/golden/ anew; needs PyTorch
	$(PYTHON) scripts/make_golden.py
	$(PYTHON) scripts/make_golden_nets.py
	$(PYTHON) scripts/make_golden_recipes.py
	$(PYTHON) scripts/make_golden_pixels.py

.PHONY: install uninstall clean help
INTO = $(DESTDIR)$(PREFIX)
MAN  = $(INTO)/share/man
COMPLETIONS = $(INTO)/share/bash-completion/completions
SATRUN ?= ./satrun

install: satrun ## into $(DESTDIR)$(PREFIX): program, configs, manual, completion
	install -d $(INTO)/bin $(INTO)/share/satrun $(MAN)/man1 $(MAN)/man5 \
	    $(COMPLETIONS)
	install -m 755 $(SATRUN) $(INTO)/bin/satrun
	cp -R configs $(INTO)/share/satrun/
	for page in $$($(SATRUN) show man); do \
	    $(SATRUN) show man $$page >$(MAN)/man$${page##*.}/$$page || exit 1; \
	done
	$(SATRUN) show completion bash >$(COMPLETIONS)/satrun

uninstall: ## and away again
	rm -f $(INTO)/bin/satrun $(MAN)/man1/satrun.1 $(MAN)/man1/satrun-*.1 \
	    $(MAN)/man5/satrun-config.5 $(COMPLETIONS)/satrun
	rm -rf $(INTO)/share/satrun

clean: ## remove everything built
	rm -rf build satrun

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18
	@echo "make test-ROOM    the tests of one room: $(ROOMS)"
