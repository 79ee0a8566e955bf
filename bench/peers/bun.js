// SPDX-License-Identifier: MIT
//
// bun.js [CERTIFICATE KEY]: Bun's own server without an idle limit. /echo
// answers each message with itself, /all publishes it to everybody there,
// /json and /chat speak as much of cleat-json and cleat-chat as is measured.
// It prints where it listens: plainly; with compression that remembers no
// message; and with a certificate by TLS.
const [certificate, key] = process.argv.slice(2);

// json-router: greets, parses, looks the type up, answers.
const types = new Map([
	["ping", (ws, message) => {
		const { id } = message;
		if (id !== undefined && typeof id !== "string")
			throw new TypeError("id");
		ws.send(JSON.stringify({ type: "pong", id }));
	}],
]);

// chat-hub: numbers what is said, remembers the last of it, tells the room.
const HISTORY = 1000;
const history = [];
const epoch = Date.now();
let seq = 0, guests = 0;

const requests = new Map([
	["join", (ws, { room }) => {
		ws.subscribe(room);
		ws.data.rooms.add(room);
		ws.send(JSON.stringify({ type: "joined", room, epoch, seq,
			complete: true, missed: 0 }));
	}],
	["say", (ws, { room, text }, server) => {
		if (!ws.data.rooms.has(room) || typeof text !== "string" ||
		    text.length > 2048)
			throw new TypeError("say");
		const { user } = ws.data;
		const event = JSON.stringify({ type: "message", room, user,
			nick: user, time: Date.now(), text, epoch, seq: ++seq });
		history.push(event);
		if (history.length > HISTORY)
			history.shift();
		server.publish(room, event);
	}],
]);

function ask(table, ws, text, server) {
	try {
		const message = JSON.parse(text);
		table.get(message.type)(ws, message, server);
	} catch {
		ws.send(JSON.stringify({ type: "error", code: "bad_format",
			message: "Invalid message format" }));
	}
}

const paths = {
	"/echo": {
		message: (ws, message) => ws.send(message),
	},
	"/deflate": { // the second argument says: compress
		message: (ws, message) => ws.send(message, true),
	},
	"/all": {
		open: (ws) => ws.subscribe("all"),
		message: (ws, message, server) => server.publish("all", message),
	},
	"/json": {
		open: (ws) => ws.send(JSON.stringify({ type: "hello",
			types: [...types.keys()] })),
		message: (ws, text, server) => ask(types, ws, text, server),
	},
	"/chat": {
		open(ws) {
			ws.data.user = `guest-${++guests}`;
			ws.data.rooms = new Set();
			ws.send(JSON.stringify({ type: "hello",
				user: ws.data.user, nick: ws.data.user }));
		},
		message: (ws, text, server) => ask(requests, ws, text, server),
	},
};

function serve(scheme, { tls, perMessageDeflate = false }) {
	const server = Bun.serve({
		hostname: "127.0.0.1",
		port: 0,
		tls,
		fetch(request, server) {
			const path = paths[new URL(request.url).pathname];
			if (!path || !server.upgrade(request, { data: { path } }))
				return new Response("WebSocket only", { status: 426 });
		},
		websocket: {
			perMessageDeflate,
			idleTimeout: 0,
			open: (ws) => ws.data.path.open?.(ws),
			message: (ws, text) => ws.data.path.message(ws, text, server),
		},
	});
	console.log(`listening on ${scheme}://127.0.0.1:${server.port}`);
}

serve("http", {});
serve("deflate", { perMessageDeflate: { compress: "shared",
	decompress: "shared" } });
if (certificate)
	serve("https", { tls: { cert: Bun.file(certificate),
		key: Bun.file(key) } });
