/* SPDX-License-Identifier: MIT
 *
 * orders.c - a module of json-router: the type "create" writes an order to a
 * file and answers with its number.
 *
 * To write to a disk may take long, so a thread of the host's pool does it,
 * and answers from there. If that takes longer than the route's timeout, the
 * client has been told so and the answer is dropped: that it was told
 * "timeout" does not mean that nothing was written.
 *
 *	modules = ( { file = "orders.so"; book = "/var/lib/shop/orders"; } );
 *	routes = ( { type = "order.create"; do = "call";
 *	             call = "orders.so:create"; allow = "user";
 *	             schema = "order.json"; timeout = "2 s"; } );
 *
 * and, in cleat.conf itself, for the sandbox:
 *
 *	sandbox: { allow_write = [ "/var/lib/shop" ]; };
 */
#include <cleat_router.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct order {
	cleat_route *route;
	cr_token token;
	const cr_host *host;
	const char *book;
	uint64_t number;
	char *line;
};

static int
append(const struct order *o)
{
	int fd = open(o->book, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	size_t n = strlen(o->line);
	int ok =
	    fd >= 0 && write(fd, o->line, n) == (ssize_t)n && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* On a thread of the pool: it may block. */
static void
work(void *arg)
{
	const struct order *o = arg;

	if (append(o))
		o->host->reply(o->route, o->token,
		    json_pack("{s:I}", "number", (json_int_t)o->number));
	else
		o->host->fail(o->route, o->token, "unavailable",
		    "The book of orders cannot be written");
}

static void
done(cleat_route *r, void *arg)
{
	struct order *o = arg;

	(void)r;
	free(o->line);
	free(o);
}

static void
create(const cr_request *q, void *state)
{
	char *what = json_dumps(q->payload, JSON_COMPACT | JSON_ENCODE_ANY);
	struct order *o = calloc(1, sizeof(*o));
	size_t room = what ? strlen(what) + 32 : 1;

	if (o)
		o->line = malloc(room);
	if (!what || !o || !o->line) {
		q->host->fail(q->route, q->token, "internal", "No memory");
		if (o)
			done(q->route, o);
		free(what);
		return;
	}
	o->route = q->route;
	o->token = q->token;
	o->host = q->host;
	o->book = state;
	cleat->random(&o->number, sizeof(o->number));
	o->number >>= 11; /* what a double can hold */
	snprintf(
	    o->line, room, "%llu %s\n", (unsigned long long)o->number, what);
	free(what);
	if (cleat->job(q->route, work, done, o) == CLEAT_OK)
		return;
	q->host->fail(q->route, q->token, "unavailable", "Too busy");
	done(q->route, o);
}

static int
start(cleat_route *r, const cleat_conf *conf, void **state)
{
	char *book = strdup(cleat->conf_str(conf, "book", ""));

	*state = book;
	if (book && *book == '/')
		return 0;
	free(book);
	return cleat->conf_fail(r, conf, "book", "must be a path from / on");
}

static void
stop(cleat_route *r, void *state)
{
	(void)r;
	free(state);
}

static const cr_type types[] = { { "create", create } };
static const cr_module orders = { sizeof(orders), 1, types, start, stop };

CLEAT_MODULE(CR_INTERFACE, CR_VERSION, &orders)
