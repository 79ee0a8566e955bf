/* SPDX-License-Identifier: MIT
 *
 * listener.c - see listener.h.
 *
 * The first socket of a TCP address is bound without SO_REUSEPORT and gets
 * it afterwards: the kernel checks the address when binding and the option
 * when the next one binds. So the port is never free in between, and a
 * port 0 is picked once and shared by all.
 *
 * THREADS: main thread, but for the references.
 */
#include "config.h"

#include "net/listener.h"

#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "net/proxies.h"
#include "net/tls_server.h"
#include "net/unix_socket.h"

#define UNIX_PREFIX "unix:"

/* Two families must agree on a port that the system picks for one. */
enum { PICK_TRIES = 16 };

/* The sockets of one address: `count` of them, one for each worker, or one
 * for all. */
struct fds {
	int *fd;
	unsigned count;
};

struct listener {
	uint32_t refs; /* atomic */
	void *tag;
	uint64_t number;
	char *address;	      /* as asked for; NULL: inherited */
	uint16_t port;	      /* as asked for */
	char *name[2];	      /* plain; TLS */
	pthread_mutex_t lock; /* of the speech */
	struct speech speech;
	struct fds sets[LISTENER_FDS];
	size_t n_sets;
	struct stat made; /* UNIX: the file */
};

static int
set_option(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof on) < 0 ? -errno : 0;
}

/* A socket bound to sa; `again`: it joins those that are bound already. */
static int
bind_tcp(const struct sockaddr *sa, socklen_t len, bool again)
{
	int rc = 0, fd = socket(sa->sa_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (sa->sa_family == AF_INET6)
		rc = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	if (rc == 0)
		rc = set_option(fd, SOL_SOCKET, SO_REUSEADDR);
	if (rc == 0 && again)
		rc = set_option(fd, SOL_SOCKET, SO_REUSEPORT);
	if (rc == 0 && bind(fd, sa, len) < 0)
		rc = -errno;
	if (rc == 0 && !again)
		rc = set_option(fd, SOL_SOCKET, SO_REUSEPORT);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static void
close_set(struct fds *set)
{
	for (unsigned i = 0; i < set->count; i++)
		close(set->fd[i]);
	free(set->fd);
	*set = (struct fds){ 0 };
}

static int
add_fd(struct fds *set, int fd)
{
	if (fd < 0)
		return fd;
	set->fd[set->count++] = fd;
	return 0;
}

/* One socket for each worker; the first one decides the port. */
static int
open_set(struct fds *set, const struct addrinfo *ai, uint16_t *port,
    unsigned workers, int backlog)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = ai->ai_addrlen;
	struct sockaddr *addr = (struct sockaddr *)&sa;
	int rc;

	memcpy(&sa, ai->ai_addr, len);
	/* sin_port and sin6_port lie in the same place. */
	((struct sockaddr_in *)&sa)->sin_port = htons(*port);
	*set = (struct fds){ .fd = calloc(workers, sizeof set->fd[0]) };
	rc = set->fd ? add_fd(set, bind_tcp(addr, len, false)) : -ENOMEM;
	if (rc == 0 && getsockname(set->fd[0], addr, &len) < 0)
		rc = -errno;
	while (rc == 0 && set->count < workers)
		rc = add_fd(set, bind_tcp(addr, len, true));
	for (unsigned i = 0; rc == 0 && i < workers; i++)
		if (listen(set->fd[i], backlog) < 0)
			rc = -errno;
	if (rc != 0)
		close_set(set);
	else
		*port = ntohs(((struct sockaddr_in *)&sa)->sin_port);
	return rc;
}

static void
close_sets(struct listener *l)
{
	while (l->n_sets > 0)
		close_set(&l->sets[--l->n_sets]);
}

/* A family that this machine does not have is no error beside one it has. */
static bool
is_absent(int rc)
{
	return rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL;
}

static int
open_sets(struct listener *l, const struct addrinfo *list, unsigned workers,
    int backlog, uint16_t *port)
{
	int absent = -EADDRNOTAVAIL;

	*port = l->port;
	for (const struct addrinfo *ai = list; ai && l->n_sets < LISTENER_FDS;
	     ai = ai->ai_next) {
		int rc =
		    open_set(&l->sets[l->n_sets], ai, port, workers, backlog);

		if (rc == 0) {
			l->n_sets++;
		} else if (is_absent(rc)) {
			absent = rc;
		} else {
			close_sets(l);
			return rc;
		}
	}
	return l->n_sets > 0 ? 0 : absent;
}

static int
resolve(const char *address, struct addrinfo **list)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE,
		.ai_socktype = SOCK_STREAM };
	bool all = strcmp(address, "*") == 0;

	switch (getaddrinfo(all ? NULL : address, "0", &hints, list)) {
	case 0:
		return 0;
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_SYSTEM:
		return -errno;
	default:
		return -EADDRNOTAVAIL;
	}
}

static bool
is_any(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(
		    &((const struct sockaddr_in6 *)sa)->sin6_addr);
	return ((const struct sockaddr_in *)sa)->sin_addr.s_addr == INADDR_ANY;
}

static char *
url_of(const struct sockaddr *sa, socklen_t len, const char *scheme)
{
	char host[NI_MAXHOST], port[NI_MAXSERV], *url;
	bool six = sa->sa_family == AF_INET6;
	int n;

	if (getnameinfo(sa, len, host, sizeof host, port, sizeof port,
		NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return NULL;
	if (is_any(sa))
		n = asprintf(&url, "%s://localhost:%s", scheme, port);
	else
		n = asprintf(&url, six ? "%s://[%s]:%s" : "%s://%s:%s", scheme,
		    host, port);
	return n < 0 ? NULL : url;
}

/* What a socket is called, from the socket itself. */
static char *
name_of(int fd, const char *scheme)
{
	union {
		struct sockaddr sa;
		struct sockaddr_storage room;
	} u = { 0 };
	socklen_t len = sizeof u.room;
	size_t head = offsetof(struct sockaddr, sa_data);
	char *name;

	if (getsockname(fd, &u.sa, &len) < 0)
		return NULL;
	if (u.sa.sa_family != AF_UNIX)
		return url_of(&u.sa, len, scheme);
	if (asprintf(&name, UNIX_PREFIX "%.*s", (int)(len - head),
		(const char *)&u + head) < 0)
		return NULL;
	return name;
}

static int
open_tcp(struct listener *l, unsigned workers, int backlog)
{
	struct addrinfo *list;
	uint16_t port;
	int rc = resolve(l->address, &list);

	if (rc != 0)
		return rc;
	for (int i = 0; i < PICK_TRIES; i++) {
		rc = open_sets(l, list, workers, backlog, &port);
		if (rc != -EADDRINUSE || l->port != 0)
			break;
	}
	freeaddrinfo(list);
	return rc;
}

/* One descriptor for all workers. */
static int
share(struct listener *l, int fd)
{
	struct fds *set = &l->sets[0];

	set->fd = malloc(sizeof set->fd[0]);
	if (!set->fd)
		return -ENOMEM;
	l->n_sets = 1;
	return add_fd(set, fd);
}

static const char *
unix_path(const struct listener *l)
{
	size_t n = strlen(UNIX_PREFIX);

	if (l->address && strncmp(l->address, UNIX_PREFIX, n) == 0)
		return l->address + n;
	return NULL;
}

static int
open_unix(struct listener *l, const struct listen_address *a, int backlog)
{
	const char *path = unix_path(l);
	int rc,
	    fd = unix_socket_listen(path, a->mode, a->owner, backlog, &l->made);

	if (fd < 0)
		return fd;
	rc = share(l, fd);
	if (rc != 0) {
		close(fd);
		unix_socket_remove(path, &l->made);
	}
	return rc;
}

static struct listener *
new_listener(void *tag)
{
	struct listener *l = calloc(1, sizeof *l);

	if (l) {
		l->refs = 1;
		l->tag = tag;
		pthread_mutex_init(&l->lock, NULL);
	}
	return l;
}

static int
finish(struct listener **out, struct listener *l, int rc)
{
	if (rc == 0) {
		l->name[0] = name_of(l->sets[0].fd[0], "http");
		l->name[1] = name_of(l->sets[0].fd[0], "https");
		if (!l->name[0] || !l->name[1])
			rc = -ENOMEM;
	}
	if (rc != 0)
		listener_unref(&l);
	*out = l;
	return rc;
}

int
listener_open(struct listener **out, const struct listen_address *a,
    unsigned workers, int backlog, void *tag)
{
	struct listener *l = new_listener(tag);
	int rc;

	must(workers > 0);
	if (!l)
		return -ENOMEM;
	l->port = a->port;
	l->number = a->number;
	l->address = strdup(a->address);
	if (!l->address)
		rc = -ENOMEM;
	else if (unix_path(l))
		rc = open_unix(l, a, backlog);
	else
		rc = open_tcp(l, workers, backlog);
	return finish(out, l, rc);
}

int
listener_adopt(struct listener **out, int fd, void *tag)
{
	struct listener *l = NULL;
	int listens = 0, rc = 0;
	socklen_t len = sizeof listens;

	*out = NULL;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0)
		rc = -errno;
	else if (!listens)
		rc = -EINVAL;
	else if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
		 fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		rc = -errno;
	if (rc == 0) {
		l = new_listener(tag);
		rc = l ? share(l, fd) : -ENOMEM;
	}
	if (rc == 0)
		return finish(out, l, 0);
	listener_unref(&l);
	close(fd);
	return rc;
}

struct listener *
listener_ref(struct listener *l)
{
	__atomic_fetch_add(&l->refs, 1, __ATOMIC_RELAXED);
	return l;
}

void
listener_unref(struct listener **lp)
{
	struct listener *l = *lp;

	*lp = NULL;
	if (!l || __atomic_fetch_sub(&l->refs, 1, __ATOMIC_ACQ_REL) > 1)
		return;
	if (l->n_sets > 0 && unix_path(l))
		unix_socket_remove(unix_path(l), &l->made);
	close_sets(l);
	free(l->address);
	free(l->name[0]);
	free(l->name[1]);
	speech_unref(&l->speech);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

bool
listener_is(const struct listener *l, const struct listen_address *a)
{
	return l->address && strcmp(l->address, a->address) == 0 &&
	       l->port == a->port;
}

const char *
listener_name(const struct listener *l)
{
	return l->name[listener_has_tls(l)];
}

bool
listener_has_tls(const struct listener *l)
{
	return __atomic_load_n(&l->speech.tls, __ATOMIC_RELAXED) != NULL;
}

void
speech_unref(struct speech *s)
{
	proxies_unref(&s->proxies);
	tls_server_unref(&s->tls);
}

/* A copy with references of its own. */
static struct speech
speech_ref(const struct speech *s)
{
	return (struct speech){
		.proxies = s->proxies ? proxies_ref(s->proxies) : NULL,
		.tls = s->tls ? tls_server_ref(s->tls) : NULL,
	};
}

void
listener_set_speech(struct listener *l, const struct speech *speech)
{
	struct speech old, now = speech_ref(speech);

	pthread_mutex_lock(&l->lock);
	old = l->speech;
	__atomic_store_n(&l->speech.proxies, now.proxies, __ATOMIC_RELAXED);
	__atomic_store_n(&l->speech.tls, now.tls, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&l->lock);
	speech_unref(&old);
}

struct speech
listener_speech(struct listener *l)
{
	struct speech speech = { .tls = NULL };

	/* Plain ones, most of them, go without the lock. */
	if (!listener_has_tls(l) &&
	    !__atomic_load_n(&l->speech.proxies, __ATOMIC_RELAXED))
		return speech;
	pthread_mutex_lock(&l->lock);
	speech = speech_ref(&l->speech);
	pthread_mutex_unlock(&l->lock);
	return speech;
}

void *
listener_tag(const struct listener *l)
{
	return l->tag;
}

uint64_t
listener_number(const struct listener *l)
{
	return l->number;
}

size_t
listener_fds(const struct listener *l, unsigned worker, int fds[LISTENER_FDS])
{
	for (size_t i = 0; i < l->n_sets; i++) {
		const struct fds *set = &l->sets[i];

		must(set->count == 1 || worker < set->count);
		fds[i] = set->fd[set->count == 1 ? 0 : worker];
	}
	return l->n_sets;
}
