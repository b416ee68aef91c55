# Making and reaping a child, against the memory of the parent.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale xy
set xrange [0.8:330]
set yrange [100:12000]
set xtics nomirror (1, 4, 16, 64, 256)
set ytics nomirror (100, 200, 500, "1,000" 1000, "2,000" 2000, "5,000" 5000, "10,000" 10000)
set xlabel "memory that the parent has written, MiB"
set ylabel "from the start to the reaping, µs"
set border 3
set grid ytics
set key left top Left reverse
data = "figures/forkcost.tsv"
rows(name) = sprintf("< awk -F'\\t' '$1 == \"%s\"' %s", name, data)
plot rows("fork+exec")   using 2:5:4:6 with yerrorlines lw 1.5 lt 1 dt 2 pt 5 title "fork and exec", \
     rows("fork")        using 2:5:4:6 with yerrorlines lw 1.5 lt 2 dt 1 pt 7 title "fork", \
     rows("posix_spawn") using 2:5:4:6 with yerrorlines lw 1.5 lt 3 dt 4 pt 9 title "posix\\_spawn"
