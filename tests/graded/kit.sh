#!/bin/sh
# kit.sh ID KIND FILE "CFLAGS" "LIBS": put together, in build/grading/exercises/ID,
# what the judge needs of an exercise; the Makefile says from what. The judge
# itself completes it.
set -e
id=$1 kind=$2 file=$3 cflags=$4 libs=$5
kits=build/grading/exercises
kit=$kits/$1.new common=$kits/common

rm -rf $kit; mkdir -p $kit/link $kit/starter $kit/reference
# The reader's files have no #line: what is said of them names their own lines.
for variant in starter reference; do
    made=build/exercises/$id/$variant/$file
    [ $variant = starter ] || made=build/exercises/$id/solution/$file
    sed '/^#line /d' $made >$kit/$variant/$file
done

names() { nm -g "$@" | awk '{ print $NF }' | sort -u; }
suite=build/bin/graded/$id.o
if [ $kind = function ]; then
    for variant in starter reference; do
        ${CC:-gcc} -std=gnu11 -w -O2 -Ibuild/lines $cflags -c -o $kit/$variant.o $kit/$variant/$file
    done
    # What the suite calls and the solution defines, and no more, may be seen.
    names --undefined-only $suite >$kit/wanted
    names --defined-only $kit/reference.o | comm -12 $kit/wanted - >$kit/link/api.txt
    { sed '/^+/d' tests/graded/allow.txt
      echo "# What the functions of lib/ offer, what starter and solution use, and allow="
      names --defined-only build/bin/libhands.a | grep -v ':$' || :
      names --undefined-only $kit/starter.o $kit/reference.o | awk '
          NR == FNR { used[$1]; print; next }
          /^\+/ { for (i = 2; i <= NF; i++) if ($i in used) {
              $1 = ""; print "# Relatives of " $i; print; break } }' - tests/graded/allow.txt
      awk -F '\t' -v id=$id '$1 == id { print $13 }' build/exercises.tsv
      case $libs in *-lgmp*) # whole numbers without end have no other effect
          nm -D --defined-only $(${CC:-gcc} -print-file-name=libgmp.so) | grep -o '__gmpz_[a-z0-9_]*' ;;
      esac
    } >$kit/link/allow.txt
    # Of the harness only the suite's own names stay visible, which the student's
    # file may need, and those to which calls are led.
    { names --defined-only $suite; awk '{ print $2 }' tests/schedule.names tests/graded/names
    } >$kit/keep
    for build in bin asan tsan; do
        dir=build/$build/graded
        ld -r -o $kit/link/$build.o $dir/$id.o $dir/harness.o $dir/run.o $dir/schedule.o
        objcopy --strip-debug --keep-global-symbols=$kit/keep $kit/link/$build.o
    done
    opens=$(names --undefined-only $kit/reference.o | grep -cxE 'open|open64|openat|fopen|freopen' || :)
    rm $kit/wanted $kit/keep $kit/starter.o $kit/reference.o
else
    dir=build/bin/graded
    ${CC:-gcc} -o $kit/suite $dir/$id.o $dir/harness.o $dir/run.o $dir/schedule.o \
        $common/link/bin.a $libs -lpthread -lm
    opens=1
fi
# Assertions that every way through a test must reach: those that are statements
# of the test itself, in no block of it and behind no return.
awk -v file=$id.c '/^START_TEST/ { certain = 1 } /^END_TEST/ || / return;/ { certain = 0 }
    certain && /^    ck_/ { print file ":" FNR }' tests/exercises/$id.c >$kit/certain.txt
awk -F '\t' -v id=$id -v cflags="$cflags" -v libs="$libs" -v opens=$opens '
    function text(s) { gsub(/[\\"]/, "\\\\&", s); return "\"" s "\"" }
    $1 == id {
        section = $6; sub(/.*#/, "", section)
        printf "{\"id\": %s, \"title\": %s, \"chapter\": %s, \"section\": %s,", text(id),
            text($3), text($4), text(section)
        printf " \"file\": %s, \"kind\": %s, \"points\": %s,", text($12), text($11), $8
        printf " \"cflags\": %s, \"libs\": %s, \"opens\": %s,", text(cflags), text(libs),
            (opens > 0 ? "true" : "false")
        printf " \"limits\": {"
        n = split($14, limits, " ")
        for (i = 1; i <= n; i++) {
            split(limits[i], pair, "=")
            value = pair[2] + 0
            if (pair[2] ~ /K$/) value *= 1024
            if (pair[2] ~ /M$/) value *= 1024 * 1024
            if (pair[2] ~ /G$/) value *= 1024 * 1024 * 1024
            printf "%s\"%s\": %d", (i > 1 ? ", " : ""), pair[1], value
        }
        print "}}"
    }' build/exercises.tsv >$kit/exercise.json
rm -rf $kits/$id; mv $kit $kits/$id
