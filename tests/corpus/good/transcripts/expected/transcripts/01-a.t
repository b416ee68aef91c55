  $ cp -R "$SOURCES"/. "$PROGRAMS"/. .
  $ cp -R "$LIBRARY" lib

chapters/01-a.nw:7

  $ ./hello
  Hello, you. [a-z]+ (c) {1} $2 a|b?
  $ ./who
  I am process [0-9]+ at 0x[0-9a-fA-F]+, [0-9.]+ s, .+ – [0-9]+ (re)
  it is ½ of [0-9]+ (re)
  $ cat <<EOF
  > one
  > EOF
  one
  > not a command
  $ ./bad
  [0-9]+ is bad (re)
  [3]
  $ ./any
  any* (glob)
  [a-z]+ (re)
…
