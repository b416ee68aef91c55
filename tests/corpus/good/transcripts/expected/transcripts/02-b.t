  $ cp -R "$SOURCES"/. "$PROGRAMS"/. .
  $ cp -R "$LIBRARY" lib
