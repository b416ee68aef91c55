# What each of five steps saves: nanoseconds for an empty task.
set terminal svg size 720,330 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale x
set xrange [5:400]
set yrange [4.6:-0.6]
set xtics nomirror (5, 10, 20, 50, 100, 200)
set ytics nomirror scale 0
set xlabel "nanoseconds a task"
set border 1
set grid xtics
set lmargin 24
unset key
plot "figures/steps.tsv" every ::1 using 4:0:3:5:ytic(1) with xerrorbars lw 2 lt 1 pt 7
