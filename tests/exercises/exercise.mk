
# make check   run the tests on your code, with AddressSanitizer looking on
# make race    the same with ThreadSanitizer
# make hint    one more hint each time
# make submit  the archive to hand in; STUDENT=name, if not your login's

COMMON   := ../common
CC       ?= cc
BUILD    ?= build/check
SANITIZE ?= address,undefined -fno-sanitize-recover=undefined
KIT      := $(COMMON)/$(BUILD)
CFLAGS   := -std=gnu11 -g -Wall -Wextra -fsanitize=$(SANITIZE) -I$(COMMON)
CONFIG    = $(if $(PACKAGES),$(shell pkg-config $1 $(PACKAGES)))
LIBS      = $(shell pkg-config --libs check) $(call CONFIG,--libs) -lpthread -lm
HEADERS  := $(wildcard $(COMMON)/*.h $(COMMON)/lib/*.h)
STEER     = objcopy --redefine-syms=$(COMMON)/schedule.names
include $(COMMON)/submit.mk

# What the tests say; which section explains it; and what make progress shows.
check: $(BUILD)/test $(if $(filter program,$(KIND)),$(BUILD)/program)
	@{ CK_DEFAULT_TIMEOUT=60 TSAN_OPTIONS=exitcode=66 PROGRAM=$(BUILD)/program ANSWERS=$(FILE) \
	  $(BUILD)/test; echo $$? >$(BUILD)/status; } 2>&1 | sed -u -f $(COMMON)/plain.sed | tee $(BUILD)/log; \
	status=$$(cat $(BUILD)/status); \
	awk -v status=$$status -v tests=$(TESTS) -v guards=$(GUARDS) -v hidden=$(HIDDEN) -v points=$(POINTS) \
	  -f $(COMMON)/count.awk $(BUILD)/log >$(BUILD)/result; \
	if [ $(BUILD) = build/check ]; then cp $(BUILD)/result .result; fi; \
	if [ $$status != 0 ]; then \
	  echo "Not there yet: each line above says what was expected."; \
	  cat explained-in.txt; exit 1; \
	elif [ $(KIND) = quiz ]; then echo "The form is right. Whether the answers are, the grader knows ($(HIDDEN) hidden tests)."; \
	elif [ $(HIDDEN) != 0 ]; then echo "All tests pass that are here. The grader has more: $(HIDDEN)."; \
	else echo "All tests pass. Well done."; fi

race:
	@$(MAKE) --no-print-directory check BUILD=build/race SANITIZE=thread

hint:
	@next=$$(($$(cat .hints 2>/dev/null || echo 0) + 1)); \
	if [ -e hints/$$next.txt ]; then echo "Hint $$next:"; cat hints/$$next.txt; echo $$next >.hints; \
	else echo "There are no more hints. Those you have had:"; cat hints/*.txt 2>/dev/null || :; fi

submit:
	@$(call pack,..,$(notdir $(CURDIR))/$(FILE))

# The tests steer your code: in these objects, calls of threads and of the system
# are renamed, and lead through schedule.c.
$(BUILD)/%.o: %.c $(HEADERS) $(COMMON)/schedule.names
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(call CONFIG,--cflags) $(shell pkg-config --cflags check) -c -o $@ $<
	@$(STEER) $@
$(BUILD)/test.o: CFLAGS += -Wno-unused-function
$(KIT)/%.o: $(COMMON)/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(shell pkg-config --cflags check) -c -o $@ $<

# An archive, of which only what is needed is linked: a test may have a part of
# the library of its own, to look into your code.
$(KIT)/libhands.a: $(patsubst $(COMMON)/%.c,$(KIT)/%.o,$(wildcard $(COMMON)/lib/*.c))
	@rm -f $@; ar rcs $@ $^
$(KIT)/libsteered.a: $(KIT)/libhands.a $(COMMON)/schedule.names
	@$(STEER) $< $@

$(BUILD)/test: $(BUILD)/test.o $(if $(filter function,$(KIND)),$(FILE:%.c=$(BUILD)/%.o)) \
               $(KIT)/run.o $(KIT)/schedule.o $(KIT)/libsteered.a
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/program: $(FILE) $(KIT)/libhands.a
	$(CC) $(CFLAGS) $(call CONFIG,--cflags) -o $@ $^ $(LIBS)

clean:
	rm -rf build .hints

.PHONY: check race hint submit clean
