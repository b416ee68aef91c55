# What an event costs: off, on, and as a printed line, in one thread and in two.
set terminal svg size 720,380 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale y
set yrange [0.1:6000]
set xrange [0.4:5.6]
set xtics nomirror ("off" 1, "read the clock" 2, "on" 3, "on, new memory" 4, "print a line" 5)
set ytics nomirror ("0.1" 0.1, "1" 1, "10" 10, "100" 100, "1,000" 1000)
set ylabel "ns an event"
set border 3
set grid ytics
set key left top Left reverse
data = "figures/tracecost.tsv"
rows(threads) = sprintf("< awk -F'\\t' 'BEGIN { p[\"off\"] = 1; p[\"clock\"] = 2; p[\"on\"] = 3; p[\"on-new\"] = 4; p[\"print\"] = 5 } ($1 in p) && $2 == %d { print p[$1] \"\\t\" $0 }' %s", threads, data)
plot rows(1) using ($1-0.1):6:5:7 with yerrorbars lw 1.5 lt 2 pt 7 title "one thread", \
     rows(2) using ($1+0.1):6:5:7 with yerrorbars lw 1.5 lt 1 pt 5 title "two threads at once"
