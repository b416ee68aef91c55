# How far the workers get with one factorial: measured points and
# Amdahl's law, whose serial part is a phase that was measured too.
set terminal svg size 720,420 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale x 2
set xrange [0.9:18]
set yrange [0:4.5]
set xtics nomirror (1, 2, 4, 8, 16)
set ytics nomirror 0.5
set xlabel "workers"
set ylabel "times as fast as one process with GMP"
set border 3
set grid ytics
set key left top Left reverse
data = "figures/factcost.tsv"
median(name, n) = real(system(sprintf("awk -F'\\t' '$1 == \"%s\" && $2 == %d { print $5 }' %s", name, n, data)))
fac = median("fac-ui", 10000000)
text = median("text-1", 1000000)
# what two workers do at once, and what one does alone
law(base, two, alone, p) = p < 1 || p > 16 ? NaN : base / (alone + 2 * (two - alone) / p)
set samples 200
plot law(fac, median("primes-2", 10000000), median("primes-2", 10000000) - median("shares", 10000000), x) with lines lw 1.5 lt 1 dt 1 title "prime powers, one last product", \
     law(text, median("text-2", 1000000), median("cut", 1000000), x) with lines lw 1.5 lt 2 dt 2 title "decimal conversion", \
     "+" every ::0::0 using (2):(fac / median("primes-2", 10000000)) with points lt 1 pt 7 ps 1.3 title "measured: one last product", \
     "+" every ::0::0 using (2):(fac / median("squares-2", 10000000)) with points lt 3 pt 9 ps 1.5 title "measured: last product by squares", \
     "+" every ::0::0 using (2):(median("fac-ui", 1000000) / median("range-2", 1000000)) with points lt 4 pt 13 ps 1.3 title "measured: range product tree", \
     "+" every ::0::0 using (2):(text / median("text-2", 1000000)) with points lt 2 pt 5 ps 1.1 title "measured: decimal conversion"
