# The price of a step of each of two counters, by the distance between them.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale x 2
set xrange [6:340]
set logscale y
set yrange [0.2:60]
set xtics nomirror (8, 16, 32, 64, 128, 256)
set ytics nomirror ("0.3" 0.3, "1" 1, "3" 3, "10" 10, "30" 30)
set xlabel "bytes from one counter to the other"
set ylabel "nanoseconds a step"
set border 3
set grid ytics
set key right top Right samplen 3
data = "figures/false_sharing.tsv"
rows(way) = sprintf("< awk -F'\\t' '$2 == 2 && $1 == \"%s\"' %s", way, data)
alone(way) = sprintf("< awk -F'\\t' '$2 == 1 && $1 == \"%s\" { print 6 \"\\t\" $6; print 340 \"\\t\" $6 }' %s", way, data)
plot rows("fetch_add")   using 3:6:5:7 with yerrorlines lw 1.5 lt 1 dt 1 pt 5 title "fetch\\_add", \
     alone("fetch_add")  using 1:2 with lines lw 1 lt 1 dt 3 title "the same, one thread", \
     rows("load, store") using 3:6:5:7 with yerrorlines lw 1.5 lt 2 dt 1 pt 7 title "load, add, store", \
     alone("load, store") using 1:2 with lines lw 1 lt 2 dt 3 title "the same, one thread"
