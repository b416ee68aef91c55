#!/bin/sh
# Within a box, in its folder: the objects of one file, once the gate has let them in, become the
# programs that run its tests. No code of the student's runs here.
#
# Standard output as compile.sh's. Exit status: 0; 1 the gate refuses them, and
# standard error says why; else something broke.
objects=
for build in $BUILDS; do
    objects="$objects in/$build"
done
./gate kit/api.txt kit/allow.txt $objects || exit $?
# All that is not the exercise's own becomes local, so that it can take nobody's
# place; calls of threads and of the system lead through the test's; so do exits.
for build in $BUILDS; do
    objcopy --keep-global-symbols=kit/api.txt --redefine-syms=common/schedule.names \
        --redefine-syms=common/names --rename-section .text=student \
        --rename-section .text.unlikely=student --rename-section .text.startup=student \
        --rename-section .text.hot=student --rename-section .text.exit=student \
        in/$build $build.o || exit 2
    case $build in
    asan) flags=-fsanitize=address,undefined ;;
    tsan) flags=-fsanitize=thread ;;
    *) flags= ;;
    esac
    ${CC:-gcc} -no-pie -Wl,-z,noexecstack -Wl,-z,now -Wl,--as-needed $flags -o $build $build.o \
        kit/$build.o common/$build.a $LIBS -latomic -lpthread -lm || exit 2
done
for build in $BUILDS; do
    echo "$build" $(stat -c %s $build)
done
echo
cat $BUILDS
