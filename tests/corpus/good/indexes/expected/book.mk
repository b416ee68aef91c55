# Written by weave from the chapters; read by the Makefile.
CHAPTERS += 01-a
ROOTS.01-a = zoo.c
PACKAGES.01-a = 
PROGRAMS += 01-a/zoo
CHAPTERS += 02-b
ROOTS.02-b = bad.c lib/die.h lib/die.c ex.c
PACKAGES.02-b = 
WRONG += 02-b/bad
LIBRARY += die
EXERCISES += ex-sum
FILE.ex-sum = ex.c
KIND.ex-sum = program
CHAPTER.ex-sum = 02-b
VARIANTS.ex-sum = starter solution mutant-nothing-at-all
TRANSCRIPTS += 02-b
