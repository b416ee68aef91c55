# What the parts of a task cost in a pool with one queue, and a whole task.
set terminal svg size 720,420 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale x
set xrange [5:300000]
set yrange [9.6:-0.6]
set xtics nomirror ("10 ns" 10, "30" 30, "100" 100, "300" 300, "1 µs" 1000, "3" 3000, "10" 10000, "30" 30000, "100" 100000)
set ytics nomirror
set border 3
set grid xtics
unset key
data = "figures/poolcost.tsv"
parts = sprintf("< grep -v '^[#p]' %s | grep -v '^a task'", data)
tasks = sprintf("< grep '^a task' %s", data)
plot parts using 4:0:3:5:ytic(1) with xerrorbars lw 2 lt 2 pt 7, \
     tasks using 4:($0 + 8):3:5:ytic(1) with xerrorbars lw 2 lt 1 pt 5
