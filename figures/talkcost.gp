# How many bytes a second go from one process to another, by the block.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale xy
set xrange [50:1400000]
set xtics nomirror ("64" 64, "256" 256, "1 Ki" 1024, "4 Ki" 4096, "16 Ki" 16384, "64 Ki" 65536, "256 Ki" 262144, "1 Mi" 1048576)
set yrange [1:40000]
set ytics nomirror (1, 10, 100, "1,000" 1000, "10,000" 10000)
set xlabel "size of a block, bytes"
set ylabel "MiB per second"
set border 3
set grid ytics
set key left top Left reverse
data = "figures/talkcost.tsv"
rows(name) = sprintf("< awk -F'\\t' '$1 == \"%s\"' %s", name, data)
plot rows("shared")     using 2:5:4:6 with yerrorlines lw 1.5 lt 1 dt 2 pt 5 title "shared memory", \
     rows("socketpair") using 2:5:4:6 with yerrorlines lw 1.5 lt 3 dt 4 pt 9 title "socket pair", \
     rows("pipe")       using 2:5:4:6 with yerrorlines lw 1.5 lt 2 dt 1 pt 7 title "pipe"
