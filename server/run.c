/* SPDX-License-Identifier: MIT
 *
 * run.c - the life of a cleatd between its start and its end.
 *
 * Signals arrive on a descriptor, so what they cause is ordinary code; a
 * timer drives everything that the main thread does regularly.
 */
#include "config.h"

#include "run.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "config/config.h"
#include "notify.h"
#include "sandbox.h"
#include "service.h"

/* How often to look whether everyone has left. */
enum { DRAIN_PERIOD_MS = 10 };

struct run {
	struct service *service;
	const char *file; /* the configuration, for reloads */
	bool pinned;
	int signals, timer; /* descriptors */
	sigset_t before;    /* what was blocked before */
	bool alive;	    /* no worker is stalled */
	uint64_t notified_ms;
	uint64_t notify_every_ms; /* 0: no service manager asks for it */
	uint64_t leave_at_ms;	  /* draining, until then; 0: not */
	bool leave;
};

/* --- reload ------------------------------------------------------------ */

static void
reload(const struct run *r)
{
	struct config *next = NULL;
	struct conf_error err;
	char why[SERVICE_WHY];
	bool refused;

	notify(
	    "RELOADING=1\nMONOTONIC_USEC=%ju", (uintmax_t)(clock_ns() / 1000));
	refused = config_load(r->file, r->pinned, &next, &err) < 0;
	if (refused)
		snprintf(why, sizeof(why), "%s", err.text);
	else
		refused = service_reload(r->service, next, why) < 0;
	/* What crowds have left goes back to the system: of itself it would
	 * stay, and this holds up nobody for long. */
	(void)malloc_trim(0);
	if (refused) {
		log_error("reload refused, nothing has changed: %s%s", why,
		    sandbox_hint(service_config(r->service), why));
		service_note_refused(r->service);
	} else {
		LOG_EVENT(LOG_LEVEL_INFO, "reloaded", LOG_STR("file", r->file),
		    LOG_NUM("routes", next->n_routes));
	}
	config_unref(&next);
	notify("READY=1\nSTATUS=%s%s",
	    refused ? "Reload refused: " : "Serving.", refused ? why : "");
}

/* --- signals and the clock --------------------------------------------- */

static void
set_period(const struct run *r, uint64_t ms)
{
	struct timespec t = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000 };

	timerfd_settime(r->timer, 0,
	    &(struct itimerspec){ .it_interval = t, .it_value = t }, NULL);
}

/* The first time everyone is asked to leave, the second time we do. */
static void
begin_to_leave(struct run *r, const char *signal)
{
	uint64_t ms = service_config(r->service)->drain_timeout_ms;

	if (r->leave_at_ms != 0) {
		r->leave = true;
		return;
	}
	LOG_EVENT(LOG_LEVEL_INFO, "stopping", LOG_STR("signal", signal),
	    LOG_NUM("drain_ms", ms));
	notify("STOPPING=1\nSTATUS=Asking clients to leave.");
	service_drain(r->service);
	r->leave_at_ms = clock_ms() + ms;
	set_period(r, DRAIN_PERIOD_MS);
}

static void
reopen_log(void)
{
	int err = log_reopen();

	if (err < 0)
		log_error("cannot open the log file again, the old one stays: "
			  "%s",
		    strerror(-err));
}

static void
on_signal(struct run *r, uint32_t number)
{
	if (number == SIGTERM || number == SIGINT) {
		begin_to_leave(r, number == SIGTERM ? "SIGTERM" : "SIGINT");
	} else if (number == SIGUSR1) {
		reopen_log();
	} else if (number == SIGHUP && r->leave_at_ms == 0) {
		reload(r);
		set_period(r, service_period_ms(r->service));
	}
}

static void
on_tick(struct run *r)
{
	uint64_t now = clock_ms();

	r->alive = service_tick(r->service);
	if (r->notify_every_ms != 0 && r->alive &&
	    now - r->notified_ms >= r->notify_every_ms) {
		r->notified_ms = now;
		notify("WATCHDOG=1");
	}
	if (r->leave_at_ms != 0 &&
	    (service_drained(r->service) || now >= r->leave_at_ms))
		r->leave = true;
}

static void
loop(struct run *r)
{
	struct pollfd fds[] = {
		{ .fd = r->signals, .events = POLLIN },
		{ .fd = r->timer, .events = POLLIN },
		{ .fd = service_fd(r->service), .events = POLLIN },
	};
	struct signalfd_siginfo info;
	uint64_t times;

	while (!r->leave) {
		if (poll(fds, 3, -1) < 0)
			continue; /* EINTR: a debugger */
		if (fds[0].revents &&
		    read(r->signals, &info, sizeof(info)) == sizeof(info))
			on_signal(r, info.ssi_signo);
		if (fds[1].revents || fds[2].revents) {
			if (fds[1].revents &&
			    read(r->timer, &times, sizeof(times)) < 0)
				continue; /* a new period took it back */
			on_tick(r);
		}
	}
}

static void
give_up(int number)
{
	static const char line[] =
	    "cleatd: a handler does not return: leaving without it\n";

	(void)number;
	(void)!write(STDERR_FILENO, line, sizeof(line) - 1);
	_exit(EXIT_FAILURE);
}

/* Takes the service down. A worker that a handler will not give back cannot
 * be joined, so with one the process ends as it is. */
static int
leave(struct run *r)
{
	if (!r->alive) {
		log_error("a handler still holds its worker: leaving without "
			  "waiting for it");
		log_stop();
		_exit(EXIT_FAILURE);
	}
	/* From here on another SIGTERM ends the process the hard way, and so
	 * does time: without a watchdog (stall = 0) nobody else notices that
	 * a handler does not return. */
	signal(SIGALRM, give_up);
	pthread_sigmask(SIG_SETMASK, &r->before, NULL);
	alarm(1 +
	      (unsigned)(service_config(r->service)->drain_timeout_ms / 1000));
	service_stop(&r->service);
	alarm(0);
	LOG_EVENT(LOG_LEVEL_INFO, "stopped", LOG_STR("why", "asked to"));
	return EXIT_SUCCESS;
}

/* The signals that the loop reads are blocked in all threads, and so are the
 * others that would end the process; a fault's are not. */
static int
take_signals(sigset_t *before)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigfillset(&set);
	crash_keep_open(&set);
	pthread_sigmask(SIG_SETMASK, &set, before);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd >= 0 ? fd : -errno;
}

static void
tell_started(const struct run *r)
{
	const struct config *config = service_config(r->service);

	LOG_EVENT(LOG_LEVEL_INFO, "started",
	    LOG_STR("version", PACKAGE_VERSION), LOG_STR("file", r->file),
	    LOG_NUM("routes", config->n_routes), LOG_NUM("pid", getpid()));
	notify("READY=1\nSTATUS=Serving.\nMAINPID=%d", (int)getpid());
}

int
run_service(struct config *config, const char *file,
    const struct service_pinned *pinned)
{
	struct run r = { .file = file,
		.pinned = pinned->n_addresses + pinned->n_inherited > 0,
		.alive = true,
		.notify_every_ms = notify_watchdog_ms() };
	char why[SERVICE_WHY] = "cannot wait for signals";
	int status = EXIT_FAILURE;

	r.signals = take_signals(&r.before);
	r.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (r.signals >= 0 && r.timer >= 0)
		status = service_start(&r.service, config, pinned, why);
	if (status == 0) {
		tell_started(&r);
		set_period(&r, service_period_ms(r.service));
		loop(&r);
		status = leave(&r);
	} else {
		fprintf(stderr, "cleatd: %s\n", why);
		if (config->log.options.file != NULL)
			log_error("%s", why);
	}
	if (r.timer >= 0)
		close(r.timer);
	if (r.signals >= 0)
		close(r.signals);
	return status;
}
