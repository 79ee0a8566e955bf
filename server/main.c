/* SPDX-License-Identifier: MIT
 *
 * main.c - cleatd: does what the command line asks for.
 *
 * Exit status: 0, 1 (something failed while starting or running), 64
 * (command line), 78 (configuration). What goes on between start and end is
 * run.c's, the order of the parts service.c's.
 *
 * THREADS: the main thread; none other runs yet, or any more.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include <cleat.h>

#include "advice.h"
#include "base/crash.h"
#include "base/log.h"
#include "command_line.h"
#include "config/config.h"
#include "confine.h"
#include "host/callsite.h"
#include "host/host.h"
#include "notify.h"
#include "run.h"
#include "sandbox.h"
#include "service.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZER ", AddressSanitizer"
#elif defined(__SANITIZE_THREAD__)
#define SANITIZER ", ThreadSanitizer"
#else
#define SANITIZER ""
#endif

static int
say_version(void)
{
	printf("cleatd " PACKAGE_VERSION "\n"
	       "handler ABI %d.%d\n"
	       "compiler " __VERSION__ SANITIZER "\n"
	       "configuration " CLEAT_CONFIG_FILE "\n"
	       "handlers " CLEAT_PLUGIN_DIR "\n",
	    CLEAT_ABI_MAJOR, CLEAT_ABI_MINOR);
	return EXIT_SUCCESS;
}

/* --- the configuration ------------------------------------------------- */

static void
say(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

static int
check(struct config *config, const struct command_line *o,
    const struct service_pinned *pinned)
{
	char why[CONFINE_WHY];
	struct conf_error err;

	/* Only what is wrong: a list of what was loaded is for the log. */
	log_adjust(LOG_LEVEL_WARN, config->log.options.format);
	/* Handlers are tried as whom and where they would serve. */
	if ((config->user == NULL || geteuid() == 0) &&
	    confine(config, pinned->addresses, pinned->n_addresses, say, why) <
		0) {
		fprintf(stderr, "cleatd: %s\n", why);
		return EXIT_FAILURE;
	}
	advice_tls(config, say);
	if (host_check(config, &err) < 0) {
		fprintf(
		    stderr, "%s%s\n", err.text, sandbox_hint(config, err.text));
		return EX_CONFIG;
	}
	if (o->action == OPTION_DUMP)
		config_dump(config, stdout);
	else
		printf("%s: ok\n", o->config);
	return EXIT_SUCCESS;
}

/* Descriptors are what connections are made of. */
static void
raise_descriptor_limit(const struct config *config)
{
	uint64_t wanted =
	    config->max_connections + config->http.max_connections + 256;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted)
		log_warn("max_connections %ju and http.max_connections %ju "
			 "need %ju descriptors, the limit is %ju: raise "
			 "LimitNOFILE (or ulimit -n)",
		    (uintmax_t)config->max_connections,
		    (uintmax_t)config->http.max_connections, (uintmax_t)wanted,
		    (uintmax_t)limit.rlim_cur);
}

static int
serve(struct config *config, const struct command_line *o,
    const struct service_pinned *pinned)
{
	int err = log_open(&config->log.options), status;

	if (err < 0) {
		fprintf(stderr, "cleatd: cannot log to %s: %s\n",
		    config->log.options.file, strerror(-err));
		return EXIT_FAILURE;
	}
	raise_descriptor_limit(config);
	status = run_service(config, o->config, pinned);
	log_stop();
	return status;
}

/* Loads the configuration, then checks or serves it. */
static int
act(const struct command_line *o, const struct service_pinned *pinned)
{
	bool check_only = o->action != OPTION_RUN;
	bool given = pinned->n_addresses + pinned->n_inherited > 0;
	struct config *config;
	struct conf_error err;
	int status;

	if (config_load(o->config, given, &config, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return EX_CONFIG;
	}
	crash_watch(callsite_describe);
	crash_thread_start();
	status =
	    check_only ? check(config, o, pinned) : serve(config, o, pinned);
	crash_thread_stop();
	crash_unwatch();
	config_unref(&config);
	return status;
}

/* Reads what stands behind each -l. */
static int
parse_listen(const struct command_line *o, struct config_listen *addresses)
{
	for (unsigned i = 0; i < o->n_listen; i++) {
		char as_given[256];

		snprintf(as_given, sizeof(as_given), "%s", o->listen[i]);
		if (!config_listen_parse(o->listen[i], &addresses[i])) {
			fprintf(stderr,
			    "cleatd: -l %s: write ADDRESS:PORT, such as "
			    "127.0.0.1:8080 or *:8080, or unix:/PATH\n",
			    as_given);
			return -1;
		}
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct config_listen addresses[COMMAND_LINE_LISTEN_MAX];
	struct command_line o;

	if (command_line_parse(&o, argc, argv) < 0 ||
	    parse_listen(&o, addresses) < 0)
		return EX_USAGE;
	switch (o.action) {
	case OPTION_HELP:
		command_line_help(stdout);
		return EXIT_SUCCESS;
	case OPTION_HELP_CONFIG:
		config_help(stdout);
		return EXIT_SUCCESS;
	case OPTION_VERSION:
		return say_version();
	case OPTION_RUN:
	case OPTION_TEST:
	case OPTION_DUMP:
	case OPTION_CONFIG: /* these two ask for nothing by themselves */
	case OPTION_LISTEN:
		break;
	}
	return act(&o, &(struct service_pinned){
			   .addresses = addresses,
			   .n_addresses = o.n_listen,
			   .n_inherited = notify_listen_fds(),
		       });
}
