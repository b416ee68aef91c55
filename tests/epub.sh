#!/bin/bash
# tests/epub.sh DIRECTORY: an unpacked EPUB has what epubcheck does not ask for: a
# cover, parts that hold chapters, landmarks, answers that one can go to and come
# back from, a text for every picture, code in lines.
set -e
cd "$1/EPUB"
failed=0
complain() { echo "EPUB: $*" >&2; failed=1; }

grep -q 'properties="cover-image"' content.opf || complain "no cover"
grep -q 'schema:accessMode' content.opf || complain "it does not say for whom it is readable"
for type in cover toc bodymatter backmatter bibliography index; do
  grep -q "epub:type=\"$type\"" nav.xhtml || complain "no landmark '$type'"
done
parts=$(grep -oE '<a href="[^"]*#part-[^"]*">[^<]*</a><ol' nav.xhtml | wc -l)
[ "$parts" -ge 5 ] || complain "$parts parts in the contents hold chapters"

quizzes=$(grep -ohE '<div id="quiz-[a-z0-9-]+"' text/*.xhtml | wc -l)
answers=$(grep -ohE 'id="answer-quiz-[a-z0-9-]+"' text/*.xhtml | wc -l)
there=$(grep -ohE 'href="[^"]*#answer-quiz-[a-z0-9-]+"' text/*.xhtml | wc -l)
[ "$answers" -gt 50 ] && [ $there = $answers ] && [ $quizzes = $answers ] ||
  complain "$quizzes quizzes, $there ways to $answers answers"

bare=$(grep -ohE '<img [^>]*>' text/*.xhtml | grep -cvE 'alt="[^"]{20,}"' || :)
[ "$bare" = 0 ] || complain "$bare pictures say nothing to those who cannot see them"
[ "$(grep -ohE '<img [^>]*>' text/*.xhtml | wc -l)" -gt 50 ] || complain "hardly a picture"
grep -qE '<span class="line in4">' text/ch004.xhtml || complain "code is not in lines"
for face in JetBrainsMono-Regular JetBrainsMono-SemiBold DejaVuSans; do
  [ -s fonts/$face.ttf ] || complain "no typeface $face"
done
exit $failed
