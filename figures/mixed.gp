# Mixed tasks: tasks a second over the size of the pool.
set terminal svg size 720,420 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale xy
set border 3
set grid ytics
set tics nomirror
set xrange [0.9:45]
set yrange [300:12000]
set xtics (1, 2, 3, 4, 6, 8, 10, 14, 20, 28, 40)
set ytics (400, "1,000" 1000, "2,000" 2000, "4,000" 4000, "8,000" 8000)
set xlabel "workers, on two cores"
set ylabel "tasks a second"
set key above Left reverse
data = "figures/mixed.tsv"
rows(ratio) = sprintf("< awk -F'\\t' -v r=%s '$1 == r { print $2 \"\\t\" $5 \"\\t\" $4 \"\\t\" $6 }' %s", ratio, data)
set arrow 1 from 4,300 to 4,12000 nohead dt 3 lt 1
set arrow 2 from 10,300 to 10,12000 nohead dt 3 lt 2
set arrow 3 from 20,300 to 20,12000 nohead dt 3 lt 3
plot rows("1") using 1:2:3:4 with yerrorlines lw 1.5 lt 1 dt 1 pt 7 title "waits as long as it computes", \
     rows("4") using 1:2:3:4 with yerrorlines lw 1.5 lt 2 dt 2 pt 5 title "4 times as long", \
     rows("9") using 1:2:3:4 with yerrorlines lw 1.5 lt 3 dt 4 pt 9 title "9 times as long"
