# SPDX-License-Identifier: MIT
#
# gnuplot -e "data='FILE'; out='DIR'" plot.gp: what report.awk wrote, drawn.
set terminal svg size 720,480 font "sans-serif,11" background "white"
set style fill solid 0.8
set grid ytics
set xtics rotate by -40 nomirror
set key top left
set xrange [-0.5:*]
set offsets 0, 0.5, 0, 0
set rmargin 8

set output out.'/bench-ratio.svg'
set title "How many times as much server CPU Bun needs (files: nginx)"
set ylabel "ratio to cleatd"
set yrange [0:*]
plot '< grep ^ratio '.data using 0:3:4:5:xticlabels(2) with yerrorbars \
	pt 7 lc rgb "#1f6f8b" notitle, 1 lc rgb "#888888" notitle

set output out.'/bench-latency.svg'
set title "Latency: from p50 to p99.9, a mark at p99"
set ylabel "us"
set logscale y
set yrange [*:*]
plot '< grep "^latency .* cleatd " '.data using ($0-0.12):5:4:6:xticlabels(2) \
	with yerrorbars pt 7 lc rgb "#1f6f8b" title "cleatd", \
	'< grep "^latency .* Bun " '.data using ($0+0.12):5:4:6 \
	with yerrorbars pt 5 lc rgb "#c0504d" title "Bun"
