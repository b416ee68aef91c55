# What a task costs in each pool, by three workloads: medians and quartiles.
set terminal svg size 720,430 font "sans,14"
set datafile separator "\t"
set logscale x
set xrange [9:60000]
set xtics nomirror ("10 ns" 10, "100" 100, "1 µs" 1000, "10" 10000)
set mxtics 10
set xlabel "a task (logarithmic)"
set yrange [8.6:-0.6]
set ytics nomirror ("fast" 0, "threads" 1, "GLib" 2, "libuv" 3, "oneTBB" 4, "libgomp" 5, "libomp" 6, "Boost.Asio" 7, "Python" 8)
set border 3
set grid noytics xtics
set key at graph 0.02, 0.84 left Left reverse samplen 2
row = "awk -F'\\t' 'BEGIN { OFS = FS; n = split(\"fast threads GLib libuv oneTBB libgomp libomp Boost.Asio Python\", a, \" \"); for (i = 1; i <= n; i++) row[a[i]] = i - 1 } \
  $1 == \"%s\" && $6 + 0 { print row[$2] + %g, $5, $6, $7 }' figures/data/pools.tsv"
rows(name, shift) = "< " . sprintf(row, name, shift)
plot rows("post",    -0.22) using 3:1:2:4 with xerrorbars lw 1.5 lt 1 pt 5 title "from one thread", \
     rows("post2",    0)    using 3:1:2:4 with xerrorbars lw 1.5 lt 2 pt 7 title "from two threads", \
     rows("futures",  0.22) using 3:1:2:4 with xerrorbars lw 1.5 lt 3 pt 9 title "with futures, in order"
