/* The compiler's box must end: exit|output|memory|cpu. An object file of a tebibyte. */
char big[1LL << 40] = {1};
