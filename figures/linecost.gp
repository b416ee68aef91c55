# What it costs to keep a line whole, by way, kind and number of workers.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set multiplot layout 1,2
set xrange [0.8:5]
set logscale x 2
set xtics nomirror (1, 2, 4)
set logscale y
set yrange [30:4000]
set ytics nomirror (50, 100, 200, 500, "1,000" 1000, "2,000" 2000)
set border 3
set grid ytics
set key at graph 0.03, graph 0.64 left top Left reverse samplen 2.5 font ",12"
data = "figures/linecost.tsv"
rows(kind, way) = sprintf("< awk -F'\\t' '$1 == \"%s\" && $2 == \"%s\"' %s", kind, way, data)
set xlabel "threads"
set ylabel "nanoseconds a line"
plot rows("thread", "line buffer") using 3:6:5:7 with yerrorlines lw 1.5 lt 1 dt 2 pt 5 title "a write a line", \
     rows("thread", "two calls")   using 3:6:5:7 with yerrorlines lw 1.5 lt 2 dt 1 pt 7 title "two calls, locked", \
     rows("thread", "one call")    using 3:6:5:7 with yerrorlines lw 1.5 lt 3 dt 4 pt 9 title "one call"
unset ylabel
unset key
set xlabel "processes"
plot rows("process", "line buffer") using 3:6:5:7 with yerrorlines lw 1.5 lt 1 dt 2 pt 5, \
     rows("process", "two calls")   using 3:6:5:7 with yerrorlines lw 1.5 lt 2 dt 1 pt 7, \
     rows("process", "one call")    using 3:6:5:7 with yerrorlines lw 1.5 lt 3 dt 4 pt 9
unset multiplot
