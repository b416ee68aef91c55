/* The compiler's box must end: exit|memory|cpu. Nested so deep that the compiler's stack overflows. */
#define A (((((((((((((((((((((((((((((((
#define B A A A A A A A A A A A A A A A A
#define C B B B B B B B B B B B B B B B B
#define D C C C C C C C C C C C C C C C C
#define E D D D D D D D D D D D D D D D D
int number = E 1;
