/* The compiler's box must end: exit. Copies a file of the machine into the object. */
__asm__(".section .rodata\n.incbin \"/etc/passwd\"\n");
