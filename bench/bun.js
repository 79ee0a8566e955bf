// SPDX-License-Identifier: MIT
//
// bun.js [CERTIFICATE KEY]: the peer of bun.sh and wss.sh: Bun's own server
// without compression and without an idle limit. /echo answers each message
// with itself, /all publishes it to everybody there. It prints where it
// listens; with a certificate it listens on a second port and speaks TLS there.
const [certificate, key] = process.argv.slice(2);

function serve(tls) {
	const server = Bun.serve({
		hostname: "127.0.0.1",
		port: 0,
		tls,
		fetch(request, server) {
			const path = new URL(request.url).pathname;
			const data = { all: path === "/all" };
			if (!server.upgrade(request, { data }))
				return new Response("WebSocket only", { status: 426 });
		},
		websocket: {
			perMessageDeflate: false,
			idleTimeout: 0,
			open(ws) {
				if (ws.data.all)
					ws.subscribe("all");
			},
			message(ws, message) {
				if (ws.data.all)
					server.publish("all", message);
				else
					ws.send(message);
			},
		},
	});
	const scheme = tls ? "https" : "http";
	console.log(`listening on ${scheme}://127.0.0.1:${server.port}`);
}

serve();
if (certificate)
	serve({ cert: Bun.file(certificate), key: Bun.file(key) });
