/* SPDX-License-Identifier: MIT
 *
 * syntax.h - what a string in the configuration may look like.
 *
 * Each check answers 0, or -1 and a line in *err that names the key. They
 * look at the text alone, at no file and no other key.
 */
#ifndef CLEAT_CONFIG_SYNTAX_H
#define CLEAT_CONFIG_SYNTAX_H

#include "config/tree.h"

/* What is checked: a text, the key it stands for, and where. */
struct syntax {
	const char *text;
	const char *key; /* "section.name" */
	const struct conf_node *at;
	struct conf_error *err;
};

int syntax_any(const struct syntax *);
int syntax_header(const struct syntax *); /* fit for an HTTP header */
int syntax_route_path(const struct syntax *);
int syntax_handler(const struct syntax *);
int syntax_space(const struct syntax *);
int syntax_file_name(const struct syntax *); /* without a folder */
int syntax_origin(const struct syntax *);    /* as wire/origin.h has it */
int syntax_range(const struct syntax *);     /* as net/address.h has it */
int syntax_redirect(const struct syntax *); /* another scheme, perhaps a port */
int syntax_owner(const struct syntax *);    /* known to the system */
int syntax_token(const struct syntax *);    /* RFC 9110, section 5.6.2 */
int syntax_var(const struct syntax *);	    /* as CGI names them */
int syntax_token_name(const struct syntax *); /* of a cookie, a parameter */
int syntax_realm(const struct syntax *);      /* as it stands in quotes */
int syntax_algorithm(const struct syntax *);  /* of a signature */
int syntax_claim(const struct syntax *);      /* "role=/realm/roles" */
int syntax_rule(const struct syntax *);	      /* "role=admin" */

#endif
