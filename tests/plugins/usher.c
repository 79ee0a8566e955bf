/* SPDX-License-Identifier: MIT
 *
 * usher.c - a handler that decides for others who comes in: ?who=NAME, on the
 * spot or, ?later=NAME, after a job.
 *
 * "no" is refused with words of its own, "teapot" with a status alone, "never"
 * is not decided about, and "wide" is somebody of whom there is too much to
 * say. Others come in with the role that the configuration names, for a while
 * if it says so.
 */
#include <cleat.h>
#include <stdlib.h>
#include <string.h>

struct ask {
	cleat_id id;
	char name[64], attrs[6000];
	const char *role;
	uint64_t until;
};

static void
decide(const struct ask *a)
{
	cleat_accept v = {
		.user = a->name, .attrs = a->attrs, .until = a->until
	};

	if (strcmp(a->name, "no") == 0)
		v = (cleat_accept){ .status = 401,
			.body = "Say the word.",
			.headers = "WWW-Authenticate: Usher\r\n" };
	if (cleat->decide(a->id, &v) != CLEAT_OK)
		abort();
}

static void
work(void *arg)
{
	(void)arg;
}

static void
done(cleat_route *r, void *arg)
{
	(void)r;
	decide(arg);
	free(arg);
}

static int
start_job(cleat_conn *c, const struct ask *a)
{
	struct ask *copy = malloc(sizeof(*copy));

	if (!copy)
		return 503;
	*copy = *a;
	if (cleat->job(cleat->route(c), work, done, copy) == CLEAT_OK)
		return CLEAT_LATER;
	free(copy);
	return 503;
}

static int
on_handshake(cleat_conn *c)
{
	const cleat_conf *conf = cleat->conf(cleat->route(c));
	int64_t expires = cleat->conf_int(conf, "expires", 0);
	const char *later = cleat->query(c, "later");
	const char *who = later ? later : cleat->query(c, "who");
	struct ask a = { .id = cleat->id(c) };
	size_t n = 0;

	if (!who || strlen(who) >= sizeof(a.name))
		return 401;
	if (strcmp(who, "teapot") == 0)
		return 418;
	if (strcmp(who, "never") == 0)
		return CLEAT_LATER;
	memcpy(a.name, who, strlen(who) + 1);
	a.role = cleat->conf_str(conf, "role", "guest");
	n = strlen(a.role);
	memcpy(a.attrs, "role=", 5);
	memcpy(a.attrs + 5, a.role, n);
	if (strcmp(who, "wide") == 0)
		memset(a.attrs + 5 + n, 'x', 5000);
	if (expires > 0)
		a.until = cleat->wall_ms() + (uint64_t)expires;
	if (later)
		return start_job(c, &a);
	decide(&a);
	return 0;
}

static int
on_load(cleat_route *r)
{
	const char *role = cleat->conf_str(cleat->conf(r), "role", "guest");

	cleat->conf_int(cleat->conf(r), "expires", 0);
	if (strlen(role) > 100)
		return cleat->conf_fail(
		    r, cleat->conf(r), "role", "is too long");
	cleat->metric(r, "usher_loaded", 1);
	return 0;
}

static void
on_unload(cleat_route *r)
{
	cleat->metric(r, "usher_unloaded", 1);
}

static void
on_free(cleat_conn *c)
{
	cleat->metric(cleat->route(c), "usher_freed", 1);
}

CLEAT_HANDLER("usher", "1.0", .conn_size = 8, .on_load = on_load,
    .on_unload = on_unload, .on_handshake = on_handshake, .on_free = on_free)
