# One task, by its length: in a plain loop, submitted one by one, and by a map.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale xy
set xrange [5:2000000]
set yrange [0.3:400]
set xtics nomirror ("10 ns" 10, "100 ns" 100, "1 µs" 1000, "10 µs" 10000, "100 µs" 100000, "1 ms" 1000000)
set ytics nomirror ("½" 0.5, "1" 1, "2" 2, "5" 5, "10" 10, "20" 20, "50" 50, "100" 100, "200" 200)
set xlabel "length of a task"
set ylabel "time for each task / its length"
set border 3
set grid ytics
set key right top Left reverse
data = "figures/taskcost.tsv"
# The rows of one way, each beside the loop's median for the same length.
rows(name) = sprintf("< awk -F'\\t' -v OFS='\\t' '$1 == \"loop\" { l[$2] = $5 } $1 == \"%s\" { print l[$2], $4 / l[$2], $5 / l[$2], $6 / l[$2] }' %s", name, data)
plot rows("submit") using 1:3:2:4 with yerrorlines lw 1.5 lt 1 dt 1 pt 7 title "submitted one by one", \
     rows("map")    using 1:3:2:4 with yerrorlines lw 1.5 lt 2 dt 2 pt 5 title "a map", \
     1 with lines lw 1 lt -1 dt 3 title "a plain loop"
