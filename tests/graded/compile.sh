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
common="-std=gnu11 -w -g1 -fno-ident -fno-common -fno-optimize-sibling-calls -fdiagnostics-color=never"
cc=${CC:-gcc}
command -v "$cc" >/dev/null || exit 9
bin="-O2"
asan="-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined"
tsan="-O1 -fsanitize=thread"

refuse() { echo "$FILE: error: $*" >&2; exit 1; }
$cc $common $CFLAGS -I$work/include -E -o $work/student.i "$FILE" || exit 1
# The text as bytes, without the marks of lines and files, and without the other
# names that asm() gives to functions in headers. No instruction has such a name.
LC_ALL=C sed -E '/^# [0-9]+ "[^"]*"[ 0-9]*$/d
    s/(asm|__asm|__asm__) *\(("" )?"([A-Za-z0-9]*_[A-Za-z0-9_]*|[a-z]+64(v2)?|btowc|wctob|error)?"\)//g' \
    $work/student.i >$work/text
holds() { LC_ALL=C grep -aqzE "(^|[^A-Za-z0-9_])($1)" $work/text; }
byhand='(asm|__asm|__asm__)([^A-Za-z0-9_]|$)'
placed='(__)?(section|weakref|symver)(__)?[[:space:]]*\([[:space:](]*[A-Za-z0-9]*"'
if holds '[a-z_]*(no_sanitize|no_address_safety|disable_sanitizer)'; then
    refuse "it asks the sanitizers to look away (no_sanitize)"
elif [ "$ASM" != allowed ] && holds "$byhand"; then
    refuse "it or a header has instructions of its own (asm), which no sanitizer looks into"
elif [ "$ASM" != allowed ] && holds "$placed"; then
    refuse "it places things by hand (section), where no sanitizer looks"
elif LC_ALL=C grep -aoE '__builtin_ia32_[a-z0-9_]+' $work/text | grep -qvx __builtin_ia32_pause; then
    refuse "it or a header has vector instructions, which no sanitizer looks into"
fi
made=
for build in $BUILDS; do
    eval flags=\$$build
    if [ "$KIND" = program ]; then
        $cc $common $flags -o $work/$build $work/student.i $work/hands/$build.a $LIBS -lpthread -lm
    else
        $cc $common $flags -c -o $work/$build $work/student.i
    fi || exit 1
    # In the plain build no such name is the compiler's.
    defined=--defined-only
    [ $build != bin ] || defined=
    if [ "$KIND" = program ] && nm $defined $work/$build | grep -v ' __asan_option_' |
        grep -qE ' (__[a-z]+san_|__sanitizer_|_ZN[0-9]+__[a-z]+san|Annotate[A-Z])'; then
        refuse "it tells the sanitizers to look away"
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
