#!/usr/bin/env bash
# What the build promises, tried on a copy of the sources in another directory:
#   - both copies give the same bytes (tangled sources, HTML, EPUB, PDF);
#   - a second make does nothing;
#   - editing one chapter rebuilds its programs, its page and the indexes only;
#   - a broken chapter stops the build and leaves the old page;
#   - make exercise makes a folder that works, and never overwrites one;
#   - with LINES=1, messages of the compiler name the chapters' lines;
#   - on a system without apt, make lists the packages and stops;
#   - make install gives a library and manual that a program of one's own can use;
#   - make dist makes a tarball whose programs build with a compiler alone.
# Usage: tests/build.sh, after make, from the project's directory.
set -euo pipefail
unset MAKEFLAGS MFLAGS MAKELEVEL # the makes below are on their own
here=$PWD
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
passed=0 failed=0

# check DESCRIPTION COMMAND...: count whether the command succeeds.
check() {
    local what=$1
    shift
    if "$@" >"$copy/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "build.sh: FAILED: $what"
        tail -n 20 "$copy/log"
    fi
}

# Files below the given directories that are newer than the mark.
newer() { find "$@" -type f -newer "$copy/mark" | sort; }
mark() { touch "$copy/mark"; sleep 0.05; }
quiet_make() { make --no-print-directory "$@"; }

sources() {
    if git -C "$here" rev-parse >/dev/null 2>&1; then
        git -C "$here" ls-files -z --cached --others --exclude-standard
    else
        find . -type f -not -path './build/*' -not -path './exercises/*' -print0
    fi
}
mkdir "$copy/book"
sources | tar -C "$here" --null --files-from=- --ignore-failed-read -c 2>/dev/null | tar -C "$copy/book" -x
cd "$copy/book"
quiet_make >"$copy/make.log" 2>&1 || { tail "$copy/make.log"; echo "build.sh: the copy does not build"; exit 1; }

for part in tangled book/html book/many-hands.epub book/many-hands.pdf; do
    check "$part is the same in two directories" diff -r "$here/$part" "$part"
done

mark
quiet_make >"$copy/second" 2>&1
check "a second make runs no compiler and no pandoc" \
    bash -c "! grep -E 'gcc|clang|pandoc|lualatex' '$copy/second'"
check "a second make writes nothing" test -z "$(newer tangled book build)"

# A word of prose changes one page; a line of code its program too.
mark
sed -i 's/^The line under a chunk says/The small line under a chunk says/' chapters/00-preface.nw
sed -i 's/"Hello, %s\\n"/"Good day, %s\\n"/' chapters/00-preface.nw
quiet_make html examples >"$copy/edit.log" 2>&1
pages=$(newer book/html | grep '\.html$' | xargs -r -n 1 basename | tr '\n' ' ')
programs=$(newer build/bin | grep -v '\.d$' | tr '\n' ' ' || :)
check "an edit of the preface rebuilds its page and no other (rebuilt: $pages)" \
    bash -c "[[ '$pages' =~ ^00-preface.html\ ((chunks|identifiers|programs|terms|bugs).html\ )*$ ]]"
check "and its program and no other (rebuilt: $programs)" \
    test "$programs" = "build/bin/00-preface/greet "

# A broken chapter: a message, a non-zero exit, the old page whole.
cp book/html/00-preface.html "$copy/old.html"
printf '\n<<used by nobody>>=\nint x;\n' >>chapters/00-preface.nw
line=$(grep -n 'used by nobody' chapters/00-preface.nw | cut -d: -f1)
check "a broken chapter stops the build" bash -c "! make html 2>'$copy/broken'"
check "with file, line and advice" grep -qx \
    "chapters/00-preface.nw:$line: chunk ⟨used by nobody⟩ is used nowhere; use it, or remove it" "$copy/broken"
check "and the old page stays" cmp book/html/00-preface.html "$copy/old.html"
cp "$here/chapters/00-preface.nw" chapters/

# With LINES=1 a compiler's message names the chapter.
line=$(grep -n '^    return 0;' chapters/00-preface.nw | head -n 1 | cut -d: -f1)
sed -i "${line}s/0/zero/" chapters/00-preface.nw
check "a mistake in C stops the build" bash -c "! make LINES=1 examples 2>'$copy/lines'"
check "and LINES=1 names the chapter's line" grep -q "^chapters/00-preface.nw:$line:.*zero" "$copy/lines"
cp "$here/chapters/00-preface.nw" chapters/

# The way of a student: a folder, a failing start, the solution, a pass.
id=$(awk '$1 == "EXERCISES" { print $3; exit }' build/book.mk)
file=$(awk -v k="FILE.$id" '$1 == k { print $3 }' build/book.mk)
check "make exercise N=$id" quiet_make exercise "N=$id"
check "the starter compiles and fails" bash -c "! make -C exercises/$id check >'$copy/start' 2>&1 && test -x exercises/$id/build/check/test"
cp "$here/build/exercises/$id/solution/$file" "exercises/$id/$file"
check "the solution passes in the folder" make -C "exercises/$id" check
check "make exercise never overwrites" bash -c "! make exercise N=$id 2>'$copy/again' && cmp '$here/build/exercises/$id/solution/$file' exercises/$id/$file"
check "an unknown exercise is refused by name" bash -c "! make exercise N=ex-none 2>'$copy/none' && grep -q 'ex-none' '$copy/none'"

# Where there is no apt, make names the packages and stops.
mkdir "$copy/tools"
for tool in make bash awk sed mkdir touch nproc date cat; do
    ln -s "$(command -v $tool)" "$copy/tools/$tool"
done
rm -rf build/stamp/packages-build
check "without apt make stops" bash -c "! PATH='$copy/tools' make examples 2>'$copy/foreign'"
check "and lists the packages" grep -q "not a Debian system.*noweb" "$copy/foreign"
check "unless they are said to be installed" quiet_make build/stamp/packages-build PACKAGES=installed

# A program of the reader's own, built against what make install put somewhere.
cat >"$copy/own.c" <<'END'
#include "lib/executor.h"

#include <stdio.h>

static int square(const void *argument, void *result)
{
    *(long *)result = *(const long *)argument * *(const long *)argument;
    return 0;
}

int main(void)
{
    const struct task task = { .run = square,
                               .argument_size = sizeof(long),
                               .result_size = sizeof(long) };
    struct executor *executor = executor_threads(NULL);
    struct future *future = executor_submit(executor, &task, &(long){ 12 });
    long result;
    int error = future_get(future, &result, NULL);
    future_free(future);
    executor_free(executor);
    printf("%ld\n", result);
    return error;
}
END
root=$copy/root
check "make install" quiet_make install "PREFIX=$root"
check "a program builds with pkg-config hands" bash -c \
    "PKG_CONFIG_PATH='$root/lib/pkgconfig' && export PKG_CONFIG_PATH &&
     gcc -o '$copy/own' '$copy/own.c' \$(pkg-config --cflags --libs hands)"
check "and runs" bash -c "'$copy/own' | grep -qx 144"
check "the manual is sound" bash -c \
    "cd '$root/share/man' && ! mandoc -T lint -W error man3/*.3hands | grep ."
check "and names a function's page" bash -c \
    "mandoc '$root/share/man/man3/executor.3hands' | grep -q 'copied, and the call' &&
     grep -qx '.so man3/executor.3hands' '$root/share/man/man3/executor_submit.3hands'"
check "make uninstall leaves no file" bash -c \
    "make --no-print-directory uninstall 'PREFIX=$root' && test -z \"\$(find '$root' -type f)\""

# The tarball builds with a C compiler, make and the libraries alone.
check "make dist" quiet_make dist
mkdir "$copy/dist"
check "the tarball unpacks" tar -C "$copy/dist" -xf build/many-hands-*.tar.gz
check "its programs build" bash -c "make -j $(nproc) -C '$copy'/dist/*/tangled"
check "and run" bash -c "'$copy'/dist/*/tangled/00-preface/greet you | grep -q you"
check "and the book is in it" test -s "$(echo "$copy"/dist/*/book/html/index.html)"

echo "build: $passed passed, $failed failed" | sed 's/^build: //'
[ "$failed" = 0 ]
