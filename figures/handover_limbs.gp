# Handing a number to another process, against its size.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale xy
set xrange [700:3600000]
set yrange [2:5000000]
set xtics nomirror ("1 kB" 1000, "10 kB" 10000, "100 kB" 100000, "1 MB" 1000000)
set ytics nomirror ("10 µs" 10, "100 µs" 100, "1 ms" 1000, "10 ms" 10000, "100 ms" 100000, "1 s" 1000000)
set xlabel "bytes of limbs"
set ylabel "from request to number"
set border 3
set grid ytics
set key left top Left reverse
data = "figures/handover_limbs.tsv"
rows(name) = sprintf("< awk -F'\\t' '$1 == \"%s\"' %s", name, data)
plot rows("text")  using 2:5:4:6 with yerrorlines lw 1.5 lt 1 dt 1 pt 7 title "text", \
     rows("pipe")  using 2:5:4:6 with yerrorlines lw 1.5 lt 2 dt 2 pt 5 title "limbs through a pipe", \
     rows("copy")  using 2:5:4:6 with yerrorlines lw 1.5 lt 3 dt 4 pt 9 title "limbs copied to shared memory", \
     rows("place") using 2:5:4:6 with yerrorlines lw 1.5 lt 8 dt 3 pt 13 title "limbs computed there"
