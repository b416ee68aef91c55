/* The compiler's box must end: memory|cpu. A header that has no end. */
#include "/dev/zero"
