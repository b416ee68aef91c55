# Making and joining a thread, making and reaping a process, against the memory
# that the process has written.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale xy
set xrange [0.8:330]
set yrange [10:12000]
set xtics nomirror (1, 4, 16, 64, 256)
set ytics nomirror (10, 20, 50, 100, 200, 500, "1,000" 1000, "2,000" 2000, "5,000" 5000, "10,000" 10000)
set xlabel "memory that the process has written, MiB"
set ylabel "from the start to the end of the wait, µs"
set border 3
set grid ytics
set key left top Left reverse
data = "figures/cost.tsv"
rows(name) = sprintf("< awk -F'\\t' '$1 == \"%s\"' %s", name, data)
plot rows("process") using 2:5:4:6 with yerrorlines lw 1.5 lt 2 dt 1 pt 7 title "fork and wait", \
     rows("thread")  using 2:5:4:6 with yerrorlines lw 1.5 lt 1 dt 2 pt 5 title "pthread\\_create and join"
