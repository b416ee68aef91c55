# Tasks on a pool of two processes: medians with quartiles.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
unset key
set logscale x
set xrange [0.004:9000]
set yrange [-0.6:6.6] reverse
set xtics nomirror ("0.01" 0.01, "0.1" 0.1, "1" 1, "10" 10, "100" 100, "1,000" 1000)
set xlabel "microseconds"
set ytics nomirror
set border 3
set grid xtics
set bars 2
plot "figures/processcost.tsv" every ::1 \
         using 4:0:3:5:ytic(1) \
         with xerrorbars pointtype 7 pointsize 1.2 linewidth 2, \
     "" every ::1 using ($5*1.35):0:(sprintf($4 < 0.1 ? "%.3f" : $4 < 10 ? "%.2f" : "%.0f", $4)) \
         with labels left
