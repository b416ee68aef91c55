
# make check: run the tests on your code, with the sanitizers looking on.

CC     ?= cc
CFLAGS := -std=gnu11 -g -Wall -Wextra -fsanitize=address,undefined -fno-sanitize-recover=undefined -I.
CONFIG  = $(if $(PACKAGES),$(shell pkg-config $1 $(PACKAGES)))
LIBS    = $(shell pkg-config --libs check) $(call CONFIG,--libs) -lpthread -lm
LIBRARY = $(patsubst %.c,build/%.o,$(wildcard lib/*.c))
TESTED  = $(if $(filter program,$(KIND)),,$(FILE:%.c=build/%.o))

check: build/test
	@CK_DEFAULT_TIMEOUT=60 PROGRAM=build/program ./build/test && \
	  echo "All tests pass. Well done." || \
	  { echo "Not there yet: each line above says what was expected."; exit 1; }

# The tests steer your code: in these objects, calls of threads and of the system
# are renamed, and lead through schedule.c.
build/%.o: %.c $(wildcard *.h lib/*.h) schedule.names
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(call CONFIG,--cflags) $(shell pkg-config --cflags check) -c -o $@ $<
	@$(if $(filter run schedule,$*),,objcopy --redefine-syms=schedule.names $@)

# An archive, of which only what is needed is linked: a test may have a part of
# the library of its own, to look into your code.
build/libhands.a: $(LIBRARY)
	@rm -f $@; ar rcs $@ $^

build/test: build/test.o build/run.o build/schedule.o $(TESTED) build/libhands.a \
            $(if $(filter program,$(KIND)),build/program)
	$(CC) $(CFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

build/program: $(FILE) $(wildcard lib/*)
	@mkdir -p build
	$(CC) $(CFLAGS) $(call CONFIG,--cflags) -o $@ $< $(wildcard lib/*.c) $(LIBS)

clean:
	rm -rf build

.PHONY: check clean
