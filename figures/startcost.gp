# Starting an empty program: medians with tenth and ninetieth percentile.
set terminal svg size 720,400 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
unset key
set logscale y
set yrange [0.2:20]
set ytics nomirror ("0.2" 0.2, "0.5" 0.5, "1" 1, "2" 2, "5" 5, "10" 10, "20" 20)
set ylabel "milliseconds from start to end"
set xrange [-0.5:3.8]
set xtics nomirror
set border 3
set grid ytics
set bars 2
plot "figures/startcost.tsv" every ::1 \
         using 0:($3/1000):($2/1000):($4/1000):xtic(1) \
         with yerrorbars pointtype 7 pointsize 1.2 linewidth 2, \
     "" every ::1 using ($0+0.14):($3/1000):(sprintf("%.2f ms", $3/1000)) \
         with labels left
