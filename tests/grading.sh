#!/bin/bash
# grading.sh TIMES [TIER]: good, bad and hostile submissions of one exercise, graded
# together by the real judge; then again, TIMES in all, by turns with both cores
# busy and alone. Whoever is right has all points, also among the hostile; who is
# not has fewer; no hostile one has any; and all gradings are the same.
set -eu
times=$1 tier=${2:-auto}
exercise=ex-slice file=slice.c
top=$PWD bin=$PWD/build/bin/22-grader work=build/grading/trial
fail() { echo "grading.sh: $*" >&2; exit 1; }

if ! "$bin/box" --tier "$tier" -- /bin/true 2>/dev/null; then
    echo "grading.sh: skipped: no tier of box works here; as root, or with user namespaces, it runs"
    exit 0
fi

rm -rf $work; mkdir -p $work/kit $work/in $work/pack/$exercise
cp -r build/grading/exercises/common build/grading/exercises/$exercise $work
rm -rf $work/$exercise/seeds
# Shorter limits, as some submissions reach them in every test.
sed -i 's/"limits": *{}/"limits": {"wall": 20, "cpu": 5}/' $work/$exercise/exercise.json
grep -q '"wall": 20' $work/$exercise/exercise.json || fail "where are the limits?"
cat >$work/kit/assignment.json <<END
{"name": "trial", "visibility": "visible", "kit": "..",
 "exercises": [{"id": "$exercise", "file": "$file", "points": 20, "max": 20}]}
END

hand_in() { # STUDENT FILE
    cp "$2" $work/pack/$exercise/$file
    tar -C $work/pack -czf "$work/in/$1.tar.gz" $exercise
}

for variant in build/exercises/$exercise/*/; do
    variant=${variant%/}
    sed '/^#line /d' $variant/$file >$work/source.c
    hand_in "${variant##*/}" $work/source.c
done
for hostile in tests/hostile/*.c; do
    case $(head -n 1 "$hostile") in
    *judge\ $exercise\ pass*) continue ;; # not hostile after all
    *judge\ $exercise\ *) ;;
    *judge\ ex-*) continue ;;
    esac # what is left attacks the exercise, or the compiler
    tests/hostile/submission.sh "$hostile" >$work/source.c
    hand_in "hostile-$(basename "$hostile" .c)" $work/source.c
done
: >$work/empty; hand_in hostile-empty-file $work/empty
head -c 3000 build/bin/22-grader/grade >$work/binary; hand_in hostile-binary-file $work/binary
cp build/exercises/$exercise/solution/$file $work/right.c
tests/hostile/archives.py $work/archives $exercise/$file $work/right.c
for archive in $work/archives/*; do cp "$archive" "$work/in/hostile-${archive##*/}"; done

cd $work
grade() { "$bin/grade" --tier "$tier" -j 2 "$@"; }

# Alone first, so that there is something to compare with.
mkdir alone-in; cp in/solution.tar.gz in/starter.tar.gz in/mutant-* alone-in
grade kit alone-in -o alone >/dev/null || fail "graded alone, not all have verdicts"

busy=
trap 'test -z "$busy" || kill $busy 2>/dev/null || :' EXIT
trap 'exit 1' HUP INT TERM
for ((turn = 1; turn <= times; turn++)); do
    if ((turn % 2 == 0)); then
        for core in 1 2; do (while :; do :; done) & busy="$busy $!"; done
    fi
    grade kit in -o turn-$turn >said 2>&1 || fail "turn $turn: $(cat said)"
    if test -n "$busy"; then kill $busy; wait $busy 2>/dev/null || :; busy=; fi
    echo "turn $turn: $(grep submissions: said)"
    if ((turn == 1)); then
        awk -F , -v most=20 'NR > 1 {
            sub(/\r$/, "")
            hostile = $1 ~ /^hostile-/
            if ($2 == "infra") { print "not graded: " $0; bad = 1 }
            else if (hostile && $3 != 0) { print "a hostile one has points: " $0; bad = 1 }
            else if ($1 == "solution" && $3 != most) { print "right, but: " $0; bad = 1 }
            else if ($1 == "starter" && $3 != 0) { print "nothing done, but: " $0; bad = 1 }
            else if ($1 ~ /^mutant-/ && $3 >= most) { print "a mistake, but: " $0; bad = 1 }
            count++
        } END { if (count < 60) { print "only " count " submissions"; bad = 1 } exit bad }' \
            turn-1/grades.csv || fail "see above"
        mkdir neighbours
        for student in alone/*/; do cp -r "turn-1/$(basename "$student")" neighbours; done
        "$bin/grade" diff alone neighbours || fail "the hostile ones have changed other results"
    else
        cmp turn-1/grades.csv turn-$turn/grades.csv || fail "turn $turn: other points"
        "$bin/grade" diff turn-1 turn-$turn || fail "turn $turn: other verdicts"
        rm -r turn-$turn
    fi
done
left=$(ls -d turn-1/*/.work-* 2>/dev/null || :)
test -z "$left" || fail "left behind: $left"
