# make check     the tests of all exercises here
# make race      the same with ThreadSanitizer
# make progress  what is done, and what to do next; progress.html shows the same
# make submit    one archive of all to hand in; STUDENT=name, if not your login's

EXERCISES := $(patsubst %/Makefile,%,$(wildcard ex-*/Makefile))
include common/submit.mk

check race:
	@failed=; for e in $(EXERCISES); do echo "── $$e"; \
	  $(MAKE) --no-print-directory -C $$e $@ || failed=yes; done; [ -z "$$failed" ]

progress:
	@awk -v page=progress.html -v begun='$(EXERCISES)' -f common/progress.awk \
	  common/exercises.tsv $(wildcard ex-*/.result)

submit:
	@$(call pack,.,$(foreach e,$(EXERCISES),$e/$(shell sed -n 's/^FILE *:= *//p' $e/Makefile)))

clean:
	@rm -rf common/build progress.html; for e in $(EXERCISES); do $(MAKE) --no-print-directory -C $$e clean; done

.PHONY: check race progress submit clean
