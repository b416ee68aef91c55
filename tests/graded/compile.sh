#!/bin/sh
# Within a box, in its folder: the student's file alone becomes an object, or for kind=program a
# program, in every build that BUILDS names. Nothing hidden is in this box.
#
# Standard output: a line "BUILD SIZE" for each, an empty line, then their bytes.
# Exit status: 0; 1 the file does not compile, and standard error says why; 9
# there is no compiler.
#
# All builds are made from one preprocessed text, so that the code cannot behave
# well only where a sanitizer looks on.
exec 3>&1 1>&2 # what an assembler prints (.print) is no part of it
work=$(pwd)
cd in || exit 9
common="-std=gnu11 -w -g1 -fno-common -fno-optimize-sibling-calls -fdiagnostics-color=never"
cc=${CC:-gcc}
command -v "$cc" >/dev/null || exit 9
bin="-O2"
asan="-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined"
tsan="-O1 -fsanitize=thread"

$cc $common $CFLAGS -I$work/include -E -o $work/student.i "$FILE" || exit 1
if grep -qE 'no_sanitize|no_address_safety|disable_sanitizer' $work/student.i; then
    echo "$FILE: error: it asks the sanitizers to look away (no_sanitize)" >&2
    exit 1
fi
# In the headers, asm() gives another name to a function, and no more.
if [ "$ASM" != allowed ] && sed -E 's/(asm|__asm|__asm__) *\(("" )?"[A-Za-z0-9_]*"\)//g' $work/student.i |
    grep -v '^#' | grep -qwE 'asm|__asm|__asm__'; then
    echo "$FILE: error: it has instructions of its own (asm), which no sanitizer looks into" >&2
    exit 1
fi
made=
for build in $BUILDS; do
    eval flags=\$$build
    if [ "$KIND" = program ]; then
        $cc $common $flags -o $work/$build $work/student.i $work/hands/$build.a $LIBS -lpthread -lm
    else
        $cc $common $flags -c -o $work/$build $work/student.i
    fi || exit 1
    if nm --defined-only $work/$build | grep -qE ' __[a-z]+san_(default_|is_turned_off)'; then
        echo "$FILE: error: it tells the sanitizers to look away" >&2
        exit 1
    fi
    made="$made $build"
done
cd "$work" || exit 9
{
    for build in $made; do
        echo "$build" $(stat -c %s $build)
    done
    echo
    cat $made
} >&3
