# Build every program of the book beside its source: a C compiler, make, and the
# libraries that a chapter's file pkg-config names are all that this needs.

CFLAGS  ?= -O2 -g
PROGRAMS := $(basename $(shell grep -l '^int main' $(filter-out lib/%,$(wildcard */*.c))))
OBJECTS  := $(patsubst %.c,%.o,$(wildcard lib/*.c))
HEADERS  := $(wildcard lib/*.h */*.h)
packages  = $(shell cat $(dir $1)pkg-config 2>/dev/null)
config    = $(if $(call packages,$1),$(shell pkg-config $2 $(call packages,$1)))

all: $(PROGRAMS)

$(PROGRAMS): %: %.c lib/libhands.a $(HEADERS)
	$(CC) -std=gnu11 $(CFLAGS) -I. $(call config,$@,--cflags) -o $@ $< lib/libhands.a \
	  $(call config,$@,--libs) -lpthread -lm
lib/libhands.a: $(OBJECTS)
	rm -f $@; ar rcs $@ $^
$(OBJECTS): %.o: %.c $(HEADERS)
	$(CC) -std=gnu11 $(CFLAGS) -I. -c -o $@ $<

clean:
	rm -f $(PROGRAMS) lib/libhands.a $(OBJECTS)

.PHONY: all clean
