# What a number costs to read, by text and reader.
set terminal svg size 720,360 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale y
set yrange [2:120]
set ytics nomirror (2, 5, 10, 20, 50, 100)
set ylabel "nanoseconds a number"
set xrange [-0.5:4.5]
set xtics nomirror ("42" 0, "149.95" 1, "-0.0314159" 2, "6.02214076e23" 3, "0.300…004" 4)
set border 3
set grid ytics
set key left top Left reverse
data = "figures/parsecost.tsv"
rows(reader) = sprintf("< awk -F'\\t' '$2 == \"%s\" { print n++ \"\\t\" $5 \"\\t\" $4 \"\\t\" $6 }' %s", reader, data)
plot rows("strtod") using ($1 - 0.08):2:3:4 with yerrorbars lw 1.5 lt 1 pt 7 title "strtod", \
     rows("ours")   using ($1 + 0.08):2:3:4 with yerrorbars lw 1.5 lt 2 pt 5 title "ours"
