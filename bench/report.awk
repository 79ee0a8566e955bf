# SPDX-License-Identifier: MIT
#
# report.awk -v cells=FILE -v versions=FILE -v about=TEXT -v command=TEXT
#     -v data=FILE -v stalls=FILE FIGURES: what was measured as Markdown; and
# for plot.gp in DATA a line for each cell and server.
#
# A ratio is how many times as much server CPU the peer needs in the same
# round. A range of more than a fifth of its median says that something else
# ran, and so does time that nobody we know has used.
function sorted(list, n,    i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
			t = list[j]
			list[j] = list[j - 1]
			list[j - 1] = t
		}
}

# Of a column of a cell's server: its median; low and high are set.
function median(cell, server, column,    r, n, list, v) {
	for (r = 1; r <= rounds; r++) {
		v = value[r, cell, server, column]
		if (v != "" && v != "-")
			list[++n] = v + 0
	}
	if (!n)
		return "-"
	sorted(list, n)
	low = list[1]
	high = list[n]
	return (list[int((n + 1) / 2)] + list[int(n / 2) + 1]) / 2
}

function ratio(cell, server, column,    r, own) {
	for (r = 1; r <= rounds; r++) {
		own = value[r, cell, "cleatd", column]
		value[r, cell, server, "ratio"] = own > 0 ? \
			value[r, cell, server, column] / own : "-"
	}
	return median(cell, server, "ratio")
}

# 3 digits that count.
function short(v) {
	if (v == "-")
		return "-"
	if (v >= 100)
		return sprintf("%.0f", v)
	return sprintf(v >= 10 ? "%.1f" : "%.2f", v)
}

function microseconds(v) {
	return v == "-" ? v : short(v / 1000)
}

function named(name,    words) {
	words = options[name]
	gsub(/\|/, "\\|", words)
	return length(words) > 150 ? substr(words, 1, 147) "..." : words
}

BEGIN {
	while ((getline line < cells) > 0) {
		n = split(line, word, " ")
		if (!n)
			continue
		sub(/^ *[^ ]+ +[^ ]+ +[^ ]+ +/, "", line)
		gsub(/ +/, " ", line)
		scheme[word[1]] = word[2]
		options[word[1]] = line
	}
}

{
	if (!($2 in met))
		order[++known] = $2
	met[$2]
	if (!(($2, $3) in there))
		servers[$2] = servers[$2] " " $3
	there[$2, $3]
	if ($1 > rounds)
		rounds = $1
	split("cpu rate p50 p99 p999 worst kib core0 core1", column, " ")
	for (i = 1; i <= 9; i++)
		value[$1, $2, $3, column[i]] = $(i + 3)
	foreign += ($11 > $12 ? $11 : $12)
	measured++
}

END {
	print about "\n"
	while ((getline line < versions) > 0)
		print "* " line
	print "\n```sh\n" command "\n```\n"
	printf "%d rounds, %d measurements.\n", rounds, measured
	foreign /= measured
	noisy = foreign > 10 ? ": the machine was NOISY" : ""
	printf "Processes that do not belong here had %.0f%% of a core%s.\n\n",
		foreign, noisy

	print "| cell | against | ratio | from | to | |"
	print "|---|---|---|---|---|---|"
	for (c = 1; c <= known; c++) {
		name = order[c]
		with = name == "idle" ? "kib" : "cpu"
		n = split(servers[name], server, " ")
		for (s = 1; s <= n; s++) {
			if (server[s] == "cleatd")
				continue
			m = ratio(name, server[s], with)
			noisy = m != "-" && high - low > m / 5 ? "NOISY" : ""
			any = any noisy
			printf "| %s | %s | **%s** | %s | %s | %s |\n", name,
				server[s], m == "-" ? m : sprintf("%.2f", m),
				short(low), short(high), noisy
			if (m != "-" && server[s] ~ /^(Bun|nginx)$/)
				print "ratio", name, m, low, high > data
		}
	}

	print "\n| cell | server | CPU, us | rate, 1/s | p50, us | p99 | p99.9 | worst |"
	print "|---|---|---|---|---|---|---|---|"
	for (c = 1; c <= known; c++) {
		name = order[c]
		if (name == "idle")
			continue
		n = split(servers[name], server, " ")
		for (s = 1; s <= n; s++) {
			printf "| %s | %s | %s | %.0f |", name, server[s],
				microseconds(median(name, server[s], "cpu")),
				median(name, server[s], "rate")
			line = ""
			for (i = 3; i <= 6; i++) {
				m = median(name, server[s], column[i])
				printf " %s |", short(m)
				line = line " " m
			}
			print ""
			if (scheme[name] ~ /^wss?$|deflate/)
				print "latency", name, server[s] line > data
		}
	}

	print "\nHow long cleatd's worker kept its sockets waiting, beside nothing"
	print "but what else the machine did:"
	print "\n| cell | rounds | of these above 1 ms | none above, ms |"
	print "|---|---|---|---|"
	while ((getline line < stalls) > 0) {
		split(line, word, " ")
		printf "| %s | %s | %s | %s |\n", word[1], word[2], word[3],
			word[4] == "+Inf" ? word[4] : word[4] * 1000
	}

	if ("idle" in met) {
		print "\n| an idle connection | KiB |"
		print "|---|---|"
		n = split(servers["idle"], server, " ")
		for (s = 1; s <= n; s++)
			printf "| %s | %.2f |\n", server[s],
				median("idle", server[s], "kib")
	}
	print "\nThe cells: `connect` is a connection from its accept to its"
	print "end, `idle` the memory of one, `file` a GET by wrk, all others"
	print "a message or, with `all` and `chat`, a delivery by `cleat load`."
	print "\n| cell | path and options |"
	print "|---|---|"
	for (c = 1; c <= known; c++)
		printf "| %s | `%s` |\n", order[c], named(order[c])
	if (any != "") {
		print "run: what is marked NOISY ran beside something else:" \
			" repeat it" > "/dev/stderr"
		exit 3
	}
}
