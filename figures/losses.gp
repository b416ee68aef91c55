# What lost_update lost: a histogram for each of three cases. Bin 0, nothing lost,
# stands apart on the left.
set terminal svg size 720,520 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
data = "figures/losses.tsv"
rows(name) = sprintf("< awk -F'\\t' '$1 == \"%s\"' %s", name, data)
place(bin) = bin == 0 ? -3 : 2 * bin - 1
set border 3
set xrange [-5:56]
set yrange [0:100]
set ytics nomirror out scale 0.5 25
set xtics nomirror out scale 0.5
set grid noxtics ytics
set boxwidth 1.8
set style fill solid 0.55 border
unset key
set lmargin at screen 0.11
set rmargin at screen 0.98
set ylabel "runs" offset 0.5
set multiplot
set xtics ("" -3, "" 0, "" 10, "" 20, "" 30, "" 40, "" 50)
set tmargin at screen 0.98
set bmargin at screen 0.745
set label 1 "nothing in between" at graph 0.99,0.87 right
plot rows("bare") using (place($2)):3 with boxes lt 1
set tmargin at screen 0.69
set bmargin at screen 0.455
set label 1 "30 turns of work before each addition" at graph 0.99,0.87 right
plot rows("work") using (place($2)):3 with boxes lt 2
set tmargin at screen 0.40
set bmargin at screen 0.165
set xtics ("none" -3, "0" 0, "10" 10, "20" 20, "30" 30, "40" 40, "50" 50) offset 0,0.4
set xlabel "additions lost, %"
set label 1 "the same work, both threads on one core" at graph 0.99,0.87 right
plot rows("one core") using (place($2)):3 with boxes lt 3
unset multiplot
