// SPDX-License-Identifier: MIT
//
// The peer of bun.sh: Bun's own server without compression and without an
// idle limit. /echo answers each message with itself, /all publishes it to
// everybody there. It prints where it listens.
const server = Bun.serve({
	hostname: "127.0.0.1",
	port: 0,
	fetch(request, server) {
		const path = new URL(request.url).pathname;
		if (!server.upgrade(request, { data: { all: path === "/all" } }))
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
console.log(`listening on http://127.0.0.1:${server.port}`);
