# Written by weave from the chapters; read by the Makefile.
CHAPTERS += 01-a
ROOTS.01-a = sum.c
PACKAGES.01-a = 
EXERCISES += ex-sum
FILE.ex-sum = sum.c
KIND.ex-sum = function
CHAPTER.ex-sum = 01-a
VARIANTS.ex-sum = starter solution mutant-forgets-the-last mutant-is-one-too-many
