# satrun: every target in one file.
#
#   make          build ./satrun
#   make demo     install packages, build, train and evaluate on real images
#   make check    install packages, build, and run everything that must hold
#   make help     the rest

OUT     ?= build
PREFIX  ?= /usr/local
CC      := gcc
VERSION := 0.1.0
COMMIT  := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

PACKAGES := gcc make pkg-config git libopenblas-pthread-dev libyaml-dev \
            libstb-dev libjansson-dev libjpeg62-turbo-dev libarchive-dev \
            zlib1g-dev libmd-dev check dataset-fashion-mnist
CHECKERS := clang-format clang-tidy cppcheck shellcheck
MODULES  := openblas yaml-0.1 jansson libjpeg libarchive zlib libmd

# Flags by role.  No -ffast-math anywhere: isfinite() must keep its meaning.
WARN   := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
          -Wmissing-prototypes -Wswitch-enum -Wvla
STRICT := -Wconversion $(WERROR)
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
BASE   := -std=c17 -D_POSIX_C_SOURCE=200809L -Ilib -Icmd -MMD -MP $(WARN)
CFLAGS ?= -O2 -g
DEFS    = -DSR_VERSION='"$(VERSION)"' -DSR_COMMIT='"$(COMMIT)"'
DEPS    = $(shell pkg-config --cflags $(MODULES))
LIBS    = $(shell pkg-config --libs $(MODULES)) -lpthread -lm
LINK    = -pie -Wl,-z,relro,-z,now

# ISO mode turns a*b+c contraction off; kernels want their FMAs back.
KFLAGS := -O3 -ffp-contract=fast -fno-math-errno

ISAS        := base avx2 avx512
KISA_base   := -DVL=4
KISA_avx2   := -DVL=8  -mavx2 -mfma
KISA_avx512 := -DVL=16 -mavx512f -mavx512dq -mavx512vl -mfma

ifneq ($(shell uname -m),x86_64)
ISAS := base
endif

ifeq ($(wildcard lib/engine/kern/kern.c),)
ISAS :=
endif

LIB_SRC  := $(filter-out lib/engine/kern/kern.c,$(wildcard lib/*/*.c))
CMD_SRC  := $(wildcard cmd/*.c)
TEST_SRC := $(wildcard tests/*.c tests/*/*.c)

LIB_OBJ  := $(LIB_SRC:%.c=$(OUT)/%.o) $(ISAS:%=$(OUT)/kern_%.o)
CMD_OBJ  := $(CMD_SRC:%.c=$(OUT)/%.o)
TEST_OBJ := $(TEST_SRC:%.c=$(OUT)/%.o)

.PHONY: all
all: satrun

satrun: $(OUT)/satrun
	@cp $< $@.tmp && mv $@.tmp $@

$(OUT)/satrun: $(CMD_OBJ) $(OUT)/libsatrun.a
	$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(LIBS)

$(OUT)/libsatrun.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(OUT)/run_tests: $(TEST_OBJ) $(OUT)/libsatrun.a
	$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(shell pkg-config --libs check) $(LIBS)

$(OUT)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(STRICT) $(HARDEN) $(CFLAGS) $(DEFS) $(DEPS) -DSR_ISAS_$(words $(ISAS)) -c -o $@ $<

$(OUT)/cmd/%.o: cmd/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(STRICT) $(HARDEN) $(CFLAGS) $(DEFS) $(DEPS) -c -o $@ $<

# The list of suites, from the file names; rewritten only when it changes.
SUITES = $(sort $(wildcard tests/*/test_*.c))
$(OUT)/tests/suites.h: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(SUITES) | \
	    sed 's|^tests/\([^/]*\)/test_\(.*\)[.]c$$|SR_TEST_SUITE(\1, \2)|' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(OUT)/tests/main.o: $(OUT)/tests/suites.h

.PHONY: FORCE
FORCE:

$(OUT)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(WERROR) -Itests -I$(OUT)/tests $(CFLAGS) $(DEPS) $(shell pkg-config --cflags check) -c -o $@ $<

.PHONY: test
test: satrun $(OUT)/run_tests
	$(OUT)/run_tests
	tests/run.sh

test-%: $(OUT)/run_tests
	$(OUT)/run_tests $*

define kern_rule
$(OUT)/kern_$(1).o: lib/engine/kern/kern.c
	@mkdir -p $$(@D)
	$$(CC) $$(BASE) $$(WERROR) -fPIE $$(CFLAGS) $$(KFLAGS) $$(KISA_$(1)) -DISA=$(1) -c -o $$@ $$<
endef
$(foreach i,$(ISAS),$(eval $(call kern_rule,$(i))))

-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(TEST_OBJ:.o=.d)
