# Two threads at one table, against one thread with no lock, by the length of
# the critical section.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale x
set xrange [2:90000]
set yrange [0:2.1]
set xtics nomirror ("3 ns" 3, "10" 10, "30" 30, "100" 100, "300" 300, "1 µs" 1000, "3" 3000, "10" 10000, "30" 30000)
set ytics nomirror 0.5
set xlabel "length of the critical section"
set ylabel "speed-up of two threads"
set border 3
set grid ytics
set key left top Left reverse
data = "figures/lockcost.tsv"
rows(name) = sprintf("< awk -F'\\t' '$1 == 2 && $2 == \"%s\"' %s", name, data)
plot 1 with lines lw 1 lt 3 dt 3 notitle, \
     rows("striped") using 3:6:5:7 with yerrorlines lw 1.5 lt 2 dt 1 pt 7 title "sixteen mutexes", \
     rows("rwlock")  using 3:6:5:7 with yerrorlines lw 1.5 lt 3 dt 4 pt 9 title "one reader–writer lock", \
     rows("one")     using 3:6:5:7 with yerrorlines lw 1.5 lt 1 dt 2 pt 5 title "one mutex"
