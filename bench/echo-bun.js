// SPDX-License-Identifier: MIT
//
// The peer of echo-bun.sh: Bun's own server, echoing, without compression
// and without an idle limit. It prints where it listens.
const server = Bun.serve({
	hostname: "127.0.0.1",
	port: 0,
	fetch(request, server) {
		if (!server.upgrade(request))
			return new Response("WebSocket only", { status: 426 });
	},
	websocket: {
		perMessageDeflate: false,
		idleTimeout: 0,
		message(ws, message) {
			ws.send(message);
		},
	},
});
console.log(`listening on http://127.0.0.1:${server.port}`);
