# Many Hands: the whole build. `make help` lists what it can do; README.md says
# how the rooms fit together. Data moves one way:
#
#   chapters/*.nw ── notangle ── tangled/ ── cc ──────────── build/bin/
#        └─ noweb's filters ── weave ── build/md ── pandoc ── book/
#
# A tool that rewrites many files leaves the unchanged ones alone, so that what
# depends on them is not made again; such a step has a stamp in build/stamp/.

SHELL       := /bin/bash
.SHELLFLAGS := -e -o pipefail -c
# Twice as many jobs as cores: many of the tests wait rather than compute.
MAKEFLAGS   += --no-builtin-rules --output-sync --jobs=$(shell echo $$((2 * $$(nproc))))
.DELETE_ON_ERROR:
.PRECIOUS: build/figures/%.svg build/figures/%.styled.svg build/figures/%.pdf
export LC_ALL := C.UTF-8
export PATH   := $(PATH):/usr/lib/noweb

# An edition has a number and a date; all its copies are the same bytes.
VERSION := 0.1
DATE    := 2026-11-21
# Where the site will stand; it ends in a slash. Its own links need no address.
SITE    ?=
export SOURCE_DATE_EPOCH := $(or $(SOURCE_DATE_EPOCH),$(shell date -u -d $(DATE) +%s))

NW       := $(wildcard chapters/*.nw)
SOLVED   := $(wildcard solutions/*.nw)
RECORDED := $(basename $(notdir $(wildcard figures/data/*.json)))
FIGURES  := $(basename $(notdir $(wildcard figures/*.svg figures/*.dot figures/*.gp))) $(RECORDED)

CC       ?= gcc
ifeq ($(origin CC),default)
CC       := gcc
endif
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
CFLAGS   ?= -O2 -g
LIBS      = -Wl,--as-needed -lpthread -lm $(if $(strip $(PACKAGES.$1)),$(shell pkg-config --libs $(PACKAGES.$1)))
INCLUDES  = $(if $(strip $(PACKAGES.$1)),$(shell pkg-config --cflags $(PACKAGES.$1)))

.PHONY: all html site check-web bench-web addresses screenshots pdf pdf-all epub tangle examples exercise progress handout instructor check install uninstall dist bench traces bench-build bench-pools bench-fetch bench-choose bench-pipeline clean help

all: examples html pdf epub site ## the programs and the book in all its forms

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | \
	  sort -u | column -t -s '	' 2>/dev/null || \
	sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1: \2/p' $(MAKEFILE_LIST)

clean: ## remove all that was generated (not exercises/, which is yours)
	rm -rf build $(filter-out %/README.md,$(wildcard tangled/* book/*))

# ── What has to be installed ────────────────────────────────────────────────
# One stamp for what building needs, one for what testing needs; the weaver, made
# first of all, waits for them. Where all is present the package manager is not
# asked for anything.

build/stamp/packages-build build/stamp/packages-check build/stamp/packages-web build/stamp/packages-bench: build/stamp/packages-%: packages
	@mkdir -p $(@D)
	@list=$$(awk '$$1 == "$*" { print $$2 }' packages); \
	if [ "$(PACKAGES)" = installed ]; then touch $@; exit; fi; \
	if ! { command -v apt-get && command -v dpkg-query; } >/dev/null; then \
	  echo "make: this is not a Debian system. Install these packages (the names" \
	    "are Debian's), then run make PACKAGES=installed:" $$list >&2; exit 1; fi; \
	have=$$(dpkg-query -W -f '$${db:Status-Status},$${Package},$${Provides}\n' | \
	  sed -n 's/^installed,//p' | tr , '\n' | sed 's/(.*//; s/ //g'); \
	missing=$$(printf '%s\n' $$list | grep -vxF "$$have" || :); \
	if [ -n "$$missing" ]; then \
	  root=; if [ $$(id -u) != 0 ]; then root=sudo; command -v sudo >/dev/null || { \
	    echo "make: as root, run: apt-get install" $$missing >&2; exit 1; }; fi; \
	  echo "installing:" $$missing; \
	  $$root apt-get update -qq; \
	  $$root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
	    --no-install-recommends $$missing >build/apt.log 2>&1 || \
	    { tail -n 20 build/apt.log >&2; exit 1; }; \
	fi; touch $@

# ── Weave: all chapters at once, for they refer to each other ───────────────
# weave is itself a chapter, tangled and compiled before anything else.

build/stamp/weaver: chapters/A-weave.nw | build/stamp/packages-build \
                $(if $(filter check%,$(MAKECMDGOALS)),build/stamp/packages-check)
	@$(call tangle,weave.c,$<,build/weave.c,cat)
	@touch $@
build/weave.c: build/stamp/weaver ;
build/weave: build/weave.c
	$(CC) -std=gnu11 $(WARNINGS) $(CFLAGS) -o $@ $<

build/stamp/woven: build/weave $(NW) $(SOLVED) weave/book.bib \
                   $(wildcard figures/*.svg figures/*.dot figures/*.gp figures/data/*.json)
	@markup -t $(NW) $(SOLVED) 2>/dev/null | autodefs.c | finduses | noidx | \
	  build/weave -b weave/book.bib -o build $(NW) $(SOLVED)
	@touch $@

build/book.mk: build/stamp/woven ;
ifneq ($(filter-out help clean uninstall,$(or $(MAKECMDGOALS),all)),)
include build/book.mk
endif
PAGES := index $(CHAPTERS) chunks identifiers programs
$(PAGES:%=build/md/%.md) $(SOLVED:solutions/%.nw=build/solutions/%.md) build/toc.html build/wrong.tsv build/exercises.tsv: build/stamp/woven ;

# ── Tangle ──────────────────────────────────────────────────────────────────
# $(call tangle,ROOT,FILES,TARGET,FILTER,OPTIONS): into a new file, which then
# replaces TARGET if it differs. build/lines/ holds the same with #line
# directives, for compilers and sanitizers to name the chapter's lines; with
# LINES=1 the programs are built from it.

keep   = if cmp -s $1.new $1; then rm $1.new; else mv $1.new $1; fi
tangle = mkdir -p $(dir $3); notangle $5 -R'$1' -filter '$4' $2 >$3.new || { rm -f $3.new; exit 1; }; \
         $(call keep,$3)
lines   := -L'\#line %L "%F"%N'
starter := sed s/^@use.exercise:/@use\ stub:/
phrases  = $(if $(filter %.c %.h,$1),awk -f weave/phrases.awk |)
home     = $(if $(filter lib/%,$2),$2,$1/$2)
from    := $(if $(LINES),build/lines,tangled)

$(CHAPTERS:%=build/stamp/tangled-%): build/stamp/tangled-%: chapters/%.nw weave/phrases.awk
	@$(foreach root,$(ROOTS.$*),\
	  $(call tangle,$(root),$<,tangled/$(call home,$*,$(root)),$(call phrases,$(root)) $(starter)); \
	  $(call tangle,$(root),$<,build/lines/$(call home,$*,$(root)),$(starter),$(lines));) :
	@$(if $(strip $(PACKAGES.$*)),echo $(PACKAGES.$*) >tangled/$*/pkg-config)
	@rm -f $(filter-out $(TANGLED:%=tangled/%) tangled/$*/pkg-config,$(wildcard tangled/$*/* tangled/lib/*)) # of roots that are no more
	@mkdir -p $(@D); touch $@

# What a chapter's stamp stands for; it does not count if one of them is gone.
define tangled_rule
$2: build/stamp/tangled-$1 ;
build/stamp/tangled-$1: $(if $(filter-out $(wildcard $2),$2),FORCE)
endef
tangled_files = $(foreach r,$(ROOTS.$1),$(addsuffix /$(call home,$1,$r),tangled build/lines))
$(foreach c,$(CHAPTERS),$(if $(ROOTS.$c),$(eval $(call tangled_rule,$c,$(call tangled_files,$c)))))

# Another compiler, other flags or LINES make the programs anew; another date the
# files that hold it.
value.compiler := $(CC) $(CFLAGS) $(from)
value.edition  := $(SOURCE_DATE_EPOCH)
build/stamp/compiler build/stamp/edition: FORCE
	@mkdir -p $(@D); echo '$(value.$(@F))' >$@.new; $(call keep,$@)
FORCE:

TANGLED := $(foreach c,$(CHAPTERS),$(foreach r,$(ROOTS.$c),$(call home,$c,$r)))

tangle: $(TANGLED:%=tangled/%) ## the C of the chapters, in tangled/

# ── Programs, in four builds ────────────────────────────────────────────────
# build/bin is what readers run; the others serve the tests. What is wrong on
# purpose goes on behind undefined behaviour, for the report is what we want.

BUILDS      := bin asan tsan clang
flags.bin   := $(CFLAGS)
flags.asan  := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -Werror
flags.tsan  := -O1 -g -fsanitize=thread -Werror
flags.clang := -O2 -g -Werror
cc.clang    := clang
from.bin    := $(from)
from.asan   := build/lines
from.tsan   := build/lines
from.clang  := build/lines
compile      = $(or $(cc.$1),$(CC)) -std=gnu11 $(WARNINGS) $(flags.$1) -I$(from.$1) -MMD -MP
chapter_of   = $(firstword $(subst /, ,$1))

define build_rules
build/$1/lib/%.o: $(from.$1)/lib/%.c build/stamp/compiler
	@mkdir -p $$(@D)
	$$(call compile,$1) -c -o $$@ $$<
build/$1/libhands.a: $(LIBRARY:%=build/$1/lib/%.o)
	@mkdir -p $$(@D); rm -f $$@; ar rcsD $$@ $$^
$(addprefix build/$1/,$(PROGRAMS) $(WRONG)): build/$1/%: $(from.$1)/%.c build/$1/libhands.a build/stamp/compiler
	@mkdir -p $$(@D)
	$$(call compile,$1) $$(if $$(filter $$*,$(WRONG)),-w -fsanitize-recover=undefined) \
	  $$(call INCLUDES,$$(call chapter_of,$$*)) -o $$@ $$< \
	  build/$1/libhands.a $$(call LIBS,$$(call chapter_of,$$*))
-include $(patsubst %,build/$1/%.d,$(PROGRAMS) $(WRONG)) $(LIBRARY:%=build/$1/lib/%.d)
endef
$(foreach b,$(BUILDS),$(eval $(call build_rules,$b)))
HEADERS := $(filter %.h,$(TANGLED))
$(foreach b,$(BUILDS),$(foreach o,$(LIBRARY:%=build/$b/lib/%.o) \
  $(patsubst %,build/$b/%,$(PROGRAMS) $(WRONG)),$(eval $o: | $(HEADERS:%=$(from.$b)/%))))

examples: tangle $(patsubst %,build/bin/%,$(PROGRAMS) $(WRONG)) ## all programs, in build/bin/


# ── The book ────────────────────────────────────────────────────────────────

LOOK     := $(wildcard weave/*.lua) weave/metadata.yaml weave/book.bib weave/book.csl weave/man.tsv
PANDOC   := pandoc --metadata-file weave/metadata.yaml --citeproc --lua-filter weave/book.lua --standalone
replace   = mv $@.new $@

build/figures/%.svg: figures/%.svg
	@mkdir -p $(@D); cp $< $@
build/figures/%.svg: figures/%.dot | build/stamp/packages-build
	@mkdir -p $(@D); dot -Tsvg -o $@ $<
plot = gnuplot $(wordlist 1,2,$^) | sed -e "s/[\"']black[\"']/\"currentColor\"/g" \
	  -e 's/font-family="sans"/font-family="Inter, DejaVu Sans, sans-serif"/' >$@
build/figures/%.svg: weave/chart.gp figures/%.gp figures/%.tsv | build/stamp/packages-build
	@mkdir -p $(@D); $(plot)
build/figures/%.svg: weave/chart.gp figures/%.gp figures/data/pools.tsv | build/stamp/packages-build
	@mkdir -p $(@D); $(plot)
build/figures/%.svg: figures/data/%.json tangled/E-trace/timeline.c | build/bin/E-trace/timeline
	@mkdir -p $(@D); build/bin/E-trace/timeline $< >$@
build/figures/%.styled.svg: build/figures/%.svg weave/figures.css
	@perl -0pe 'BEGIN { local $$/; open F, "weave/figures.css"; $$css = <F> } \
	  s|(<svg\b[^>]*>)|$$1\n<style>\n$$css</style>|' $< >$@
build/figures/%.pdf: build/figures/%.styled.svg build/stamp/edition
	@rsvg-convert -f pdf -o $@ $<
DRAWN := $(FIGURES:%=build/figures/%.svg)

# The site has pages beside the book's: some written, some drawn up here.
WRITTEN  := colophon changes errata 404
EXTRA    := bugs terms $(WRITTEN)
$(WRITTEN:%=build/md/%.md): build/md/%.md: weave/pages/%.md
	@mkdir -p $(@D); cp $< $@
build/md/bugs.md: weave/bugs.awk build/wrong.tsv
	@awk -f $^ >$@.new; $(replace)
build/md/terms.md: weave/terms.py $(CHAPTERS:%=build/md/%.md)
	@/usr/bin/python3 $^ >$@.new; $(replace)

EDITION   = -M edition=$(VERSION) $(FONTS:%=-M fonts=%) $(if $(SITE),-M site=$(SITE))
book/html/%.html: build/md/%.md build/toc.html weave/template.html weave/renamed.tsv $(LOOK) $(DRAWN)
	@mkdir -p $(@D)
	$(PANDOC) $(EDITION) -t html5 --mathml --template weave/template.html -o $@.new $(before.$*) $< $(after.$*)
	@sed -i -zE 's/\srole="doc-(endnote|biblioentry)"//g' $@.new # roles that ARIA has given up
	@$(replace)
before.index    := weave/pages/landing.md
after.colophon  := build/md/versions.md
book/html/index.html: $(before.index)
book/html/colophon.html: $(after.colophon)
book/html/404.html: EDITION += $(if $(SITE),-M base=$(SITE))
build/md/versions.md: packages build/stamp/packages-build
	@{ printf '%s\n' '| tool | version |' '|---|---|'; \
	  dpkg-query -W -f '| `$${Package}` | $${Version} |\n' $$(awk '$$1 == "build" { print $$2 }' packages) 2>/dev/null | sort || :; } >$@.new; $(replace)

# The site brings its typefaces along, cut down to what the book writes.
GLYPHS  := U+20-7E,U+A0-17F,U+2C6,U+2DA,U+2DC,U+2E2,U+3BC,U+3C0,U+1D47,U+1D4F,U+2010-2027,U+2030-203A,U+2070-209F,U+20AC,U+2190-2195,U+2208,U+2212,U+221E,U+2248,U+2260-2265,U+2308-230B,U+2460-2469,U+25B8,U+26A0,U+2713,U+27E8,U+27E9,U+FB00-FB04,U+FFFD
FONTS   := Vollkorn-Regular Vollkorn-Italic Vollkorn-SemiBold \
           JetBrainsMono-Regular JetBrainsMono-SemiBold Inter-Regular Inter-SemiBold
font     = $(firstword $(wildcard /usr/share/fonts/*/*/$1.ttf /usr/share/fonts/*/*/$1.otf))
book/html/fonts/%.woff2: Makefile | build/stamp/packages-build
	@mkdir -p $(@D)
	@pyftsubset $(call font,$*) --unicodes=$(GLYPHS) --flavor=woff2 --output-file=$@.new \
	  --layout-features=kern,ccmp,locl,mark,mkmk,onum,lnum,tnum,pnum,case,sups,subs$(if $(filter Vollkorn%,$*),$(COMMA)liga)
	@$(replace)
COMMA   := ,
STYLES  := weave/book.css weave/figures.css $(wildcard weave/stepper.css)
SCRIPTS := $(patsubst %,weave/js/%.js,common settings contents progress chunks previews search keys)
book/html/book.css: $(STYLES)
	@mkdir -p $(@D); cat $^ >$@
book/html/book.js: $(SCRIPTS)
	@mkdir -p $(@D); cat $^ >$@
book/html/stepper.js book/html/favicon.svg: book/html/%: weave/%
	@mkdir -p $(@D); cp $< $@
book/html/lunr.js: /usr/share/javascript/lunr/lunr.min.js
	@mkdir -p $(@D); cp $< $@
/usr/share/javascript/lunr/lunr.min.js: | build/stamp/packages-build ;
book/html/card.png: weave/card.svg | build/stamp/packages-build
	@mkdir -p $(@D); rsvg-convert -o $@ $<

# Its programs, to download: each file, and all of a chapter in an archive that
# builds with a compiler alone.
pack = tar -C $1 --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime=@$(SOURCE_DATE_EPOCH) -c $2 | gzip -n >$@.new
book/html/code/%: tangled/%
	@mkdir -p $(@D); cp $< $@
book/html/code/many-hands-%.tar.gz: weave/dist.mk $(TANGLED:%=tangled/%) build/stamp/edition
	@d=build/archives/$(notdir $(@:.tar.gz=)); rm -rf $$d; mkdir -p $$d $(@D); cp -R $(patsubst %,tangled/%,$(if $(filter programs,$*),$(CHAPTERS_WITH_CODE),$*)) tangled/lib $$d; cp weave/dist.mk $$d/Makefile
	@$(call pack,build/archives,$(notdir $(@:.tar.gz=))); $(replace)
CHAPTERS_WITH_CODE := $(foreach c,$(CHAPTERS),$(if $(filter-out lib/%,$(ROOTS.$c)),$c))
DOWNLOADS := $(TANGLED:%=book/html/code/%) $(patsubst %,book/html/code/many-hands-%.tar.gz,programs $(CHAPTERS_WITH_CODE))

# What needs the finished pages: the search index, previews of what other pages
# link to, the sitemap.
build/stamp/site: weave/site.py weave/renamed.tsv $(patsubst %,book/html/%.html,$(PAGES) $(EXTRA))
	@/usr/bin/python3 $< book/html $(or $(SITE),http://localhost:8000/) $(PAGES) $(EXTRA); touch $@

html: $(patsubst %,book/html/%.html,$(PAGES) $(EXTRA)) build/stamp/site $(DOWNLOADS) \
      $(addprefix book/html/,book.css book.js lunr.js favicon.svg card.png $(notdir $(wildcard weave/stepper.js))) \
      $(FONTS:%=book/html/fonts/%.woff2) ## the site, book/html/index.html
site: html book/html/many-hands.pdf book/html/many-hands.epub ## the site with the PDF and the EPUB to download from it
book/html/many-hands.%: book/many-hands.%
	@ln -f $< $@

# The PDF and the EPUB are one document each. The PDF has two editions, made of one
# LaTeX file: many-hands.pdf is A4, many-hands-6x9.pdf is for binding, in inches.
# LaTeX runs until the page numbers that it refers to stand still; what it says is
# in its log.
WHOLE   := $(patsubst %,build/md/%.md,$(filter-out index,$(PAGES)))
IMPRINT  = -M imprint='Edition $(VERSION), $(shell LC_ALL=C date -u -d @$(SOURCE_DATE_EPOCH) '+%-d %B %Y')'
build/pdf/many-hands.tex: $(WHOLE) weave/template.tex $(LOOK) build/stamp/edition
	@mkdir -p $(@D)
	$(PANDOC) $(IMPRINT) -t latex --top-level-division=chapter --template weave/template.tex -o $@ $(WHOLE)
paper.many-hands     := a4
paper.many-hands-6x9 := 6x9
PDFS    := book/many-hands.pdf book/many-hands-6x9.pdf
$(PDFS): book/%.pdf: build/pdf/many-hands.tex weave/pages.lua $(FIGURES:%=build/figures/%.pdf)
	@cd build/pdf; rm -f $*.aux $*.toc $*.out; touch $*.before; cd ../..; \
	for run in 1 2 3 4 5 6; do echo "lualatex $*, run $$run"; \
	  FORCE_SOURCE_DATE=1 lualatex -interaction=nonstopmode -halt-on-error -jobname=$* \
	    -output-directory=build/pdf '\def\edition{$(paper.$*)}\input{$<}' >build/pdf/$*.output || \
	    { grep -A 5 -m 3 '^!' build/pdf/$*.output >&2; exit 1; }; \
	  cat build/pdf/$*.aux build/pdf/$*.toc >build/pdf/$*.after; \
	  if cmp -s build/pdf/$*.before build/pdf/$*.after; then break; fi; \
	  mv build/pdf/$*.after build/pdf/$*.before; done
	@cp build/pdf/$*.pdf $@.new; $(replace)
pdf: book/many-hands.pdf ## the printed book on A4, book/many-hands.pdf
pdf-all: $(PDFS) ## also for binding, on 6 by 9 inches, book/many-hands-6x9.pdf

# Packed anew, with one time for all files, so that the same book is the same bytes.
EPUB_FONTS := $(patsubst %,build/epub/fonts/%.ttf,JetBrainsMono-Regular JetBrainsMono-SemiBold DejaVuSans)
SIGNS      := U+2190-21FF,U+2200-22FF,U+2460-2469,U+26A0,U+2713,U+2717,U+27E8,U+27E9
build/epub/fonts/%.ttf: Makefile | build/stamp/packages-build
	@mkdir -p $(@D)
	@pyftsubset $(call font,$*) --unicodes=$(if $(filter DejaVu%,$*),$(SIGNS),$(GLYPHS)) \
	  --layout-features=ccmp,locl,mark,mkmk --drop-tables+=FFTM --output-file=$@.new
	@$(replace)
build/figures/cover.png: build/figures/cover.styled.svg
	@rsvg-convert -w 1600 -o $@ $<
book/many-hands.epub: $(WHOLE) weave/epub.css weave/epub.pl $(LOOK) build/stamp/edition $(EPUB_FONTS) \
                      build/figures/cover.png $(FIGURES:%=build/figures/%.styled.svg)
	@mkdir -p $(@D) build/epub
	$(PANDOC) -t epub3 --mathml --toc --toc-depth=3 --epub-chapter-level=2 --css weave/epub.css -M toc-title=Contents \
	  --epub-cover-image=build/figures/cover.png $(EPUB_FONTS:%=--epub-embed-font=%) -o build/epub/many-hands.epub $(WHOLE)
	@cd build/epub; rm -rf files; unzip -q many-hands.epub -d files; perl ../../weave/epub.pl files; cd files; \
	export TZ=UTC; find . -exec touch -d @$(SOURCE_DATE_EPOCH) {} +; rm ../many-hands.epub; \
	zip -qX0 ../many-hands.epub mimetype; \
	find EPUB META-INF -type f | sort | zip -qX ../many-hands.epub -@
	@cp build/epub/many-hands.epub $@.new; $(replace)
epub: book/many-hands.epub ## the book for an e-reader, book/many-hands.epub

# ── Tests ───────────────────────────────────────────────────────────────────

checking    = -Itests $(shell pkg-config --cflags check)
check_libs  = $(shell pkg-config --libs check)
sanitized  := bin asan tsan
run_test   := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u PYTHONUNBUFFERED CK_DEFAULT_TIMEOUT=60 TSAN_OPTIONS=exitcode=66

# In tests and in what they test, calls of threads and of the system lead through
# tests/schedule.c, which can watch and steer them.
steer    = objcopy --redefine-syms=tests/schedule.names
test_kit = build/$1/tests/run.o build/$1/tests/schedule.o
define test_rules
build/$1/tests/%.o: tests/%.c tests/run.h tests/schedule.h tests/schedule.names build/stamp/compiler | \
                    $(HEADERS:%=$(from.$1)/%) build/stamp/packages-build
	@mkdir -p $$(@D); $(call compile,$1) $$(checking) $$(call INCLUDES,$$(call home_of,$$*)) -c -o $$@ $$<
	@$$(if $$(filter run schedule,$$*),,$(steer) $$@)
build/$1/libhands.steered.a: build/$1/libhands.a tests/schedule.names
	@$(steer) $$< $$@
.PRECIOUS: build/$1/tests/%.o
endef
$(foreach b,$(sanitized),$(eval $(call test_rules,$b)))

# A chapter's suite runs against the plain and the sanitized programs, but for
# those that are wrong on purpose; so do the suites of the tests' own tools and of
# the executors.
# Chapter 22 has a suite for each of its programs.
GRADING := box judge grade
SUITES  := tools executor $(filter $(CHAPTERS) $(GRADING),$(basename $(notdir $(wildcard tests/*.c))))
home_of  = $(if $(filter $1,$(GRADING)),22-grader,$1)
define suite_rule
build/$1/tests/$2: build/$1/tests/$2.o $(test_kit) build/$1/libhands.steered.a
	@$$(call compile,$1) -o $$@ $$^ $$(check_libs) $$(call LIBS,$(call home_of,$2))
check-suite-$1-$2: build/$1/tests/$2 $(patsubst %,build/$1/%,$(filter $(call home_of,$2)/%,$(PROGRAMS))) \
                   $(patsubst %,build/bin/%,$(filter $(call home_of,$2)/%,$(WRONG)))
	@rm -rf build/suites/$1/$2; mkdir -p build/suites/$1/$2
	@$$(if $$(word 2,$$^),ln -s $$(addprefix $$(CURDIR)/,$$(filter-out $$<,$$^)) build/suites/$1/$2)
	@echo "── $2, $1"; BIN=$$(CURDIR)/build/suites/$1/$2 CK_TIMEOUT_MULTIPLIER=6 $(run_test) $$<
check-suites: check-suite-$1-$2
.PHONY: check-suite-$1-$2
endef
$(foreach b,$(sanitized),$(foreach s,$(SUITES),$(eval $(call suite_rule,$b,$s))))

# Helgrind knows locks and not atomics, so it can read the thread pool alone.
check-helgrind: build/bin/tests/executor tests/helgrind.supp
	@echo "── executor, Helgrind"; KIND=threads TEST=whatever ROUNDS=3 CK_FORK=no $(run_test) \
	  valgrind --tool=helgrind -q --suppressions=$(word 2,$^) --error-exitcode=1 $<

# What students get, and what they must not get.
check-handout: build/bin/tests/handout.o $(call test_kit,bin) build/handouts/week-1.tar.gz instructor
	@$(call compile,bin) -o build/bin/tests/handout $< $(call test_kit,bin) $(check_libs)
	@echo "── handout"; $(run_test) build/bin/tests/handout

# What the book prints as a session is run, with each build of the programs.
define transcript_rule
check-transcript-$1-$2: build/transcripts/$2.t $(patsubst %,build/$1/%,$(filter $2/%,$(PROGRAMS))) \
                        $(patsubst %,build/bin/%,$(filter $2/%,$(WRONG)))
	@rm -rf build/transcripts/$1/$2; mkdir -p build/transcripts/$1/$2 tangled/$2 tangled/lib
	@$$(if $$(filter build/$1/% build/bin/%,$$^),cp $$(filter build/$1/% build/bin/%,$$^) build/transcripts/$1/$2)
	@echo "── $2, transcripts, $1"; SOURCES=$$(CURDIR)/tangled/$2 LIBRARY=$$(CURDIR)/tangled/lib \
	  PROGRAMS=$$(CURDIR)/build/transcripts/$1/$2 $(run_test) cram3 $$<
check-transcripts: check-transcript-$1-$2
.PHONY: check-transcript-$1-$2
endef
$(foreach b,$(sanitized),$(foreach t,$(TRANSCRIPTS),$(eval $(call transcript_rule,$b,$t))))
build/transcripts/%.t: build/stamp/woven ;

# Programs that are wrong on purpose fail as their chapter says.
build/bin/tests/wrong: tests/wrong.c tests/run.c tests/run.h
	@mkdir -p $(@D)
	$(call compile,bin) $(checking) -o $@ $(filter %.c,$^) $(check_libs)
check-wrong: build/bin/tests/wrong build/wrong.tsv \
             $(foreach b,bin asan tsan,$(WRONG:%=build/$b/%))
	@echo "── wrong on purpose"; $(run_test) $<

# Exercises: from one source the starter, the solution and every mutant; the
# starter fails, the solution passes (with sanitizers too), mutants are caught.
# A mutant that the plain tests let pass must be caught with ASan.

# $(call try,EXERCISE,VARIANT,BUILD): build it in its folder, run its tests, print
# the verdict.
define try
d=build/exercises/$1/$2/$3; mkdir -p $$d; \
$(if $(filter quiz,$(KIND.$1)),,$(call compile,$3) -w $(call INCLUDES,$(CHAPTER.$1)) build/exercises/$1/$2/$(FILE.$1) \
  $(if $(filter program,$(KIND.$1)),-o $$d/$(basename $(FILE.$1)) build/$3/libhands.a $(call LIBS,$(CHAPTER.$1)),-c -o $$d/student.o; $(steer) $$d/student.o);) \
$(call compile,$3) -o $$d/test $(if $(filter function,$(KIND.$1)),$$d/student.o) $(call tests_of,$1,$3) \
  $(check_libs) $(call LIBS,$(CHAPTER.$1)); \
(cd $$d && $(run_test) PROGRAM=./$(basename $(FILE.$1)) ANSWERS=../$(FILE.$1) timeout -k 1 300 ./test >log 2>&1) && echo pass || echo fail
endef
tests_of = build/$2/tests/exercises/$1.o $(call test_kit,$2) build/$2/libhands.steered.a
define variant_rule
build/exercises/$1/$2/$(FILE.$1): chapters/$(CHAPTER.$1).nw solutions/$(CHAPTER.$1).nw build/stamp/woven
	@$$(call tangle,$(FILE.$1),chapters/$(CHAPTER.$1).nw solutions/$(CHAPTER.$1).nw,$$@,sed -f build/pick/$1/$2.sed,$(if $(filter quiz,$(KIND.$1)),,$(lines))); touch $$@
$(foreach b,bin $(if $(filter solution,$2),asan tsan,$(if $(filter-out starter,$2),asan)),
build/exercises/$1/$2/verdict.$b: build/exercises/$1/$2/$(FILE.$1) $(call tests_of,$1,$b) build/$b/libhands.a \
                                  $(if $(filter-out bin,$b),$(if $(filter-out solution,$2),build/exercises/$1/$2/verdict.bin))
	@{ $(if $(filter-out bin,$b),$(if $(filter-out solution,$2),if grep -qx fail build/exercises/$1/$2/verdict.bin; then echo fail; exit; fi;)) \
	  $$(call try,$1,$2,$b); } >$$@
VERDICTS += build/exercises/$1/$2/verdict.$b
)
endef
$(foreach e,$(EXERCISES),$(foreach v,$(VARIANTS.$e),$(eval $(call variant_rule,$e,$v))))
check-exercises: $(VERDICTS)
	@echo "── exercises"; awk -f tests/exercises.awk $(VERDICTS)

# ── Grading ─────────────────────────────────────────────────────────────────
# A kit is what the judge needs of one exercise: the suite, compiled against
# tests/graded/check.h, with its harness; the names that a solution may use; the
# starter; the reference. What all exercises share is in common/.

KITS    := build/grading/exercises
GRADERS := $(addprefix build/bin/22-grader/,box gate judge)
define graded_rules
build/$1/graded/%.o: tests/graded/%.c tests/graded/check.h tests/schedule.h build/stamp/compiler
	@mkdir -p $$(@D); $(call compile,$1) -Itests/graded -Itests -c -o $$@ $$<
build/$1/graded/%.o: tests/%.c tests/graded/check.h tests/run.h tests/schedule.h build/stamp/compiler
	@mkdir -p $$(@D); $(call compile,$1) -Itests/graded -Itests -c -o $$@ $$<
build/$1/graded/%.o: tests/exercises/%.c tests/graded/check.h tests/run.h tests/schedule.h \
                     tests/schedule.names build/stamp/compiler | $(HEADERS:%=$(from.$1)/%)
	@mkdir -p $$(@D); $(call compile,$1) -Itests/graded -Itests $$(call INCLUDES,$$(CHAPTER.$$*)) -c -o $$@ $$<
	@$(steer) $$@
$(KITS)/common/link/$1.a: build/$1/libhands.steered.a tests/graded/names
	@mkdir -p $$(@D); objcopy --redefine-syms=tests/graded/names $$< $$@
$(KITS)/common/lib/$1.a: build/$1/libhands.a
	@mkdir -p $$(@D); cp $$< $$@
endef
$(foreach b,$(sanitized),$(eval $(call graded_rules,$b)))
$(KITS)/common/%.sh: tests/graded/%.sh
	@mkdir -p $(@D); cp $< $@
$(KITS)/common/include/lib/%.h: tangled/lib/%.h
	@mkdir -p $(@D); cp $< $@
$(KITS)/common/link/schedule.names: tests/schedule.names
	@mkdir -p $(@D); cp $< $@
$(KITS)/common/link/names: tests/graded/names
	@mkdir -p $(@D); cp $< $@
$(KITS)/common/sections.tsv: $(NW)
	@mkdir -p $(@D); awk 'match($$0, /^##+ .*{#sec-[a-z0-9-]+/) { \
	  title = substr($$0, 1, RLENGTH); id = title; sub(/.*{#/, "", id); \
	  gsub(/^#+ | *{#.*/, "", title); page = FILENAME; gsub(/.*\/|\.nw$$/, "", page); \
	  print id "\t" page ".html\t" title }' $^ >$@.new; $(call keep,$@)
COMMON := $(addprefix $(KITS)/common/,compile.sh link.sh sections.tsv link/schedule.names link/names \
  $(foreach b,$(sanitized),link/$b.a lib/$b.a) $(HEADERS:%=include/%))
define kit_rule
$(KITS)/$1/exercise.json: tests/graded/kit.sh tests/graded/allow.txt \
    $(foreach b,$(if $(filter function,$(KIND.$1)),$(sanitized),bin),$(addprefix build/$b/graded/,$1.o harness.o run.o schedule.o)) \
    build/exercises/$1/starter/$(FILE.$1) build/exercises/$1/solution/$(FILE.$1) build/bin/libhands.a | $(GRADERS) $(COMMON)
	@CC=$(CC) sh tests/graded/kit.sh $1 $(KIND.$1) $(FILE.$1) '$$(call INCLUDES,$(CHAPTER.$1))' '$$(call LIBS,$(CHAPTER.$1))'
	@build/bin/22-grader/judge --prepare $(KITS)/$1
endef
$(foreach e,$(EXERCISES),$(eval $(call kit_rule,$e)))
# Assignments, and the exercises that assignments/NAME lists.
ASSIGNMENTS  := $(notdir $(wildcard assignments/*))
exercises_of  = $(filter $(EXERCISES),$(shell sed -nE 's/^exercise:[[:space:]]*([^[:space:]]*).*/\1/p' assignments/$1))
ifneq ($(A),$(filter $(A),$(ASSIGNMENTS)))
$(error There is no file assignments/$(A); say A= and one of: $(ASSIGNMENTS))
endif
need_assignment = $(if $(A),,echo "make $@: say A= and one of: $(ASSIGNMENTS)" >&2; exit 1)
KITTED := $(if $(A),$(call exercises_of,$(A)),$(EXERCISES))
kits: $(KITTED:%=$(KITS)/%/exercise.json) $(COMMON) $(A:%=build/grading/%/assignment.json) ## what the judge needs of each exercise, or A=NAME of an assignment's; in build/grading/exercises/

# The suite of the judge needs some kits.
JUDGED := $(foreach e,ex-slice ex-courier ex-lock-both ex-chain ex-join,$(KITS)/$e/exercise.json)
$(sanitized:%=check-suite-%-judge): | $(JUDGED)

# Every variant of every exercise before the judge: the starter has nothing, the
# solution all, each mutant less, and is told why. make check does it once, with
# one seed and without TSan; make verify-exercises with SEEDS, TSan, and the
# reference while all cores are busy.
SEEDS ?= 2 3 5 8 13
define graded_rule
build/graded/$1/$2.json: build/exercises/$1/$2/$(FILE.$1) $(KITS)/$1/exercise.json
	@mkdir -p build/graded/$1/$2; sed '/^#line /d' $$< >build/graded/$1/$2/$(FILE.$1)
	@build/bin/22-grader/judge $(if $(filter starter,$2),,--quick) --seed 1 -o $$@ $(KITS)/$1 build/graded/$1/$2/$(FILE.$1)
GRADED += build/graded/$1/$2.json
$(foreach s,$(SEEDS),$(if $(filter solution,$2)$(filter $s,$(firstword $(SEEDS))),
build/graded/$1/$2-$s.json: build/graded/$1/$2.json
	@build/bin/22-grader/judge --seed $s -o $$@ $(KITS)/$1 build/graded/$1/$2/$(FILE.$1)
VERIFIED += build/graded/$1/$2-$s.json
))
endef
$(foreach e,$(EXERCISES),$(foreach v,$(VARIANTS.$e),$(eval $(call graded_rule,$e,$v))))
check-graded: $(GRADED)
	@echo "── graded"; awk -f tests/graded/verify.awk $(GRADED)
verify-exercises: $(VERIFIED) $(GRADED) ## every exercise before the judge: SEEDS="1 2 3"; takes long
	@busy=; for core in $$(seq $$(nproc)); do (while :; do :; done) & busy="$$busy $$!"; done; \
	trap 'kill '"$$busy" EXIT; for e in $(EXERCISES); do \
	  build/bin/22-grader/judge --seed 1 -o build/graded/$$e/solution-busy.json $(KITS)/$$e build/graded/$$e/solution/*.*; done
	@awk -f tests/graded/verify.awk $(GRADED) $(VERIFIED) $(EXERCISES:%=build/graded/%/solution-busy.json)
.PHONY: kits verify-exercises check-graded

# The look: valid pages whose links lead somewhere; a sound EPUB; no LaTeX
# warning that a reader would see.
LINKCHECK := build/bin/14-fetching-pages/linkcheck
check-html: site $(LINKCHECK)
	@echo "── HTML"; tidy -q -e --warn-proprietary-attributes no $(patsubst %,book/html/%.html,$(PAGES) $(EXTRA)) && $(LINKCHECK) book/html
check-epub: epub
	@echo "── EPUB"; java -jar /usr/bin/epubcheck --failonwarnings book/many-hands.epub && tests/epub.sh build/epub/files
check-pdf: $(PDFS)
	@echo "── PDF"; tests/pdf.sh book/many-hands.pdf "595.276 x 841.89" && tests/pdf.sh book/many-hands-6x9.pdf "432 x 648"

# The site in a browser, as readers use it; ten views of it are saved in build/views/.
PLAYWRIGHT := tests/web/node_modules/.package-lock.json
$(PLAYWRIGHT): tests/web/package.json tests/web/package-lock.json build/stamp/packages-web
	@cd tests/web; PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error; touch node_modules/.package-lock.json
check-web: site $(PLAYWRIGHT) ## the site in a browser: reading, searching, keys, accessibility
	@echo "── web"; cd tests/web; node --test *.unit.js && npx playwright test
bench-web: html $(PLAYWRIGHT) ## what searching, scrolling and opening chunks cost in a browser
	@cd tests/web; node measure.js
addresses: site ## note the addresses of this edition, which must go on leading somewhere
	@PUBLISH=1 node tests/web/addresses.unit.js
screenshots: site $(PLAYWRIGHT) ## the README's picture, figures/readme-page.png, anew
	@cd tests/web; SCREENSHOTS=1 npx playwright test views.spec.js --project=desktop -g README

# The whole grader, over good, bad and hostile submissions at once: twice in make
# check, ten times by make verify-grading, by turns alone and with busy cores.
GRADER  := $(foreach p,box gate judge unpack grade,build/bin/22-grader/$p)
GRADED1 := build/grading/exercises/ex-slice/exercise.json $(foreach v,$(VARIANTS.ex-slice),build/exercises/ex-slice/$v/$(FILE.ex-slice))
check-grading verify-grading: $(GRADER) $(GRADED1) $(wildcard tests/hostile/*) | build/stamp/packages-check
	@echo "── grading"; $(run_test) tests/grading.sh $(if $(filter verify-%,$@),10,2)
.PHONY: verify-grading

# Sources: tangled C is as clang-format leaves it, and clang has no warning.
check-format: tangle
	@clang-format --dry-run -Werror $(filter %.c %.h,$(TANGLED:%=tangled/%)) tests/*.c tests/*.h tests/exercises/*.c
check-clang: $(PROGRAMS:%=build/clang/%) $(LIBRARY:%=build/clang/lib/%.o)
check-build: all
	@echo "── build"; tests/build.sh

CHECKS := suites graded grading handout helgrind transcripts wrong exercises html epub pdf format clang build
check: $(CHECKS:%=check-%) ## install what tests need, and run them all
	@echo "make check: everything passed"
.PHONY: $(CHECKS:%=check-%)

# ── For readers ─────────────────────────────────────────────────────────────

# tangled/F-teaching/folder.sh makes the folder of an exercise, handout.sh an
# assignment's. Which tests a starter passes is known from running it.
TEACHING := assignment.awk count.awk folder.sh handout.sh hide.awk progress.awk
STUDENT_KIT := $(TEACHING:%=tangled/F-teaching/%) $(wildcard tests/exercises/*.mk tests/exercises/*.sed weave/statement.*) \
           tests/run.c tests/run.h tests/schedule.c tests/schedule.h tests/schedule.names build/exercises.tsv
listed   = awk -v book=$1 'BEGIN { OFS = FS = "\t" } FNR > 1 { $$6 = book "/" $$6 } 1' build/exercises.tsv
exercise: tangle $(STUDENT_KIT) $(filter build/exercises/$(N)/starter/% build/exercises/$(N)/solution/verdict.bin,$(VERDICTS)) ## N=ex-id: a folder exercises/ex-id/ with a starter and its tests
	@case " $(EXERCISES) " in *" $(N) "*) ;; *) \
	  echo "make exercise: there is no exercise '$(N)'; say N= and one of: $(EXERCISES)" >&2; exit 1;; esac
	@if [ -e exercises/$(N) ]; then \
	  echo "make exercise: exercises/$(N) exists; move it away to begin again" >&2; exit 1; fi
	@new=exercises/.$(N).new; rm -rf $$new; mkdir -p $$new; \
	sh tangled/F-teaching/folder.sh $(N) $$new ../../book/html ''; \
	$(call listed,../book/html) >$$new/common/exercises.tsv; \
	cp -R $$new/common $$new/Makefile exercises; mv $$new/$(N) exercises; rm -r $$new
	@echo "Your exercise is in exercises/$(N): read statement.html, change $(FILE.$(N)), then make -C exercises/$(N) check"

progress: $(STUDENT_KIT) ## what of exercises/ is done and what is next; exercises/progress.html
	@mkdir -p exercises; $(call listed,../book/html) >exercises/exercises.tsv; cd exercises; \
	awk -v page=progress.html -v begun="$$(ls -d ex-* 2>/dev/null | tr '\n' ' ')" \
	  -f ../tangled/F-teaching/progress.awk exercises.tsv $$(ls ex-*/.result 2>/dev/null); rm exercises.tsv

# An assignment, assignments/NAME, lists exercises. It is handed out if they are
# proved: starters fail, solutions pass, mutants are caught.
define assignment_rule
build/grading/$1/assignment.json: assignments/$1 build/exercises.tsv tangled/F-teaching/assignment.awk
	@mkdir -p $$(@D); awk -v name=$1 -f tangled/F-teaching/assignment.awk build/exercises.tsv $$< >$$@.new; $$(replace)
build/handouts/$1.tar.gz: build/grading/$1/assignment.json $(STUDENT_KIT) build/stamp/edition $(TANGLED:%=tangled/%) \
  $(foreach e,$2,build/md/$(CHAPTER.$e).md tests/exercises/$e.c $(filter build/exercises/$e/%,$(VERDICTS)))
	@mkdir -p $$(@D); awk -f tests/exercises.awk $$(filter %/verdict.bin %/verdict.asan %/verdict.tsan,$$^) >build/handouts/$1.proof || { \
	  cat build/handouts/$1.proof; echo "make handout: an exercise is not as it must be; assignments/$1 is not handed out" >&2; exit 1; }
	@sh tangled/F-teaching/handout.sh $1
endef
$(foreach a,$(ASSIGNMENTS),$(eval $(call assignment_rule,$a,$(call exercises_of,$a))))
handout: $(patsubst %,build/handouts/%.tar.gz,$(filter $(A),$(ASSIGNMENTS))) ## A=NAME: build/handouts/NAME.tar.gz, what students get of assignments/NAME
	@$(need_assignment)
	@echo build/handouts/$(A).tar.gz

# What Gradescope wants: two scripts, beside them the programs, the kit of the
# assignment, and the names of the packages that these need.
define gradescope_rule
build/grading/$1/gradescope.zip: build/grading/$1/assignment.json $(GRADER) packages build/stamp/edition \
  tangled/22-grader/setup.sh tangled/22-grader/run_autograder.sh $(foreach e,$2,build/grading/exercises/$e/exercise.json)
	@d=build/grading/$1/zip; rm -rf $$$$d $$@; mkdir -p $$$$d/bin $$$$d/grading/assignment $$$$d/grading/exercises; \
	cp $(GRADER) $$$$d/bin; cp $$< $$$$d/grading/assignment; \
	cp -R $(foreach e,common $2,build/grading/exercises/$e) $$$$d/grading/exercises; rm -rf $$$$d/grading/exercises/*/seeds; \
	cp tangled/22-grader/setup.sh $$$$d/setup.sh; cp tangled/22-grader/run_autograder.sh $$$$d/run_autograder; \
	awk '$$$$1 == "build" && $$$$2 ~ /^(gcc|check|bubblewrap|pkg-config|.*-dev)$$$$/ { print $$$$2 }' packages >$$$$d/packages; \
	cd $$$$d; chmod 755 setup.sh run_autograder; export TZ=UTC; find . -exec touch -d @$(SOURCE_DATE_EPOCH) {} +; \
	find . -type f | sort | zip -qX ../gradescope.zip -@; cd ..; rm -rf zip
endef
$(foreach a,$(ASSIGNMENTS),$(eval $(call gradescope_rule,$a,$(call exercises_of,$a))))
gradescope: $(patsubst %,build/grading/%/gradescope.zip,$(filter $(A),$(ASSIGNMENTS))) ## A=NAME: build/grading/NAME/gradescope.zip, for its autograder
	@$(need_assignment)
	@echo build/grading/$(A)/gradescope.zip
.PHONY: gradescope bench-grade

# The instructor's edition: the book's pages, each exercise with a link to its
# solution; solutions and mutants with what the tests said of them; a list of all.
INSTRUCT = $(subst --lua-filter weave/book.lua,--lua-filter weave/instructor.lua --lua-filter weave/book.lua,$(PANDOC))
build/instructor/solutions-%.html: build/solutions/%.md weave/instructor.lua weave/template.html $(LOOK) $(VERDICTS)
	@mkdir -p $(@D)
	$(INSTRUCT) -t html5 --mathml --template weave/template.html -o $@.new $<
	@$(replace)
build/instructor/teaching.html: build/exercises.tsv weave/instructor.lua weave/template.html $(LOOK) $(SOLVED)
	@mkdir -p $(@D)
	$(INSTRUCT) -t html5 --template weave/template.html -o $@.new \
	  -M teaching=yes -M pagetitle="The instructor's edition" -M slug=teaching -M kind=index </dev/null
	@$(replace)
instructor: html build/instructor/teaching.html $(SOLVED:solutions/%.nw=build/instructor/solutions-%.html) ## the instructor's edition, build/instructor/teaching.html
	@cp -R book/html/. build/instructor; cd build/instructor; for page in $(patsubst solutions/%.nw,%,$(SOLVED)); do \
	  sed -E "s|<code>make exercise N=(ex-[a-z0-9-]+)</code>|& · <a href=\"solutions-$$page.html#solution-\1\">for instructors</a>|" \
	    ../../book/html/$$page.html >$$page.html; done
	@echo build/instructor/teaching.html

# make install puts libhands where the reader's own programs find it; each header
# has a page of the manual, which all its functions name.
PREFIX  ?= /usr/local
MANUAL  := $(patsubst lib/%.h,build/man/%.3hands,$(filter lib/%.h,$(TANGLED)))
build/man/%.3hands: build/lines/lib/%.h weave/manual.awk build/stamp/edition | build/stamp/packages-build
	@mkdir -p $(@D); awk -v page=$* -v date=$(DATE) -f weave/manual.awk $< | \
	  pandoc -s -t man | sed 's/\\f\[C\]/\\f[CR]/' >$@

install: build/bin/libhands.a $(MANUAL) tangle ## libhands, its headers and manual, below PREFIX
	@to='$(DESTDIR)$(PREFIX)'; man=$$to/share/man/man3; \
	install -d $$to/lib/pkgconfig $$to/include/hands/lib $$man; \
	install -m 644 build/bin/libhands.a $$to/lib; \
	install -m 644 tangled/lib/*.h $$to/include/hands/lib; \
	install -m 644 $(MANUAL) $$man; \
	for page in $(MANUAL); do page=$${page##*/}; \
	  for name in $$(sed -nE '/^.SH NAME/,/(^| )-( |$$)/{s/(^| )-( .*|$$)//;/^[^.]/p}' build/man/$$page | tr -d ,); do \
	    [ $$name.3hands = $$page ] || echo ".so man3/$$page" >$$man/$$name.3hands; done; done; \
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: hands' 'Version: $(VERSION)' \
	  'Description: Workers, queues, traces and executors of the book Many Hands' \
	  'Cflags: -I$${prefix}/include/hands' 'Libs: -L$${prefix}/lib -lhands -pthread' \
	  >$$to/lib/pkgconfig/hands.pc
uninstall: ## remove what make install put below PREFIX
	@cd '$(DESTDIR)$(PREFIX)'; rm -rf lib/libhands.a lib/pkgconfig/hands.pc include/hands share/man/man3/*.3hands

DIST    := many-hands-$(VERSION)
dist: all ## build/many-hands-VERSION.tar.gz: the C, the book, a Makefile for a compiler alone
	@rm -rf build/$(DIST); mkdir -p build/$(DIST)
	@cp -R --preserve=links README.md LICENSE tangled book build/$(DIST); cp weave/dist.mk build/$(DIST)/tangled/Makefile
	@tar -C build --sort=name --owner=0 --group=0 --numeric-owner --mtime=@$(SOURCE_DATE_EPOCH) \
	  -c $(DIST) | gzip -n >build/$(DIST).tar.gz.new; mv build/$(DIST).tar.gz.new build/$(DIST).tar.gz
	@echo build/$(DIST).tar.gz

# Measured data are what programs print: figures/NAME.tsv comes from the program
# NAME, which takes the number of runs.
RUNS     ?= 101
MEASURED := $(filter $(notdir $(PROGRAMS)),$(notdir $(basename $(wildcard figures/*.tsv))))
bench: examples ## measure again what the figures show
	@$(foreach m,$(MEASURED),echo "measuring $m"; PATH=/usr/bin:/bin build/bin/$(filter %/$m,$(PROGRAMS)) $(RUNS) >figures/$m.tsv.new; \
	  mv figures/$m.tsv.new figures/$m.tsv;)

# A timeline is drawn from a recorded run: figures/data/NAME.json comes from the
# program NAME, or from PROGRAM ARGUMENT where the name is PROGRAM-ARGUMENT. A
# program that hangs on purpose is ended, which its record survives.
recorded_program = $(firstword $(subst -, ,$1))
record = TRACE=figures/data/$1.json timeout 5 \
  build/bin/$(filter %/$(recorded_program),$(PROGRAMS) $(WRONG)) $(patsubst $(recorded_program)-%,%,$(filter $(recorded_program)-%,$1))
traces: examples ## record again the runs that timelines show
	@$(foreach r,$(RECORDED),echo "recording $r"; $(call record,$r) </dev/null >/dev/null || echo "$r: status $$?";)

bench-build: html ## what weaving costs beside pandoc, as ratios in one run
	@tests/bench-build.sh

BENCHED := $(GRADER) build/grading/exercises/ex-outcome/exercise.json \
           $(foreach v,$(VARIANTS.ex-outcome),build/exercises/ex-outcome/$v/$(FILE.ex-outcome)) \
           $(foreach b,$(sanitized),$(call tests_of,ex-outcome,$b))
bench-grade: $(BENCHED) ## submissions a second, beside compiling and running them bare; COUNT=40 RUNS=5
	@tests/bench-grade.py $(or $(COUNT),40) $(if $(filter file,$(origin RUNS)),5,$(RUNS))

bench-pools: $(patsubst %,build/bin/%,$(filter %/poolbench,$(PROGRAMS))) | build/stamp/packages-bench ## the book's executors against their peers; RUNS=11 WORKLOADS="post map"
	@tests/bench-pools.py

bench-fetch: $(patsubst %,build/bin/%,$(filter 14-fetching-pages/%,$(PROGRAMS))) | build/stamp/packages-bench ## chapter 14's fetchers against their peers; RUNS=11
	@tests/bench-fetch.py $(if $(filter file,$(origin RUNS)),11,$(RUNS)) >figures/fetchrate.tsv.new; \
	  mv figures/fetchrate.tsv.new figures/fetchrate.tsv

bench-choose: $(patsubst %,build/bin/%,$(filter %/choose,$(PROGRAMS))) | build/stamp/packages-bench ## chapter 12's two workloads in C and in Python; RUNS=11
	@tests/bench-choose.py --runs $(if $(filter file,$(origin RUNS)),11,$(RUNS)) >figures/iocpu.tsv.new; \
	  mv figures/iocpu.tsv.new figures/iocpu.tsv

bench-pipeline: $(patsubst %,build/bin/%,$(filter 16-data-pipeline/%,$(PROGRAMS))) | build/stamp/packages-bench ## chapter 16's pipeline beside Python; RUNS=7 SIZE=200 LARGEST=1000 (megabytes)
	@tests/bench-pipeline.py $(if $(filter file,$(origin RUNS)),7,$(RUNS)) $(or $(SIZE),200) $(LARGEST)

