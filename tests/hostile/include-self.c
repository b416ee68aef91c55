/* The compiler's box must end: cpu|output|memory. Includes itself twice, two hundred deep. */
#include __FILE__
#include __FILE__
