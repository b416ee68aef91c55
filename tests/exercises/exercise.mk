
# make check: run the tests on your code, with the sanitizers looking on.

CC     ?= cc
CFLAGS := -std=gnu11 -g -Wall -Wextra -fsanitize=address,undefined -I.
CONFIG  = $(if $(PACKAGES),$(shell pkg-config $1 $(PACKAGES)))
TEST    = $(CC) $(CFLAGS) $(shell pkg-config --cflags check) -o build/test test.c run.c
STEERED = schedule.c @schedule.flags
LINK    = lib/*.c $(shell pkg-config --libs check) $(call CONFIG,--libs) -lpthread

check: build/test
	@CK_DEFAULT_TIMEOUT=60 PROGRAM=build/program ./build/test && \
	  echo "All tests pass. Well done." || \
	  { echo "Not there yet: each line above says what was expected."; exit 1; }

build/test: $(FILE) test.c $(wildcard *.h run.c schedule.* lib/*)
	@mkdir -p build
ifeq ($(KIND),program)
	$(CC) $(CFLAGS) $(call CONFIG,--cflags) -o build/program $(FILE) lib/*.c \
	  $(call CONFIG,--libs) -lpthread
	$(TEST) $(LINK)
else
	$(TEST) $(FILE) $(STEERED) $(call CONFIG,--cflags) $(LINK)
endif

clean:
	rm -rf build

.PHONY: check clean
