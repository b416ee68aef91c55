# What all charts share: gnuplot reads this before figures/NAME.gp. The colours are
# those of figures.css; black becomes the colour of the text.
set linetype 1 linecolor rgb "#c8602c"
set linetype 2 linecolor rgb "#2f8a91"
set linetype 3 linecolor rgb "#8a76b8"
set grid linewidth 0.5
