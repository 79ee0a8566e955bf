#!/bin/sh
# SPDX-License-Identifier: MIT
#
# cleat(1) end to end: `connect`, `load` and `publish` against a server that
# answers well or errs in one known way (answer.c). What a script relies on is
# tested: exit codes, standard output, and one sentence on standard error.

cleat=${CLEAT:-./cleat}
dir=$(mktemp -d) || exit 99
mkfifo "$dir/ready"
./tests/tools/answer "$dir/socket" >"$dir/ready" &
server=$!
trap 'kill $server; rm -rf "$dir"' EXIT
read -r _ _ http <"$dir/ready" || exit 99
url=ws${http#http}
failed=0

# try CODE OUTPUT SAYS COMMAND...: runs it, with $input as standard input.
# OUTPUT and SAYS are patterns of the shell; OUTPUT is the whole of standard
# output, SAYS a part of standard error, or "" for silence.
try()
{
	code=$1 output=$2 says=$3
	shift 3
	printf "$input" | timeout 60 "$@" >"$dir/out" 2>"$dir/err"
	got=$?
	err=$(cat "$dir/err")
	out=$(cat "$dir/out")
	why=
	[ $got -eq "$code" ] || why="exit code $got, not $code"
	# shellcheck disable=SC2254 # they are patterns
	case $out in $output) ;; *) why="output: $out" ;; esac
	case $says in
	"") [ -z "$err" ] || why="said: $err" ;;
	*) # shellcheck disable=SC2254
		case $err in *$says*) ;; *) why="did not say: $says ($err)" ;; esac ;;
	esac
	if [ -n "$why" ]; then
		echo "FAIL: $*"
		echo "      $why"
		failed=1
	fi
}

connect() { c=$1 o=$2 e=$3; shift 3; try "$c" "$o" "$e" "$cleat" connect "$@"; }
load() { c=$1 o=$2 e=$3; shift 3; try "$c" "$o" "$e" "$cleat" load "$@"; }

nl='
'
# --- connect: refusals, then what goes well
input=
connect 64 "" "it must begin with ws:// or wss://" mailto:x
connect 64 "" 'is not a number from 1 to' -n 0 "$url/echo"
connect 64 "" "See cleat connect --help" --nonsense "$url/echo"
connect 64 "" "usage" "$url/echo" "$url/echo"
connect 64 "" 'a header is one line' -H nocolon "$url/echo"
connect 64 "" 'at most 123 bytes' --reason "$(printf %0124d 0)" "$url/echo"
connect 1 "" "127.0.0.1:1: *(is the server running" ws://127.0.0.1:1/
connect 1 "" "is its certificate trusted" "wss${url#ws}/echo"
connect 1 "" "/nowhere: No such file" --ca /nowhere "wss${url#ws}/echo"
connect 2 "" "handshake refused: HTTP status 403" "$url/forbidden"
connect 2 "" "handshake refused: HTTP status 302" "$url/moved"
connect 2 "" "bad handshake" "$url/false-accept"
connect 1 "" 'closed by the server: 4001 (private use) so?\[2J long' \
	-m x "$url/leave"
connect 1 "" 'closed by the server: 1002 or 1012 to 1014 (*) too much' \
	-m x "$url/leave-later"
connect 1 "" "the connection was lost" -m x "$url/drop"
connect 3 "x" "1 of 2 messages came" -m x -n 2 -w 0.1 "$url/echo"
connect 3 "x" "1 of 2 messages came" -m x -n 2 "$url/leave-well"
input='1234\n12345\n'
connect 1 "*" "longer than 4 bytes" --max-line 4 "$url/echo"
input='hello\n'
connect 0 "hello" "" "$url/echo"
input='one\n\nthree'
connect 0 "one$nl${nl}three" "" "$url/echo"
input=
connect 0 "" "" "$url/echo"
connect 0 "" "" -m x -w 0.1 "$url/ignore"
connect 0 "a${nl}b" "" -m a -m b "$url/echo"
connect 0 "x" "closed by the server: 1000" -m x --listen "$url/leave-well"
connect 0 "x" "" -m x -n 1 "$url/twice"
connect 0 "x${nl}x" "" -m x -n 2 "$url/twice"
input='a\000b\377\n'
connect 0 "610062ff" "" -b "$url/echo"
input='bytes\n'
connect 0 "bytes" "" -b -o raw "$url/echo"
input='/ping hi\n/close 4000 enough\n'
connect 0 "" "*connected*closed*" -C -v "$url/echo"
input='/nonsense\n'
connect 0 "" "/nonsense: not a command" -C "$url/echo"
connect 0 "/nonsense" "" "$url/echo"
input=
connect 0 "" "pong after" -m x -v --ping 0.02 -w 0.5 "$url/ignore"
connect 0 "GET /head?a=b HTTP/1.1*X-One: 1*X-Two: 2*" "" \
	-H "X-One: 1" -H "X-Two: 2" -m x "$url/head?a=b"
connect 0 "*rigin: https://example.org*" "" \
	--origin https://example.org -m x "$url/head"
connect 0 "*" "subprotocol chat" -s chat,other -v -m x "$url/head"
connect 0 "x" "" --unix "$dir/socket" -m x ws://localhost/echo
connect 0 "usage: cleat connect*--max-line N*" "" --help

# --- load: everything that is wrong with an answer is seen
load 1 "" "connecting: nothing came for 0.1 seconds" -k --timeout 0.1 \
	"wss${url#ws}/echo"
load 1 "" "/nowhere: No such file" --ca /nowhere "wss${url#ws}/echo"
load 1 "" "there is no certificate in it" --ca /dev/null "wss${url#ws}/echo"
load 64 "" "not one of text|binary" -t morse "$url/echo"
load 64 "" "a list of numbers" -s 1,,2 "$url/echo"
load 64 "" "headers are too long" -H "X: $(printf %017000d 0)" "$url/echo"
load 1 "" "open files" -c 1000000 "$url/echo"
load 1 "" "connect: Connection refused" ws://127.0.0.1:1/
load 1 "" "No such process" --pid 2147483647 "$url/echo"
load 2 "" "handshake refused: HTTP/1.1 403 Forbidden" "$url/forbidden"
load 1 "" "Sec-WebSocket-Accept does not answer" "$url/false-accept"
load 1 "*" "message 3 came back with other bytes" -n 9 "$url/flip"
load 1 "*" "message 0 came back with 19 bytes, not 20" -n 9 "$url/cut"
load 1 "*" "longer than the message" -n 9 "$url/extend"
load 1 "*" "message 1 came back with other bytes" -n 9 -p 4 "$url/twice"
load 1 "*" "a message came that nobody asked for" -n 1 "$url/twice"
load 1 "*" "message 1 came back with other bytes" -n 9 -p 4 "$url/skip"
load 1 "*" "the answer is of the other type" -n 9 "$url/retype"
load 1 "*" "must not be masked" -n 9 "$url/masked"
load 1 "*" 'closed by the server with 4001 "so?\[2J long"' -n 9 "$url/leave"
load 1 "*" "without a close frame after 0 messages" -n 9 "$url/drop"
load 1 "*" "nothing came for 0.1 seconds" -n 9 --timeout 0.1 "$url/ignore"
load 0 "*messages *500*" "4 connections open" -c 4 -n 500 "$url/echo"
# An echo is a broadcast to one; with two, one of them waits in vain.
load 0 "*messages *500*" "" -q -f -n 500 -p 3 "$url/echo"
load 1 "*" "echoing: nothing came for 0.1 seconds" -f -c 2 -n 9 \
	--timeout 0.1 "$url/echo"
load 0 "*" "" -q -c 2 -n 200 -p 7 -t binary \
	-s 0,1,125,126,65535,65536,1M "$url/echo"
load 0 "*" "" -q -c 2 -n 100 -p 3 -s 0,1,5000,70000 "$url/fragment"
# Words instead of bytes, and what comes before them.
load 64 "" "there is no --ask" --answer x "$url/echo"
load 64 "" "it is empty, or has a #" --ask "a#" "$url/echo"
load 64 "" "longer than 125 bytes" --first "$(printf %0126d 0)" "$url/echo"
load 0 "*messages *50*" "" -q -c 2 -n 50 -p 4 --ask "say %" "$url/echo"
load 0 "*messages *50*" "" -q -c 2 -n 50 -p 4 --first join --skip 2 \
	--ask "say %" --answer "#:say %" "$url/count"
load 1 "*" "message 0 came back with other bytes" -n 9 --first join --skip 2 \
	--ask "say %" --answer "#: say %" "$url/count"
load 1 "*" "message 0: the answer ends too early" -n 9 --ask "say %" \
	--answer "say %." "$url/echo"
load 1 "*" "greeting: nothing came for 0.1 seconds" -q --first join --skip 3 \
	--timeout 0.1 "$url/count"
load 0 "*" "" -q --deflate -c 2 -n 50 -p 4 -s 0,1,200,70000 "$url/packed"
load 0 "*" "" -q --deflate -c 2 -n 50 -p 4 -s 0,1,200,70000 "$url/packed-parts"
load 0 "*" "" -q --deflate -n 9 --ask "say %" "$url/packed"
load 1 "" "no agreement about compression" --deflate "$url/echo"
load 1 "" "an extension that was not offered" "$url/packed"
load 1 "*" "message 0 came back compressed and damaged" --deflate -n 9 \
	"$url/packed-damaged"
load 1 "*" "message 0 came back with other bytes, compressed" --deflate -n 9 \
	"$url/packed-other"
load 0 '{"connections":3,"failures":0,*"messages":30,*_max_us":*}' "" \
	-q -j -c 3 -n 30 "$url/echo"
load 0 '*"server_cpu_ns_per_message":*' "" \
	-q -j -d 0.1 --warmup 0.1 --pid $server "$url/echo"
load 0 '*"server_cpu_us_per_connection":*' "" \
	-q -j -n 5 --pid $server "$url/echo"
load 0 '*"server_pss_kib_per_connection":*' "" \
	-q -j -c 5 --idle 0.05 --pid $server "$url/echo"
load 0 "*" "" -q -n 3 "ws://localhost:${url##*:}/echo"
load 0 "*" "" -q -n 3 --unix "$dir/socket" ws://localhost/echo

# --- publish
http=http://127.0.0.1:${url##*:}
input=
publish() { c=$1 o=$2 e=$3; shift 3; try "$c" "$o" "$e" "$cleat" publish "$@"; }
publish 64 "" "usage"
publish 64 "" "usage" t m more
publish 64 "" "--key needs --store" -k x t m
publish 64 "" "--key has 1 to 255 bytes" -s -k "a${nl}b" t m
publish 64 "" "--key has 1 to 255 bytes" -s -k "" t m
publish 64 "" "--key has 1 to 255 bytes" -s -k "$(printf %0256d 0)" t m
publish 64 "" "--url begins with http:// or unix:" -u "ws${http#http}" t m
publish 64 "" "--url has no path" -u "$http/x" t m
publish 64 "" "not one of text|json|binary" -t morse t m
publish 64 "" "not one of keep|first|next" --lose all t m
publish 1 "" "http://127.0.0.1:1: Connection refused" -u http://127.0.0.1:1 t m
publish 1 "" "/nowhere: No such file" -u unix:/nowhere t m
publish 1 "" "File name too long" -u "unix:/$(printf %0120d 0)" t m
publish 1 "" "the connection was lost" -u "$http" drop m
publish 1 "" "nothing came in time" --timeout 1 -u "$http" silent m
publish 2 "" 'refused with 403: no?[[]2J' -u "$http" refused m
publish 2 "" "no answer in HTTP: nonsense" -u "$http" odd m
publish 0 "POST /publish/a/b%20%22%3F%25%C3%A4?store=0&lose=keep HTTP/1.1*\
Host: 127.0.0.1:*Content-Type: text/plain; charset=utf-8*Content-Length: 5*\
hello" "" -u "$http" 'a/b "?%ä' hello
publish 0 "*?store=1&lose=first&except=18446744073709551615 HTTP*\
application/json*Idempotency-Key: k 1*{}" "" -s -k 'k 1' --lose first \
	--except 18446744073709551615 -t json -u "$http" t '{}'
publish 0 "*Host: localhost*application/octet-stream*x" "" \
	-t binary -u "unix:$dir/socket" t x
input='all of it\nand more'
publish 0 "*Content-Length: 18*all of it${nl}and more" "" -u "$http" t
publish 0 "*all of it${nl}and more" "" -u "$http" t -
input=$(printf %030000d 0)
publish 0 "*Content-Length: 30000*" "" -u "$http" t
input=$(printf %0900000d 0)
publish 2 "" "refused with 413: too much" -u "$http" early
input=

# A signal ends the measuring, not the checking.
"$cleat" load -c 2 -d 600 "$url/echo" >"$dir/out" 2>"$dir/err" &
pid=$!
until grep -q open "$dir/err"; do sleep 0.05; done
kill -TERM $pid
wait $pid || { echo "FAIL: load ended by SIGTERM"; failed=1; }
grep -q '^messages' "$dir/out" || { echo "FAIL: no report"; failed=1; }

# --- token, password: lines as the server reads them
token() { c=$1 o=$2 e=$3; shift 3; try "$c" "$o" "$e" "$cleat" token "$@"; }
password() { c=$1 o=$2 e=$3; shift 3; try "$c" "$o" "$e" "$cleat" password "$@"; }
token 64 "" "whose?"
token 64 "" "can be empty, have blanks" ''
token 64 "" "have blanks" 'a b'
token 64 "" "have blanks" ann "role=a
b"
token 64 "" "begin with #" '#ann'
token 64 "" "behind the digest come" ann role
token 64 "" "an attribute's name must be" ann ro-le=x
token 64 "" "until is one time" --until tomorrow ann
token 1 "" "too long" ann "role=$(printf %04096d 0)"
hex64=$(printf '[0-9a-f]%.0s' $(seq 64))
token 0 "cleat_${hex64}${nl}ann ${hex64}" "" ann
token 0 "cleat_*${nl}ann ${hex64} until=2099-01-01 role=admin plan=a=b" "" \
	-u 2099-01-01 ann role=admin plan=a=b
"$cleat" token ann >"$dir/one" && "$cleat" token ann >"$dir/two"
! cmp -s "$dir/one" "$dir/two" || { echo "FAIL: twice the same token"; failed=1; }
want=$(sed -n 's/^ann //p' "$dir/one")
have=$(head -n 1 "$dir/one" | tr -d '\n' | sha256sum | cut -d ' ' -f 1)
[ "$want" = "$have" ] || { echo "FAIL: another token's digest"; failed=1; }
password 64 "" "usage: cleat password NAME"
password 64 "" "usage: cleat password NAME" a b
password 64 "" "has no colon" a:b
password 64 "" "begins with no blank" ' a'
password 1 "" "there is no password" ann
input='\n'
password 1 "" "the password is empty" ann
input=$(printf %0600d 0)
password 1 "" "the password is too long" ann
input=$(printf %0509d 0)
password 1 "" "more than 511 bytes" ann
input='secret\nsecond line\n'
password 0 'ann:$y$j9T$*$*' "" ann
input=

try 64 "" "usage: cleat VERB" "$cleat"
try 64 "" 'no verb "dance"' "$cleat" dance
try 0 "usage: cleat VERB*connect*load*publish*" "" "$cleat" --help
try 0 "cleat [0-9]*" "" "$cleat" --version
exit $failed
