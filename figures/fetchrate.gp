# Pages a second of the three designs and of their peers, without and with delay.
set terminal svg size 720,420 font "sans,14"
set datafile separator "\t"
set datafile commentschars "#"
set logscale y
set yrange [300:30000]
set ytics nomirror (300, 500, 769, "1,000" 1000, "2,000" 2000, "5,000" 5000, "10,000" 10000, "20,000" 20000)
set ylabel "pages a second"
set xrange [-0.6:7.6]
set xtics nomirror rotate by -30 ("a thread\neach" 0, "pool" 1, "event\nloop" 2, "pool,\ncounting" 3, "aiohttp" 4, "urllib" 5, "requests" 6, "requests,\nsessions" 7)
set border 3
set grid ytics
set key right top Left reverse
set arrow 1 from -0.6,769 to 7.6,769 nohead dt 3 lt 3
data = "figures/fetchrate.tsv"
rows(delay) = sprintf("< awk -F'\\t' -v d=%s '$1 !~ /^(#|case|command)/ && $2 == d { print n++ \"\\t\" $5 \"\\t\" $4 \"\\t\" $6 }' %s", delay, data)
plot rows("0")  using ($1 - 0.1):2:3:4 with yerrorbars lw 1.5 lt 1 pt 7 title "no delay at the server", \
     rows("20") using ($1 + 0.1):2:3:4 with yerrorbars lw 1.5 lt 2 pt 5 title "20 ms of delay for each page"
