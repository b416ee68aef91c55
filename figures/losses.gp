# What lost_update lost: a histogram for each of three cases. Bin 0, nothing lost,
# stands apart on the left.
set terminal svg size 720,520 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
data = "figures/losses.tsv"
rows(name) = sprintf("< awk -F'\\t' '$1 == \"%s\"' %s", name, data)
set multiplot layout 3,1 margins 0.09,0.98,0.12,0.98 spacing 0,0.05
set border 3
set xrange [-5:61]
set yrange [0:101]
set xtics nomirror out ("none" -3, "0" 0, "10" 10, "20" 20, "30" 30, "40" 40, "50" 50, "60" 60)
set ytics nomirror out 25
set grid ytics
set boxwidth 1.8
set style fill solid 0.55 border
set ylabel "runs"
unset key
set format x ""
set label 1 "nothing in between" at graph 0.99,0.88 right
plot rows("bare") using ($2 == 0 ? -3 : 2 * $2 - 1):3 with boxes lt 1
set label 1 "30 turns of work before each addition" at graph 0.99,0.88 right
plot rows("work") using ($2 == 0 ? -3 : 2 * $2 - 1):3 with boxes lt 2
set format x "%g"
set xlabel "lost, per cent of all additions"
set label 1 "the same work, both threads on one core" at graph 0.99,0.88 right
plot rows("one core") using ($2 == 0 ? -3 : 2 * $2 - 1):3 with boxes lt 3
unset multiplot
