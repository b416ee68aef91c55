# Five philosophers without pauses: throughput and fairness of three cures and of one lock.
set terminal svg size 720,330 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
rows(what) = sprintf("< awk -F'\\t' '$1 == \"%s\"' figures/meals.tsv", what)
set multiplot layout 1,2
set border 3
set xrange [-0.5:3.5]
set xtics nomirror
set ytics nomirror
set grid ytics
unset key
set ylabel "meals per millisecond"
set yrange [0:*]
plot rows("rate") using 0:5:4:6:xtic(2) with yerrorbars lw 1.5 lt 1 pt 7
set ylabel "first done / last done"
set yrange [0:1]
plot rows("fairness") using 0:5:4:6:xtic(2) with yerrorbars lw 1.5 lt 2 pt 5
unset multiplot
