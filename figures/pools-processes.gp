# What a task and a mebibyte cost in pools of processes: medians and quartiles.
set terminal svg size 720,360 font "sans,14"
set datafile separator "\t"
set logscale x
set xrange [0.005:40000]
set xtics nomirror ("10 ns" 0.01, "100" 0.1, "1 µs" 1, "10" 10, "100" 100, "1 ms" 1000, "10" 10000)
set xlabel "a task, a result (logarithmic)"
set yrange [5.6:-0.6]
set ytics nomirror ("processes" 0, "ProcessPoolExecutor" 1, "multiprocessing.Pool" 2, "mpi4py" 3, "GNU parallel" 4, "xargs" 5)
set border 3
set grid noytics xtics
set key at graph 0.01, 0.3 left Left reverse samplen 2
row = "awk -F'\\t' 'BEGIN { OFS = FS; n = split(\"processes|ProcessPoolExecutor|multiprocessing.Pool|mpi4py|GNU parallel|xargs\", a, \"|\"); for (i = 1; i <= n; i++) row[a[i]] = i - 1 } \
  $1 == \"%s\" && $6 + 0 { print row[$2] + %g, $5, $6, $7 }' figures/data/pools.tsv"
rows(name, shift) = "< " . sprintf(row, name, shift)
plot rows("map_processes", -0.22) using 3:1:2:4 with xerrorbars lw 1.5 lt 1 pt 5 title "tasks in chunks", \
     rows("message",        0)    using 3:1:2:4 with xerrorbars lw 1.5 lt 2 pt 7 title "one a message", \
     rows("large",          0.22) using 3:1:2:4 with xerrorbars lw 1.5 lt 3 pt 9 title "results of 1 MiB"
