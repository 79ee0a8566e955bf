/* SPDX-License-Identifier: MIT
 *
 * oracle.c - a module of json-router that answers in every way there is, the
 * wrong ones too.
 */
#include <cleat_router.h>
#include <pthread.h>

/* A request that is kept until "release". One oracle for each router, so
 * that nothing is shared. */
struct oracle {
	cr_request kept;
	const char *word;
};

static void
now(const cr_request *q, void *state)
{
	const struct oracle *o = state;

	q->host->reply(q->route, q->token,
	    json_pack("{s:s,s:s,s:s*,s:O*}", "word", o->word, "type", q->type,
		"user", q->user, "payload", q->payload));
}

static void
nothing(const cr_request *q, void *state)
{
	(void)state;
	q->host->reply(q->route, q->token, NULL);
}

static void
twice(const cr_request *q, void *state)
{
	(void)state;
	q->host->reply(q->route, q->token, json_integer(1));
	q->host->reply(q->route, q->token, json_integer(2));
	q->host->fail(q->route, q->token, "three", "three");
}

static void *
answer(void *arg)
{
	cr_request *q = arg;

	q->host->reply(q->route, q->token, json_string("from a thread"));
	return NULL;
}

static void
thread(const cr_request *q, void *state)
{
	cr_request copy = *q;
	pthread_t other;

	(void)state;
	if (pthread_create(&other, NULL, answer, &copy) == 0)
		pthread_join(other, NULL);
}

static void
keep(const cr_request *q, void *state)
{
	((struct oracle *)state)->kept = *q;
}

/* Answers what was kept, whatever became of it. */
static void
release(const cr_request *q, void *state)
{
	const cr_request *kept = &((struct oracle *)state)->kept;

	if (kept->host)
		kept->host->reply(
		    kept->route, kept->token, json_string("late"));
	q->host->reply(q->route, q->token, NULL);
}

/* Tokens that were never given to it. */
static void
invent(const cr_request *q, void *state)
{
	cr_token token = { q->token.conn + 1000, 1 };

	(void)state;
	q->host->reply(q->route, token, json_true());
	token = (cr_token){ q->token.conn, q->token.number + 1000 };
	q->host->fail(q->route, token, "none", "none");
	/* Maybe one of this connection, but not for a module. */
	token = (cr_token){ q->token.conn, q->token.number - 1 };
	q->host->fail(q->route, token, "internal", "not yours");
	q->host->reply(q->route, q->token, NULL);
}

static void
fail(const cr_request *q, void *state)
{
	int rc = q->host->fail(q->route, q->token, cj_str(q->payload, "code"),
	    cj_str(q->payload, "message"));

	(void)state;
	if (rc != CLEAT_OK)
		q->host->reply(q->route, q->token, json_integer(rc));
}

static void
no_utf8(const cr_request *q, void *state)
{
	(void)state;
	q->host->fail(q->route, q->token, "mad", "\xff");
}

static int
start(cleat_route *r, const cleat_conf *conf, void **state)
{
	struct oracle *o = calloc(1, sizeof(*o));

	*state = o;
	if (!o)
		return CLEAT_ENOMEM;
	o->word = cleat->conf_str(conf, "word", "yes");
	if (strcmp(o->word, "no") != 0)
		return 0;
	free(o);
	return cleat->conf_fail(
	    r, conf, "word", "is what an oracle never says");
}

static void
stop(cleat_route *r, void *state)
{
	(void)r;
	free(state);
}

static const cr_type types[] = { { "now", now }, { "nothing", nothing },
	{ "twice", twice }, { "thread", thread }, { "keep", keep },
	{ "release", release }, { "invent", invent }, { "fail", fail },
	{ "no_utf8", no_utf8 } };
static const cr_module oracle = { sizeof(oracle),
	sizeof(types) / sizeof(types[0]), types, start, stop };

CLEAT_MODULE(CR_INTERFACE, CR_VERSION, &oracle)
