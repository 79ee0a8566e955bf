#!/bin/sh
# SPDX-License-Identifier: MIT
#
# docs/AUTH.md does what it says: each of its configurations is loaded, with
# files that `cleat token` and `cleat password` have made, and those let in whom
# they should and nobody else.
#
# Runs in the build directory; $srcdir is the source's.

set -eu
srcdir=$(cd "${srcdir:?}" && pwd)
build=$(pwd)
home=$(mktemp -d "${TMPDIR:-/tmp}/cleat-auth-XXXXXX")
server=
umask 077

finish()
{
	status=$?
	trap - EXIT
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	wait
	[ $status = 0 ] || cat "$home/log" 2>/dev/null || :
	rm -rf "$home"
	exit $status
}
trap finish EXIT
trap 'exit 1' INT TERM

fail()
{
	echo "auth_recipes: $*"
	exit 1
}

# block N: the N-th configuration of the page.
block()
{
	awk -v want="$1" '
	$0 == "```conf" && ++seen == want { on = 1; next }
	/^```/ { on = 0 }
	on' "$srcdir/docs/AUTH.md"
}

cd "$home"
mkdir plugins
cp "$build/plugins/echo.so" "$build/sdk/examples/late_auth.so" plugins/
cp "$srcdir/tests/config/good/keys.json" issuer.jwks
for name in here here-key; do
	cp "$srcdir/tests/config/tls/$name.pem" .
done
cp "$srcdir/tests/config/tls/user.pem" people.pem
"$build/cleat" token ann role=user >ann
"$build/cleat" token --until 2101-01-01 bob | sed 's/2101/2001/' >bob
if "$build/cleat" token --until 2001-01-01 eve 2>said; then
	fail "a token is made that has ended already"
fi
grep -q 'until is in the past' said || fail "what is wrong: $(cat said)"
tail -q -n 1 ann bob >tokens
echo 'abc ann' >sessions
echo 'open sesame' | "$build/cleat" password eve >passwords

[ "$(grep -c '^```conf' "$srcdir/docs/AUTH.md")" = 5 ] ||
	fail "the page has another number of configurations: test them"
for i in 1 2 3 4 5; do
	{
		echo 'plugins: { dir = "plugins"; };'
		block $i
		block $i | grep -q '^listen' ||
			echo 'listen = ( { address = "127.0.0.1"; port = 0; } );'
	} >$i.conf
	"$build/cleatd" -t -c $i.conf >said 2>&1 ||
		fail "configuration $i: $(cat said)"
done

# serve N: starts it; $url is where.
serve()
{
	[ -z "$server" ] || { kill "$server" && wait "$server" || :; }
	: >out
	"$build/cleatd" -c "$1.conf" -l 127.0.0.1:0 >out 2>log &
	server=$!
	timeout 60 sh -c 'until grep -q "^listening" out; do sleep 0.05; done' ||
		fail "it does not start"
	url=ws$(sed -n 's/^listening on http//p' out)
}

# come CODE PATH [OPTION...]: says hello there.
come()
{
	want=$1 path=$2 got=0
	shift 2
	echo hello | "$build/cleat" connect "$@" "$url$path" >heard 2>why ||
		got=$?
	[ $got = "$want" ] || fail "$path $*: $got, not $want: $(cat why)"
	[ $got != 0 ] || [ "$(cat heard)" = hello ] || fail "$path: no echo"
}

serve 1
token=$(head -n 1 ann)
come 2 /feed
come 2 /feed -H "Authorization: Bearer $(head -n 1 bob)"
come 2 /feed -H "Authorization: Bearer x$token"
come 0 /feed -H "Authorization: Bearer $token"
come 0 "/feed?token=$token"
! grep -q "$token" log || fail "the log tells the token"
serve 2
come 2 /desk
come 2 /desk -H "Authorization: Basic $(printf 'eve:open' | base64)"
serve 5
come 2 /game
come 2 /game -H "Cookie: sid=abcd"
come 0 /game -H "Cookie: sid=abc"
serve 2
come 0 /desk -H "Authorization: Basic $(printf 'eve:open sesame' | base64)"
