# Passing one item from a thread to another, against the capacity of the queue.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale xy
set xrange [0.8:1300]
set yrange [40:40000]
set xtics nomirror (1, 4, 16, 64, 256, "1,024" 1024)
set ytics nomirror (50, 100, 200, 500, "1,000" 1000, "2,000" 2000, "5,000" 5000, "10,000" 10000, "20,000" 20000)
set xlabel "capacity of the queue"
set ylabel "time for each item, ns"
set border 3
set grid ytics
set key right top Left reverse
data = "figures/handover.tsv"
rows(name) = sprintf("< awk -F'\\t' '$1 == \"%s\"' %s", name, data)
plot rows("sleep-ns") using 2:5:4:6 with yerrorlines lw 1.5 lt 1 dt 1 pt 7 title "asleep while there is nothing to do", \
     rows("spin-ns")  using 2:5:4:6 with yerrorlines lw 1.5 lt 2 dt 2 pt 5 title "busy wait"
