/* SPDX-License-Identifier: MIT
 *
 * people.c - who somebody is: the handshake, users and nicks.
 *
 * Keys of the registry: "nick/NICK" in small letters is claimed for the user
 * who has it, so two cannot have the same; a guest keeps that of the first
 * nick besides a later one. "as/USER" is the later nick, for lists.
 *
 * Connections of one holder share a claim, as those of an authenticated user
 * shall; two guests for whom chance has the same number shall not. So a guest
 * holds as "USER ID", where ID is the connection's.
 *
 * An authenticated user whose name a guest has as nick takes it: the guest
 * is evicted from its topic "user/USER", which on whatever worker it lives
 * makes it release the nick; meanwhile the user tries again. "coming/NICK"
 * says so to all, for another guest would take the nick between the two.
 *
 * THREADS, MEMORY: see hub.h.
 */
#include "people.h"
#include "rooms.h"

#include <stdio.h>

enum { MAX_ATTEMPTS = 40, ATTEMPT_MS = 50 };
static const char guest[] = "guest-";

static int
is_guest(const char *user)
{
	return strncasecmp(user, guest, sizeof(guest) - 1) == 0;
}

int
people_is_user(const char *name)
{
	json_t *utf8 =
	    cj_line(name, 1, SIZE_NAME - 1) ? json_string(name) : NULL;

	json_decref(utf8);
	return utf8 != NULL;
}

void
people_key(char *out, const char *prefix, const char *name)
{
	size_t n = (size_t)snprintf(out, SIZE_KEY, "%s%s", prefix, name);

	for (size_t i = strlen(prefix); i < n; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] - 'A' + 'a');
}

const char *
people_nick(cleat_route *r, const char *user)
{
	char key[SIZE_KEY];
	const char *nick;

	people_key(key, "as/", user);
	nick = cleat->get(r, key);
	return nick ? nick : user;
}

/* Who holds the claims of a connection: SIZE_KEY bytes. */
static void
holder_of(cleat_conn *c, char *out)
{
	const struct person *p = cleat->state(c);

	if (p->role == ROLE_GUEST)
		snprintf(out, SIZE_KEY, "%s %llx", p->user,
		    (unsigned long long)cleat->id(c));
	else
		snprintf(out, SIZE_KEY, "%s", p->user);
}

void
people_user(char user[SIZE_NAME], const char *holder)
{
	size_t n = is_guest(holder) ? strcspn(holder, " ") : strlen(holder);

	snprintf(user, SIZE_NAME, "%.*s", (int)n, holder);
}

/* --- one request at a time ------------------------------------------------- */

void
people_wait(struct request *q)
{
	/* Without memory the answer has no id. */
	q->p->waiting_id = q->id ? strdup(q->id) : NULL;
	cleat->pause(q->c, 1);
}

void
people_go_on(cleat_conn *c)
{
	struct person *p = cleat->state(c);

	free(p->waiting_id);
	p->waiting_id = NULL;
	cleat->pause(c, 0);
}

/* --- coming ---------------------------------------------------------------- */

static enum role
role_of(cleat_conn *c, const struct settings *set, const char *user)
{
	const enum role *given = settings_role(set, user);

	if (given)
		return *given;
	if (*set->role_var && cj_word(cleat->var(c, set->role_var), "mod"))
		return ROLE_MOD;
	return ROLE_USER;
}

int
people_handshake(cleat_conn *c)
{
	const struct settings *set = cleat->route_state(cleat->route(c));
	struct person *p = cleat->state(c);
	const char *user = *set->user_var ? cleat->var(c, set->user_var) : NULL;
	cleat_accept a = { .status = 0 };

	if ((!user || !*user) && set->trust_query)
		user = cleat->query(c, "user");
	if (!user || !*user)
		return set->guests ? 0 : 401;
	if (!people_is_user(user) || is_guest(user))
		return 403;
	memcpy(p->user, user, strlen(user) + 1);
	p->role = role_of(c, set, user);
	a.user = p->user;
	return cleat->decide(cleat->id(c), &a) == CLEAT_OK ? 0 : 500;
}

static void
claim_first(cleat_conn *c)
{
	struct person *p = cleat->state(c);
	char key[SIZE_KEY], holder[SIZE_KEY];

	if (p->role == ROLE_GUEST) {
		uint32_t number;

		cleat->random(&number, sizeof(number));
		snprintf(p->user, sizeof(p->user), "%s%u", guest,
		    10000 + number % 990000);
	}
	memcpy(p->nick, p->user, sizeof(p->nick));
	people_key(key, "nick/", p->nick);
	holder_of(c, holder);
	if (cleat->claim(c, key, holder) < 0)
		cleat->close(c, 1013, "try again later");
}

void
people_open(cleat_conn *c)
{
	cleat->pause(c, 1);
	claim_first(c);
}

static void
claim_again(cleat_conn *c, void *arg)
{
	(void)arg;
	claim_first(c);
}

/* Somebody has the name that this one comes with. */
static void
first_taken(cleat_conn *c, const char *holder)
{
	cleat_route *r = cleat->route(c);
	struct person *p = cleat->state(c);
	char user[SIZE_NAME], topic[SIZE_KEY], nick[SIZE_KEY];

	if (p->role != ROLE_GUEST && !is_guest(holder)) {
		cleat->close(c, 1008, "this name is taken");
		return;
	}
	if (p->role != ROLE_GUEST) {
		people_user(user, holder);
		people_key(topic, "user/", user);
		people_key(nick, "coming/", p->nick);
		cleat->put(r, nick, p->user, MAX_ATTEMPTS * ATTEMPT_MS);
		people_key(nick, "", p->nick);
		cleat->evict(r, topic, user, nick);
	}
	if (++p->attempts > MAX_ATTEMPTS ||
	    cleat->conn_after(c, ATTEMPT_MS, claim_again, NULL) == 0)
		cleat->close(c, 1013, "try again later");
}

/* Hears what is for this person alone. */
static int
listen_for_private(cleat_conn *c)
{
	struct person *p = cleat->state(c);
	cleat_sub s = { .member = p->user };
	char topic[SIZE_KEY];

	people_key(topic, "user/", p->user);
	return cleat->subscribe(c, topic, &s);
}

static json_t *
names(const char (*list)[SIZE_NAME], size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, json_string(list[i]));
	return a;
}

static json_t *
limits(const struct settings *s)
{
	return json_pack("{s:I,s:I,s:I,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:f,s:I}",
	    "text", (json_int_t)s->max_text, "rooms", (json_int_t)s->max_rooms,
	    "who", (json_int_t)s->who_max, "nick", MAX_NICK, "name",
	    SIZE_NAME - 1, "subject", MAX_SUBJECT, "reason", MAX_REASON,
	    "history", MAX_HISTORY, "id", MAX_ID, "typing_ms", TYPING_MS,
	    "rate", s->rate, "burst", (json_int_t)s->burst);
}

void
people_here(cleat_conn *c, int status)
{
	static const char *const roles[] = { "guest", "user", "mod" };
	const struct settings *s = cleat->route_state(cleat->route(c));
	struct person *p = cleat->state(c);

	if (status != CLEAT_OK) {
		cleat->close(c, 1013, "try again later");
		return;
	}
	if (p->open)
		return;
	p->open = 1;
	tell(c, json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:o,s:b,s:s*,s:o}", "type",
		    "hello", "protocol", "cleat-chat", "version", 1, "user",
		    p->user, "nick", p->nick, "role", roles[p->role], "rooms",
		    names(s->rooms, s->n_rooms), "open", s->open, "greeting",
		    s->greeting, "limits", limits(s)));
	people_go_on(c);
}

/* --- nicks ------------------------------------------------------------------ */

/* Makes it known. NULL: the first one again. */
static void
take_nick(cleat_conn *c, const char *nick)
{
	cleat_route *r = cleat->route(c);
	struct person *p = cleat->state(c);
	const cleat_pub how = { .lose = CLEAT_LOSE_NEXT };
	char key[SIZE_KEY];

	snprintf(p->nick, sizeof(p->nick), "%s", nick ? nick : p->user);
	people_key(key, "as/", p->user);
	cleat->put(r, key, nick, 0);
	for (struct seat *s = p->seats; s; s = s->next) {
		snprintf(key, sizeof(key), "room/%s", s->room);
		cj_publish(r, key,
		    json_pack("{s:s,s:s,s:s,s:s}", "type", "renamed", "room",
			s->room, "user", p->user, "nick", p->nick),
		    &how);
	}
}

static int
same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

/* The claim of the nick, if it is a later one. */
static void
release_nick(cleat_conn *c)
{
	struct person *p = cleat->state(c);
	char key[SIZE_KEY];

	if (same(p->nick, p->user))
		return;
	people_key(key, "nick/", p->nick);
	cleat->release(c, key);
}

static void
tell_nick(cleat_conn *c, const char *id)
{
	const struct person *p = cleat->state(c);

	answer(c, id, json_pack("{s:s,s:s}", "type", "nick", "nick", p->nick));
}

enum refusal
do_nick(struct request *q)
{
	const char *nick = cj_str(q->o, "nick");
	char key[SIZE_KEY], holder[SIZE_KEY];
	struct person *p = q->p;
	int first;

	if (!nick)
		return wrong(q, "nick");
	if (p->role != ROLE_GUEST)
		return FORBIDDEN;
	if (strlen(nick) > MAX_NICK || cj_name(key, SIZE_NAME, "", nick) != 0)
		return BAD_NICK;
	first = same(nick, p->user);
	if (first || same(nick, p->nick)) {
		if (first)
			release_nick(q->c);
		take_nick(q->c, first ? NULL : nick);
		tell_nick(q->c, q->id);
		return DONE;
	}
	if (is_guest(nick) || settings_reserved(q->set, nick))
		return RESERVED_NICK;
	people_key(key, "coming/", nick);
	if (cleat->get(q->r, key))
		return NICK_TAKEN;
	people_key(key, "nick/", nick);
	holder_of(q->c, holder);
	if (cleat->claim(q->c, key, holder) != CLEAT_OK)
		return UNAVAILABLE;
	memcpy(p->wanted, nick, strlen(nick) + 1);
	people_wait(q);
	return DONE;
}

static void
first_claimed(cleat_conn *c, int status, const char *holder)
{
	const struct person *p = cleat->state(c);
	char key[SIZE_KEY];

	if (status == CLEAT_OK && p->attempts > 0) {
		people_key(key, "coming/", p->nick);
		cleat->put(cleat->route(c), key, NULL, 0);
	}
	if (status == CLEAT_ETAKEN)
		first_taken(c, holder);
	else if (status != CLEAT_OK || listen_for_private(c) < 0)
		cleat->close(c, 1013, "try again later");
}

void
people_claimed(cleat_conn *c, const char *key, int status, const char *holder)
{
	struct person *p = cleat->state(c);
	struct request q = {
		.c = c, .r = cleat->route(c), .p = p, .id = p->waiting_id
	};

	(void)key;
	if (!p->open) {
		first_claimed(c, status, holder);
		return;
	}
	if (status == CLEAT_OK) {
		release_nick(c);
		take_nick(c, p->wanted);
		tell_nick(c, q.id);
	} else {
		answer_refusal(
		    &q, status == CLEAT_ETAKEN ? NICK_TAKEN : UNAVAILABLE);
	}
	people_go_on(c);
}

void
people_nick_lost(cleat_conn *c, const char *nick)
{
	struct person *p = cleat->state(c);

	if (same(p->nick, nick) && !same(p->nick, p->user)) {
		release_nick(c);
		take_nick(c, NULL);
		tell_nick(c, NULL);
	}
	if (listen_for_private(c) < 0)
		cleat->close(c, 1013, "try again later");
}

void
people_close(cleat_conn *c, int code, cleat_str reason)
{
	const struct person *p = cleat->state(c);
	char key[SIZE_KEY];

	(void)code;
	(void)reason;
	people_key(key, "as/", p->user);
	if (strcmp(p->nick, p->user) != 0)
		cleat->put(cleat->route(c), key, NULL, 0);
}

void
people_free(cleat_conn *c)
{
	struct person *p = cleat->state(c);

	free(p->waiting_id);
	rooms_free(p);
}
