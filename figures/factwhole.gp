# Whole commands for four factorials, as a multiple of one process.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale xy
set xrange [800:330000]
set yrange [0.4:5]
set xtics nomirror ("1,000" 1000, "4,000" 4000, "16,000" 16000, "64,000" 64000, "256,000" 256000)
set ytics nomirror ("0.5" 0.5, "0.6" 0.6, "0.8" 0.8, "1" 1, "1.5" 1.5, "2" 2, "3" 3, "4" 4)
set xlabel "n, of four factorials from n! on"
set ylabel "time, one process = 1"
set border 3
set grid ytics
set key right top Left reverse
data = "figures/factwhole.tsv"
rows(name) = sprintf("< awk -F'\\t' '$1 == \"one\" { one[$2] = $5 } $1 == \"%s\" && $2 > 0 { print $2 \"\\t\" $5 / one[$2] }' %s", name, data)
plot 1 lw 1 dt 1 lc rgb "black" title "one process", \
     rows("threads")          using 1:2 with linespoints lw 1.5 lt 1 dt 1 pt 7 title "pool of threads", \
     rows("processes")        using 1:2 with linespoints lw 1.5 lt 2 dt 2 pt 5 title "pool of processes, limbs", \
     rows("processes-digits") using 1:2 with linespoints lw 1.5 lt 3 dt 4 pt 9 title "pool of processes, digits"
