# Sixteen tasks that wait (left) and that compute (right), in C and in Python.
set terminal svg size 720,470 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale x
set yrange [7.6:-0.6]
set border 3
set grid xtics
set tics nomirror
data = "figures/iocpu.tsv"
rows(language, workload) = sprintf("< awk -F'\\t' -v l=%s -v w=%s 'BEGIN { n = split(\"loop threads processes thread-pool process-pool fast-pool mp-pool event-loop\", a, \" \"); for (i = 1; i <= n; i++) y[a[i]] = i - 1 } $1 == l && $2 == w { print $6 \"\\t\" y[$3] \"\\t\" $5 \"\\t\" $7 }' %s", language, workload, data)
set multiplot
set key at screen 0.98, screen 0.99 right top horizontal
set size 0.56, 0.93
set origin 0, 0
set xlabel "sixteen downloads, ms"
set xrange [15:500]
set xtics (20, 50, 100, 200, 500)
set ytics ("loop" 0, "threads" 1, "processes" 2, "pool of threads" 3, "pool of processes" 4, "fast pool" 5, "mp.Pool" 6, "event loop" 7)
plot rows("C", "waiting") using 1:($2 - 0.12):3:4 with xerrorbars lw 1.5 lt 1 pt 7 title "C", \
     rows("Python", "waiting") using 1:($2 + 0.12):3:4 with xerrorbars lw 1.5 lt 2 pt 5 title "Python"
set size 0.44, 0.93
set origin 0.56, 0
set xlabel "sixteen pieces of computing, ms"
set xrange [9:3300]
set xtics (10, 30, 100, 300, "1,000" 1000, "3,000" 3000)
set ytics ("" 0, "" 1, "" 2, "" 3, "" 4, "" 5, "" 6, "" 7)
plot rows("C", "computing") using 1:($2 - 0.12):3:4 with xerrorbars lw 1.5 lt 1 pt 7 notitle, \
     rows("Python", "computing") using 1:($2 + 0.12):3:4 with xerrorbars lw 1.5 lt 2 pt 5 notitle
unset multiplot
