#!/usr/bin/env bash
# What the house costs, as ratios measured in one run (medians; 2 cores or more):
#   1. weaving the whole book against the pandoc that follows;
#   2. the HTML of a page against a bare pandoc of the same Markdown;
#   3. synthetic books of 50, 100 and 200 chapters: processor time and memory a chapter;
#   4. make with nothing to do.
# Usage: make bench-build. RUNS (default 5) is the number of measurements.
set -euo pipefail
runs=${RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# measure COMMAND...: set median and range to the wall-clock seconds of its runs.
measure() {
    local TIMEFORMAT=%R sorted
    sorted=$(for ((i = 0; i < runs; i++)); do
        { time "$@" >/dev/null 2>&1; } 2>&1
    done | sort -n)
    median=$(sed -n "$(((runs + 1) / 2))p" <<<"$sorted")
    range=$(head -n 1 <<<"$sorted")–$(tail -n 1 <<<"$sorted")
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

weave() { # weave DIRECTORY NW...
    local out=$1
    shift
    markup -t "$@" | autodefs.c | finduses | noidx | build/weave -b weave/book.bib -o "$out" "$@"
}
html_command() { # the recipe's own pandoc command for a page, from make itself
    MAKEFLAGS='' make -n -W "build/md/$1.md" "book/html/$1.html" | grep -m 1 '^pandoc' | sed "s|-o [^ ]*|-o $work/page.html|"
}
bare() { pandoc --standalone -t html5 -o "$work/bare.html" "build/md/$1.md"; }

echo "# $(uname -m), $(nproc) cores, $(pandoc --version | head -n 1), medians (and ranges) of $runs runs"
chapters=$(sed -n 's/^CHAPTERS += //p' build/book.mk)
measure weave "$work/out" chapters/*.nw solutions/*.nw
weaving=$median weaving_range=$range
pandocs=0
for slug in $chapters; do
    html_command "$slug" >"$work/page.sh"
    measure bash "$work/page.sh"
    ours=$median ours_range=$range
    measure bare "$slug"
    pandocs=$(awk -v a="$pandocs" -v b="$ours" 'BEGIN { print a + b }')
    echo "page $slug: ours $ours s ($ours_range), bare pandoc $median s ($range), ratio $(ratio "$ours" "$median")"
done
echo "weaving the book: $weaving s ($weaving_range); pandoc for its chapters: $pandocs s, ratio $(ratio "$weaving" "$pandocs")"

# Synthetic books: chapters of 40 sections with prose and a chunk each.
synthetic() { # synthetic N: write the N-th chapter
    awk -v n="$1" 'BEGIN {
        printf "---\ntitle: Chapter %d\npart: I. One\nsummary: None.\nread: 1\n---\n\n", n
        printf "<<c%d.c>>=\n#include <stdio.h>\n", n
        for (i = 1; i <= 40; i++) printf "<<define step %d of %d>>\n", i, n
        printf "int main(void)\n{\n    return 0;\n}\n@\n"
        for (i = 1; i <= 40; i++) {
            printf "\n## Section %d {#sec-%d-%d}\n\n", i, n, i
            for (w = 0; w < 120; w++) printf "word%d%s", (w * 7 + i) % 50, w % 12 == 11 ? "\n" : " "
            printf "\nSee [](#sec-%d-1) and `printf()`.\n\n<<define step %d of %d>>=\n", n, i, n
            printf "static int step_%d_%d(int value)\n{\n    int next = value + %d;\n    printf(\"%%d\", next);\n    return %s;\n}\n@\n",
                i, n, i, (i > 1 ? "step_" (i - 1) "_" n "(next)" : "next")
        }
    }'
}
for count in 50 100 200; do
    project=$work/synthetic
    rm -rf "$project"
    mkdir -p "$project"/{chapters,solutions,figures}
    cp -R Makefile packages weave "$project"
    for ((n = 1; n <= count; n++)); do
        synthetic "$n" >"$project/chapters/$(printf %03d-synthetic%d "$n" "$n").nw"
    done
    (
        cd "$project"
        mkdir build
        cp "$OLDPWD/build/weave" build/
        markup -t chapters/*.nw | autodefs.c | finduses | noidx >stream
        python3 - "$count" <<'PYTHON'
import glob, resource, subprocess, sys
count = int(sys.argv[1])
files = sorted(glob.glob("chapters/*.nw"))
def used():  # processor seconds of all children so far
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
def cost(command, **options):
    before = used()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
    return 1000 * (used() - before) / count
with open("stream") as stream:
    weave = cost(["build/weave", "-b", "weave/book.bib", "-o", "build", *files], stdin=stream)
memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
filters = cost("markup -t chapters/*.nw | autodefs.c | finduses | noidx >/dev/null", shell=True)
pages = cost("ls build/md/[0-9]*.md | xargs -P 2 -I{} sh -c 'pandoc --standalone --template weave/template.html"
             " --metadata-file weave/metadata.yaml --lua-filter weave/book.lua --citeproc -t html5 {} >/dev/null'", shell=True)
print(f"synthetic {count}: noweb's filters {filters:.1f}, weave {weave:.2f}, pandoc {pages:.0f}, "
      f"all {filters + weave + pages:.0f} ms of processor a chapter; weave {memory / count:.0f} KiB a chapter")
PYTHON
    )
done
measure make
echo "make with nothing to do: $median s ($range)"
