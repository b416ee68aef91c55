# Many who wait: memory for each waiter, and processor time for each wait.
set terminal svg size 720,380 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale xy
set border 3
set grid ytics
set tics nomirror
set xrange [70:14000]
set xtics (100, 300, "1,000" 1000, "3,000" 3000, "10,000" 10000)
set xlabel "tasks that wait"
data = "figures/waiters.tsv"
# Both kinds of memory of one way, added up and divided by the waiters.
memory(way) = sprintf("< awk -F'\\t' -v w=%s '$1 == w && $3 == \"KiB\" { m = $6 } $1 == w && $3 == \"kernel-KiB\" { k = $6 > 16 ? $6 : 0; print $2 \"\\t\" (m + k) / $2 }' %s", way, data)
work(way) = sprintf("< awk -F'\\t' -v w=%s '$1 == w && $3 == \"cpu-ms\" { f = 1000 / $2 / 5; print $2 \"\\t\" $6 * f \"\\t\" $5 * f \"\\t\" $7 * f }' %s", way, data)
set multiplot layout 1,2
set ylabel "KiB for each"
set yrange [0.05:50]
set ytics (0.1, 0.3, 1, 3, 10, 30)
set nokey
plot memory("threads") with linespoints lw 1.5 lt 1 pt 7 notitle, \
     memory("event-loop") with linespoints lw 1.5 lt 2 dt 2 pt 5 notitle
set ylabel "µs of processor time for each wait"
set yrange [1:100]
set key right bottom Left reverse
set ytics (1, 3, 10, 30, 100)
plot work("threads") using 1:2:3:4 with yerrorlines lw 1.5 lt 1 pt 7 title "a thread for each", \
     work("event-loop") using 1:2:3:4 with yerrorlines lw 1.5 lt 2 dt 2 pt 5 title "one event loop"
unset multiplot
