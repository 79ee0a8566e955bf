# SPDX-License-Identifier: MIT
#
# figures.awk LOAD BEFORE AFTER: one line of figures: server CPU in ns (per
# message, or per connection), rate, p50, p99, p99.9 and worst latency in us,
# KiB of memory, and what others took of core 0 and core 1, in percent.
function figure(key,    at, text) {
	at = index($0, "\"" key "\":")
	if (!at)
		return "-"
	text = substr($0, at + length(key) + 3)
	sub(/[,}].*/, "", text)
	return text
}

function seconds(text,    part) { # 1m2.34s
	split(text, part, /[ms]/)
	return part[1] * 60 + part[2]
}

FILENAME == ARGV[1] && /"failures":/ {
	failures = figure("failures")
	messages = figure("messages")
	cpu = figure("server_cpu_ns_per_message")
	connection = figure("server_cpu_us_per_connection")
	kib = figure("server_rss_kib_per_connection")
	if (cpu == "-" && connection != "-" && messages == "-")
		cpu = connection * 1000
	rate = figure("messages_per_second")
	if (rate == "-")
		rate = figure("handshakes_per_second")
	latency = figure("latency_p50_us") " " figure("latency_p99_us") " " \
		figure("latency_p999_us") " " figure("latency_max_us")
}

FILENAME != ARGV[1] {
	which = FILENAME == ARGV[2] ? 1 : -1
	if (FNR <= 2) {
		for (i = 1; i <= 8; i++)
			ticks[FNR] -= which * $i
		idle[FNR] -= which * ($4 + $5)
	} else if (FNR == 3)
		spun -= which * $1
	else if (FNR == 4)
		served -= which * $1
	else
		ours -= which * (seconds($1) + seconds($2))
}

END {
	if (failures != 0)
		exit 1
	if (cpu == "-" && messages > 0)
		cpu = served / messages
	for (i = 1; i <= 2; i++)
		if (ticks[i] < 1)
			ticks[i] = 1
	foreign[1] = 100 - (spun + served) / 1e7 / ticks[1] * 100
	foreign[2] = 100 - (idle[2] + ours * 100) / ticks[2] * 100
	printf "%s %s %s %s %.1f %.1f\n", cpu, rate, latency, kib, foreign[1],
		foreign[2]
}
