/* SPDX-License-Identifier: MIT
 *
 * load_report.c - what `cleat load` says at the end, for people or as JSON.
 *
 * Both forms are read from one table of figures, so that neither can lack
 * what the other has. A figure that was not measured is left out.
 *
 * THREADS: one. MEMORY: none.
 */
#include "config.h"

#include "load.h"

#include <math.h>
#include <stdio.h>

#define FIGURES_MAX 24

struct figure {
	const char *key, *label, *unit;
	double value;
	int decimals;
};

struct figures {
	struct figure row[FIGURES_MAX];
	size_t count;
};

/* Adds a figure unless it is not a number. */
static void
add(struct figures *f, const char *key, const char *label, const char *unit,
    double value, int decimals)
{
	if (isfinite(value) && f->count < FIGURES_MAX)
		f->row[f->count++] =
		    (struct figure){ key, label, unit, value, decimals };
}

static void
add_latency(struct figures *f, const struct histogram *h)
{
	static const struct {
		const char *key, *label;
		unsigned per_mille;
	} row[] = {
		{ "latency_p50_us", "latency p50", 500 },
		{ "latency_p90_us", "latency p90", 900 },
		{ "latency_p99_us", "latency p99", 990 },
		{ "latency_p999_us", "latency p99.9", 999 },
		{ "latency_max_us", "latency max", 1000 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]) && h->count; i++)
		add(f, row[i].key, row[i].label, "us",
		    (double)histogram_percentile(h, row[i].per_mille) / 1e3, 1);
}

static void
add_idle(struct figures *f, const struct load *l)
{
	const struct load_result *r = &l->result;
	double each = (double)(l->opt.connections - r->before_open) * 1024;

	if (!l->opt.pid)
		return;
	add(f, "server_rss_kib_per_connection", "server RSS", "KiB/connection",
	    ((double)r->after.rss_bytes - (double)r->before.rss_bytes) / each,
	    3);
	add(f, "server_pss_kib_per_connection", "server PSS", "KiB/connection",
	    ((double)r->after.pss_bytes - (double)r->before.pss_bytes) / each,
	    3);
	add(f, "server_rss_kib", "server RSS in all", "KiB",
	    (double)r->after.rss_bytes / 1024, 0);
}

static void
add_echo(struct figures *f, const struct load *l)
{
	const struct load_result *r = &l->result;
	double s = (double)r->run_ns / 1e9, n = (double)r->messages;

	add(f, "seconds", "measured", "s", s, 3);
	add(f, "messages", "messages", "", n, 0);
	add(f, "messages_per_second", "rate", "msg/s", n / s, 0);
	add(f, "mib_per_second", "throughput", "MiB/s",
	    (double)r->bytes / s / (1 << 20), 2);
	if (l->opt.pid)
		add(f, "server_cpu_ns_per_message", "server CPU", "ns/message",
		    (double)r->run_cpu_ns / n, 0);
	add_latency(f, &r->latency);
}

static void
print_text(const struct figures *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct figure *g = &f->row[i];
		printf("%-18s %14.*f%s%s\n", g->label, g->decimals, g->value,
		    *g->unit ? " " : "", g->unit);
	}
}

static void
print_json(const struct figures *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct figure *g = &f->row[i];
		printf("%s\"%s\":%.*f", i ? "," : "{", g->key, g->decimals,
		    g->value);
	}
	puts("}");
}

void
load_report(const struct load *l)
{
	const struct load_result *r = &l->result;
	double n = (double)l->opt.connections;
	struct figures f = { .count = 0 };

	add(&f, "connections", "connections", "", n, 0);
	add(&f, "failures", "failures", "", (double)l->failures, 0);
	add(&f, "handshakes_per_second", "handshakes", "/s",
	    n / ((double)r->connect_ns / 1e9), 0);
	if (l->opt.pid)
		add(&f, "server_cpu_us_per_handshake", "server CPU",
		    "us/handshake", (double)r->connect_cpu_ns / 1e3 / n, 1);
	if (l->opt.pid && r->close_cpu_ns > 0)
		add(&f, "server_cpu_us_per_connection", "with the close",
		    "us/connection",
		    (double)(r->connect_cpu_ns + r->close_cpu_ns) / 1e3 / n, 1);
	if (l->opt.idle_ns)
		add_idle(&f, l);
	else
		add_echo(&f, l);
	if (l->opt.json)
		print_json(&f);
	else
		print_text(&f);
}
