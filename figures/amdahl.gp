# Speed-up over workers: the laws of Amdahl and Gustafson, and measured points.
set terminal svg size 720,420 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale xy 2
set border 3
set grid ytics
set tics nomirror
set xrange [0.9:40]
set xtics (1, 2, 4, 8, 16, 32)
set xlabel "workers"
data = "figures/amdahl.tsv"
rows(law, work, serial) = sprintf("< awk -F'\\t' -v l=%s -v w=%s -v s=%s '$1 == l && $2 == w && $3 == s { print $4 \"\\t\" $7 \"\\t\" $6 \"\\t\" $8 }' %s", law, work, serial, data)
amdahl(s, p) = 1 / (s + (1 - s) / p)
gustafson(s, p) = s + (1 - s) * p
set multiplot layout 1,2
set yrange [0.9:40]
set ytics (1, 2, 4, 8, 16, 32)
set ylabel "times as fast (Amdahl)"
set key left top Left reverse samplen 2
plot amdahl(0.05, x) with lines lw 1 lt 1 dt 1 title "5 % serial", \
     amdahl(0.20, x) with lines lw 1 lt 2 dt 2 title "20 %", \
     amdahl(0.50, x) with lines lw 1 lt 3 dt 4 title "50 %", \
     rows("amdahl", "waits", "0.05") using 1:2:3:4 with yerrorbars lw 1.2 lt 1 pt 6 notitle, \
     rows("amdahl", "waits", "0.20") using 1:2:3:4 with yerrorbars lw 1.2 lt 2 pt 4 notitle, \
     rows("amdahl", "waits", "0.50") using 1:2:3:4 with yerrorbars lw 1.2 lt 3 pt 8 notitle, \
     rows("amdahl", "computes", "0.05") using ($1 * 0.94):2:3:4 with yerrorbars lw 1.2 lt 1 pt 7 notitle, \
     rows("amdahl", "computes", "0.20") using ($1 * 0.94):2:3:4 with yerrorbars lw 1.2 lt 2 pt 5 notitle, \
     rows("amdahl", "computes", "0.50") using ($1 * 0.94):2:3:4 with yerrorbars lw 1.2 lt 3 pt 9 notitle
set ylabel "times as much (Gustafson)"
plot gustafson(0.05, x) with lines lw 1 lt 1 dt 1 notitle, \
     gustafson(0.20, x) with lines lw 1 lt 2 dt 2 notitle, \
     gustafson(0.50, x) with lines lw 1 lt 3 dt 4 notitle, \
     rows("gustafson", "waits", "0.05") using 1:2:3:4 with yerrorbars lw 1.2 lt 1 pt 6 title "waits", \
     rows("gustafson", "waits", "0.20") using 1:2:3:4 with yerrorbars lw 1.2 lt 2 pt 4 notitle, \
     rows("gustafson", "waits", "0.50") using 1:2:3:4 with yerrorbars lw 1.2 lt 3 pt 8 notitle, \
     rows("gustafson", "computes", "0.05") using ($1 * 0.94):2:3:4 with yerrorbars lw 1.2 lt 1 pt 7 title "computes", \
     rows("gustafson", "computes", "0.20") using ($1 * 0.94):2:3:4 with yerrorbars lw 1.2 lt 2 pt 5 notitle, \
     rows("gustafson", "computes", "0.50") using ($1 * 0.94):2:3:4 with yerrorbars lw 1.2 lt 3 pt 9 notitle
unset multiplot
