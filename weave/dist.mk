# Build every program of the book beside its source: a C compiler, make, and the
# libraries that a chapter's file pkg-config names are all that this needs.

CFLAGS  ?= -O2 -g
PROGRAMS := $(basename $(shell grep -l '^int main' $(filter-out lib/%,$(wildcard */*.c))))
LIBRARY  := $(wildcard lib/*.c)
packages  = $(shell cat $(dir $1)pkg-config 2>/dev/null)
config    = $(if $(call packages,$1),$(shell pkg-config $2 $(call packages,$1)))

all: $(PROGRAMS)

$(PROGRAMS): %: %.c $(LIBRARY) $(wildcard lib/*.h */*.h)
	$(CC) -std=gnu11 $(CFLAGS) -I. $(call config,$@,--cflags) -o $@ $< $(LIBRARY) \
	  $(call config,$@,--libs) -lpthread -lm

clean:
	rm -f $(PROGRAMS)

.PHONY: all clean
