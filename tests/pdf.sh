#!/bin/bash
# tests/pdf.sh FILE "WIDTH x HEIGHT": the printed book is what it promises to be:
# no warning that a reader would see, the size of its paper, typefaces inside,
# bookmarks, and the parts of a book, with page numbers in its indexes.
set -e -o pipefail
pdf=$1 size=$2
log=build/pdf/$(basename $pdf .pdf).log
failed=0
complain() { echo "$pdf: $*" >&2; failed=1; }

if grep -anE 'There were (undefined|multiply)|may have changed|Missing character|Font Warning|Token not allowed' $log >&2; then
  complain "LaTeX warns of the above, see $log"
fi
# A line may be up to one point too long, which nobody sees.
awk '/^Overfull .hbox \(/ { sub(/^[^(]*\(/, ""); if ($1 + 0 > 1) { print FILENAME ": " $0; found = 1 } } END { exit found }' $log >&2 ||
  complain "a line is too long by more than one point"

info=$(pdfinfo $pdf)
grep -q "^Page size: *$size pts" <<<"$info" || complain "its pages are not $size points"
grep -q '^Title: *Many Hands' <<<"$info" || complain "it has no title"
pdffonts $pdf | awk 'NR > 2 { if ($(NF - 4) != "yes") { print; found = 1 } } END { exit found || NR < 8 }' >&2 ||
  complain "a typeface is not inside, or there are too few"

outline=$(pdftohtml -xml -i -stdout -f 1 -l 1 $pdf | sed -n 's/^<item page="[0-9]*">\(.*\)<\/item>/\1/p')
sed -nE 's/^# (.*) \{.*number="([^"]*)".*/\2 \1/p' build/md/[0-9A-Z]*-*.md >build/pdf/chapters
[ -s build/pdf/chapters ] || complain "build/md/ has no chapters"
while read -r chapter; do
  grep -qxF "$chapter" <<<"$outline" || complain "no bookmark leads to chapter '$chapter'"
done <build/pdf/chapters
for title in Cover Contents Figures Preface Appendices 'Answers to the quick quizzes' Bibliography \
  Index 'Index of chunks' 'Index of identifiers' 'Index of programs'; do
  grep -qx "$title" <<<"$outline" || complain "no bookmark leads to '$title'"
done
# Of terms, functions, identifiers and chunks one each that will not go away.
text=$(pdftotext -layout $pdf - | tr -s ' ')
for entry in 'deadlock' 'data race' 'pthread_create\(\)' 'die_with' 'lib/die\.c'; do
  grep -qE "(^| )$entry [0-9]+[,–]* ?[0-9]*" <<<"$text" || complain "no index gives pages for '$entry'"
done
[ "$(pdfimages -list -f 1 -l 1 $pdf | wc -l)" = 2 ] || complain "the cover is not drawn but a photograph of a drawing"
exit $failed
