#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The folders of server/ are layers in a linear order: a file includes only
# its own layer and those before it. Each foreign library has one layer that
# knows it. A handler knows nothing but cleat.h.

. "$(dirname "$0")/lint.subr"

look()
{
	# shellcheck disable=SC2046 # no file of ours has a space in its name
	awk '
	BEGIN {
		n = split("base wire auth net config topics host http", order)
		for (i = 1; i <= n; i++)
			rank[order[i]] = i
		owner["microhttpd.h"] = "http"
		owner["libconfig.h"] = "config"
		owner["dlfcn.h"] = "host"
		owner["crypt.h"] = "auth"
		owner["gnutls/abstract.h"] = owner["gnutls/crypto.h"] = "auth"
		owner["zlib.h"] = owner["isa-l/igzip_lib.h"] = "net"
		owner["libdeflate.h"] = "net"
		owner["gnutls/gnutls.h"] = owner["gnutls/x509.h"] = "net"
		tool["gnutls/gnutls.h"] = tool["gnutls/x509.h"] = \
			"tools/load_stream.c"
		tool["zlib.h"] = "tools/packing.c"
		tool["gnutls/crypto.h"] = "server/net/tls_record.c"
	}
	function complain(text) { print FILENAME ":" FNR ": " text }

	/^[ \t]*#[ \t]*include[ \t]*["<]/ {
		split(FILENAME, folder, "/")
		split($0, part, /["<>]/)
		header = part[2]
		split(header, under, "/")
		layer = folder[1] == "server" && folder[2] in rank ? \
			folder[2] : ""
		if (header in owner && owner[header] != layer && \
		    tool[header] != FILENAME)
			complain("<" header "> is known to server/" \
				owner[header] " alone; call that instead")
		if (layer != "" && under[1] in rank && \
		    rank[under[1]] > rank[layer])
			complain(layer " includes " under[1] ", which is a" \
				" layer above it; hand the function down in" \
				" a struct of calls, or move it down")
		if ((folder[1] == "plugins" || folder[1] == "sdk") && \
		    (under[1] in rank || header == "config.h"))
			complain("a handler includes nothing of the server;" \
				" what it needs belongs into cleat.h")
	}
	' /dev/null $(c_files server sdk plugins tools)
}

lint layers
