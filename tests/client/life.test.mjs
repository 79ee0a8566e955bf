/* SPDX-License-Identifier: MIT
 *
 * How a connection of www/cleat.js comes, goes and comes back.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { CLOSE_CODES, closeAction, connect } from "../../www/cleat.js";
import { FakeSocket, HELLO, settle, World } from "./world.mjs";

const delays = (w) => w.told("close").map(({ delay }) => delay);

test("an option that does not exist or cannot be is refused", () => {
	for (const options of [{ heartbeet: {} }, { heartbeat: { evry: 1 } },
		{ timeout: "10" }, { timeout: -1 }, { timeout: NaN }, { hello: 1 },
		{ token: "secret" }, { tokenAs: "header" }, { codes: { 4000: "go" } },
		{ queue: 5 }, { backoff: { first: "1" } }])
		assert.throws(() => connect("ws://h/", { env: {}, ...options }),
			TypeError, JSON.stringify(options));
});

test("an address must be a WebSocket's; relative ones and http do", () => {
	const w = new World();

	assert.throws(() => w.connect({}, "ftp://host/"), TypeError);
	assert.throws(() => w.connect({}, "ws://"), TypeError);
	assert.equal(w.connect({}, "../api?x=1#y").url,
		"wss://page.example/api?x=1");
	assert.equal(w.connect({}, "http://host/a").url, "ws://host/a");
	assert.equal(w.connect({}, new URL("wss://host/b")).url, "wss://host/b");
});

test("it connects once its caller has had time to listen", async () => {
	const w = new World();
	const c = w.connect({ protocols: "one" });

	assert.equal(c.state, "connecting");
	assert.equal(w.sockets.length, 0);
	await settle();
	assert.equal(w.socket.binaryType, "arraybuffer");
	assert.deepEqual(w.socket.protocols, ["one"]);
	await w.accept();
	assert.equal(c.state, "open");
	assert.deepEqual(w.events.map(([type]) => type), ["open", "state"]);
});

test("with hello it is open when the server has said so", async () => {
	const w = new World();
	const c = w.connect({ hello: true });

	await w.accept();
	assert.equal(c.state, "connecting");
	w.socket.say({ type: "notice" });
	assert.equal(c.state, "connecting");
	w.socket.say(HELLO);
	assert.equal(c.state, "open");
	assert.deepEqual(c.hello, HELLO);
	assert.deepEqual(w.told("open"), [{ hello: HELLO }]);
	assert.equal(w.told("message").length, 2);
	w.socket.end(1006);
	assert.equal(c.hello, null);
});

for (const [code, { name, action }] of CLOSE_CODES)
	test(`${code}, ${name}: ${action}`, async () => {
		const w = new World();
		const c = w.connect({ token: () => "t" });
		const socket = await w.accept();

		socket.end(code, "why");
		const [event] = w.told("close");

		assert.equal(c.state, action === "stop" ? "closed" : "waiting");
		assert.equal(event.name, name);
		assert.equal(event.reason, "why");
		assert.equal(event.opened, true);
		assert.equal(event.retry, action !== "stop");
		assert.equal(event.delay, { stop: null, later: 6250 }[action] ??
			(action === "stop" ? null : 625));
		await w.pass(100_000);
		assert.equal(w.sockets.length > 1, action !== "stop");
	});

test("codes that the table does not name", () => {
	for (const [code, action] of [[1016, "retry"], [2999, "retry"],
		[3000, "stop"], [4000, "stop"], [4999, "stop"]])
		assert.equal(closeAction(code), action, code);
});

test("the application says what its own codes mean", async () => {
	const w = new World();
	const c = w.connect({ codes: { 4000: "retry", 1006: "stop" } });

	(await w.accept()).end(4000);
	assert.equal(c.state, "waiting");
	await w.pass(1000);
	(await w.accept()).end(1006);
	assert.equal(c.state, "closed");
});

test("waits double up to a bound", async () => {
	const w = new World();

	w.lot = 1;
	w.connect({ backoff: { first: 100, factor: 3, max: 2000 } });
	for (let i = 0; i < 5; i++) {
		await settle();
		w.socket.end(1006);
		await w.pass(2000);
	}
	assert.deepEqual(delays(w), [100, 300, 900, 2000, 2000]);
	assert.equal(w.told("close")[0].opened, false);
});

test("waits are drawn by lot, from a quarter upwards", async () => {
	const seen = [];

	for (const lot of [0, 0.25, 0.5, 0.999]) {
		const w = new World();

		w.lot = lot;
		(await w.open()).end(1001);
		seen.push(delays(w)[0]);
		await w.pass(seen.at(-1) - 1);
		assert.equal(w.sockets.length, 1);
		await w.pass(1);
		assert.equal(w.sockets.length, 2);
	}
	assert.deepEqual(seen, [250, 437.5, 625, 999.25]);
});

test("a longer wait is not shorter than the usual one", async () => {
	const w = new World();

	w.lot = 1;
	w.connect({ backoff: { first: 100, later: 150, factor: 2 } });
	for (let i = 0; i < 3; i++) {
		(await w.accept()).end(1013);
		await w.pass(1000);
	}
	assert.deepEqual(delays(w), [150, 200, 400]);
});

test("only a connection that has lasted starts the waits anew", async () => {
	const w = new World();

	w.lot = 1;
	w.connect();
	for (const lasted of [0, 4999, 5000]) {
		const socket = await w.accept();

		await w.pass(lasted);
		socket.end(1011);
		await w.pass(10_000);
	}
	assert.deepEqual(delays(w), [1000, 2000, 1000]);
});

test("an attempt that takes too long is given up", async () => {
	const w = new World();
	const c = w.connect({ connectTimeout: 500 });

	await w.pass(499);
	assert.equal(c.state, "connecting");
	await w.pass(1);
	assert.equal(c.state, "waiting");
	assert.equal(w.told("close")[0].reason, "no connection in time");
	assert.ok(w.sockets[0].closed);
	w.sockets[0].open();	/* too late: nobody listens */
	assert.equal(c.state, "waiting");
});

test("a hello that never comes is one that takes too long", async () => {
	const w = new World();

	await w.open({ hello: true, connectTimeout: 500 });
	await w.pass(500);
	assert.equal(w.client.state, "waiting");
});

test("every attempt asks for a token", async () => {
	const w = new World();
	let n = 0;

	w.connect({ token: async () => `t&${++n}` }, "ws://host/path?a=b&token=x");
	(await w.accept()).end(1006);
	await w.pass(1000);
	(await w.accept()).end(1006);
	assert.deepEqual(w.sockets.map(({ url }) => url),
		["ws://host/path?a=b&token=t%261", "ws://host/path?a=b&token=t%262"]);
	assert.equal(w.client.url, "ws://host/path?a=b&token=x");
});

test("a token may travel as a subprotocol or as the first message", async () => {
	const w = new World();

	await w.open({ token: () => "t", tokenAs: "protocol", protocols: ["p"] });
	assert.deepEqual(w.socket.protocols, ["p", "token.t"]);
	assert.equal(w.socket.url, "ws://host/path");
	w.connect({ token: () => "t", tokenAs: "message", tokenName: "auth",
		hello: true });
	w.client.send("waits");
	await w.accept();
	assert.equal(w.socket.url, "ws://host/path");
	assert.deepEqual(w.socket.said, [{ type: "auth", token: "t" }]);
	w.socket.say(HELLO);
	assert.deepEqual(w.socket.said.at(-1), "waits");
});

test("no token: no token is sent", async () => {
	const w = new World();

	await w.open({ token: () => null });
	assert.equal(w.socket.url, "ws://host/path");
});

test("a token function that fails is a failed attempt", async () => {
	const w = new World();
	const cause = new Error("no session");
	let fails = true;

	w.connect({ token: async () => {
		if (fails)
			throw cause;
		return "t";
	} });
	await settle();
	assert.equal(w.told("close")[0].cause, cause);
	assert.equal(w.client.state, "waiting");
	fails = false;
	await w.pass(1000);
	await w.accept();
	w.connect({ token: () => 42 });
	await settle();
	assert.ok(w.told("close")[1].cause instanceof TypeError);
});

test("a token that comes too late is not used", async () => {
	const w = new World();
	let give;

	w.connect({ connectTimeout: 100, token: () => new Promise((resolve) => {
		give = resolve;
	}) });
	await w.pass(100);
	give("late");
	await settle();
	assert.equal(w.sockets.length, 0);
	assert.equal(w.client.state, "waiting");
});

test("4401 asks for a new token twice, then stops", async () => {
	const w = new World();

	w.connect({ token: () => "t" });
	for (let i = 0; i < 3; i++) {
		(await w.accept()).end(4401);
		await w.pass(10_000);
	}
	assert.equal(w.client.state, "closed");
	assert.equal(w.sockets.length, 3);
});

test("4401 without a token function stops", async () => {
	const w = new World();

	(await w.open()).end(4401);
	assert.equal(w.client.state, "closed");
});

test("4401 counts anew once a connection has lasted", async () => {
	const w = new World();

	w.connect({ token: () => "t" });
	for (let i = 0; i < 5; i++) {
		const socket = await w.accept();

		await w.pass(5000);
		socket.end(4401);
		await w.pass(10_000);
	}
	assert.equal(w.client.state, "connecting");
});

test("what the browser refuses is final, and keeps the token secret", async () => {
	const w = new World();

	w.refuse = (url, protocols) => {
		throw new SyntaxError(`The subprotocol '${protocols}' is invalid`);
	};
	w.connect({ token: () => "s3cret !", tokenAs: "protocol" });
	await settle();
	assert.equal(w.client.state, "closed");
	assert.ok(!JSON.stringify(w.events).includes("s3cret"));
	assert.match(w.told("close")[0].reason, /SyntaxError/);
});

test("close() is the end, and leaves nothing behind", async () => {
	const w = new World();
	const socket = await w.open({ heartbeat: { message: "ping" } });

	assert.throws(() => w.client.close(1001), /no such code/);
	assert.equal(w.client.state, "open");
	w.client.close(4000, "bye");
	w.client.close();
	assert.deepEqual(socket.closed, [4000, "bye"]);
	assert.equal(w.client.state, "closed");
	assert.equal(w.timers, 0);
	assert.deepEqual(w.told("close").map(({ code, retry }) => [code, retry]),
		[[4000, false]]);
	socket.end(4000, "bye");
	socket.say("late");
	w.tell("online");
	w.tell("pageshow", { persisted: true });
	await settle();
	assert.equal(w.told("close").length, 1);
	assert.equal(w.told("message").length, 0);
	assert.equal(w.sockets.length, 1);
});

test("close() between attempts and during one", async () => {
	for (const ms of [0, 700]) {
		const w = new World();

		(await w.open()).end(1006);
		await w.pass(ms);
		w.client.close();
		assert.equal(w.client.state, "closed");
		await w.pass(100_000);
		assert.equal(w.sockets.length, ms ? 2 : 1);
		assert.equal(w.timers, 0);
	}
});

test("a listener that closes is told of that, and of nothing older", async () => {
	const w = new World();
	const c = w.connect({ hello: true });

	c.on("close", ({ retry }) => retry && c.close());
	(await w.accept()).end(1006);
	assert.deepEqual(w.told("state"), ["closed"]);
	c.reconnect();
	c.on("open", () => c.close());
	await w.accept();
	w.socket.say(HELLO);
	assert.deepEqual(w.told("message"), []);
	assert.deepEqual(w.told("state"), ["closed", "connecting", "closed"]);
	assert.equal(w.told("open").length, 1);
	c.on("refused", () => c.close());
	c.follow("a", { enter: () => { throw new Error(); } });
	c.reconnect();
	await w.accept();
	w.socket.say(HELLO);
	assert.equal(w.told("open").length, 1, "refused came before");
});

test("listeners may close, at any event", async () => {
	for (const type of ["state", "open", "close", "message"]) {
		const w = new World();

		w.connect();
		w.client.on(type, () => w.client.close());
		await w.accept();
		if (w.client.state === "open")
			w.socket.say("a");
		if (w.client.state === "open")
			w.socket.end(1006);
		assert.equal(w.client.state, "closed", type);
		await w.pass(100_000);
		assert.equal(w.timers, 0, type);
		assert.equal(w.sockets.length, 1, type);
	}
});

test("reconnect() tries at once, also after the end", async () => {
	const w = new World();
	const socket = await w.open();

	w.client.reconnect();
	assert.equal(w.sockets.length, 1);
	socket.end(1013);
	w.client.reconnect();
	(await w.accept()).end(1008);
	assert.equal(w.client.state, "closed");
	w.client.reconnect();
	await w.accept();
	assert.equal(w.client.state, "open");
	await w.pass(100_000);
	assert.equal(w.sockets.length, 3, "and only once");
	w.socket.end(1006);
	w.tell("online");
	await settle();
	assert.equal(w.sockets.length, 4, "the page is watched again");
});

test("reconnect() is a new beginning", async () => {
	const w = new World();
	let asked = 0;

	w.lot = 1;
	w.connect({ token: () => `${++asked}` });
	for (let i = 0; i < 3; i++) {
		await settle();
		w.socket.end(1006);
		w.client.reconnect();
	}
	assert.deepEqual(delays(w), [1000, 1000, 1000]);
	await w.accept();
	await w.pass(100_000);
	assert.equal(w.sockets.length, 4);
	assert.equal(w.client.state, "open");
	w.client.on("state", (state) =>
		state === "connecting" && w.client.close());
	w.socket.end(1006);
	await w.pass(10_000);
	assert.equal(w.client.state, "closed");
	assert.equal(asked, 4, "not for an attempt that is none");
});

test("a listener that throws harms no other, and is heard of", async (t) => {
	const w = new World();
	const heard = [];
	const later = t.mock.method(globalThis, "queueMicrotask", () => {});

	w.connect();
	w.client.on("message", () => { throw new Error("mine"); });
	const off = w.client.on("message", ({ data }) => heard.push(data));

	await w.accept();
	w.socket.say("a");
	off();
	assert.throws(later.mock.calls[0].arguments[0], /mine/);
	assert.deepEqual(heard, ["a"]);
	assert.throws(() => w.client.on("mesage", () => {}), TypeError);
});

test("a listener taken off hears nothing more", async () => {
	const w = new World();
	const heard = [];

	w.connect();
	const off = w.client.on("message", ({ data }) => heard.push(data));

	await w.accept();
	w.socket.say("a");
	off();
	w.socket.say("b");
	assert.deepEqual(heard, ["a"]);
});

/* --- what the page hears of the world ----------------------------------- */

test("without a network it waits, and goes on when that is back", async () => {
	const w = new World();

	w.online = false;
	w.lot = 1;
	w.connect();
	await settle();
	assert.equal(w.sockets.length, 1, "a hint: localhost can be reached");
	w.socket.end(1006);
	assert.equal(w.client.state, "offline");
	assert.deepEqual(delays(w), [30_000]);
	w.online = true;
	w.tell("online");
	await w.accept();
	assert.equal(w.client.state, "open");
});

test("a network that goes while it waits shows", async () => {
	const w = new World();

	(await w.open()).end(1006);
	w.online = false;
	w.tell("offline");
	assert.equal(w.client.state, "offline");
	await w.pass(1000);
	assert.equal(w.client.state, "connecting");
	w.tell("offline");
	assert.equal(w.client.state, "connecting");
});

test("a page that is looked at again does not wait", async () => {
	const w = new World();

	(await w.open()).end(1006);
	w.document.visibilityState = "hidden";
	w.tell("visibilitychange");
	await settle();
	assert.equal(w.sockets.length, 1);
	w.document.visibilityState = "visible";
	w.tell("visibilitychange");
	await settle();
	assert.equal(w.sockets.length, 2);
});

test("a server that asked for time gets it", async () => {
	const w = new World();

	(await w.open()).end(1013);
	w.online = false;
	w.tell("offline");
	w.online = true;
	for (const type of ["visibilitychange", "online"])
		w.tell(type);
	await w.pass(6249);
	assert.equal(w.client.state, "waiting");
	assert.equal(w.sockets.length, 1);
	await w.pass(1);
	assert.equal(w.sockets.length, 2);
});

test("a page put aside lets go, and comes back when it is shown", async () => {
	const w = new World();
	const socket = await w.open();

	w.tell("pagehide", { persisted: false });
	assert.equal(w.client.state, "open");
	w.tell("pagehide", { persisted: true });
	assert.ok(socket.closed);
	assert.equal(w.client.state, "waiting");
	w.sleep(3600_000);
	w.tell("pageshow", { persisted: false });
	await settle();
	assert.equal(w.sockets.length, 1);
	w.tell("pageshow", { persisted: true });
	await w.accept();
	assert.equal(w.client.state, "open");
});

test("a wait without end has none", async (t) => {
	const sockets = [];
	const client = connect("ws://host/", { connectTimeout: Infinity,
		env: { WebSocket: class extends FakeSocket {
			constructor(...args)
			{
				super(...args);
				sockets.push(this);
			}
		} } });

	t.after(() => client.close());
	await new Promise((resolve) => setTimeout(resolve, 5));
	assert.equal(client.state, "connecting");
	sockets[0].open();
	assert.equal(client.state, "open");
});

/* --- heartbeat ---------------------------------------------------------- */

const pings = (socket) => socket.said.filter((m) => m.type === "ping").length;
const PONG = { type: "pong", id: "heartbeat" };

async function greeted(options)
{
	const w = new World();

	await w.open({ hello: true, ...options });
	w.socket.say(HELLO);
	return w;
}

test("a silent connection is asked, and lives while it answers", async () => {
	const w = await greeted();

	for (let i = 1; i < 4; i++) {
		await w.pass(24_999);
		assert.equal(pings(w.socket), i - 1);
		await w.pass(1);
		assert.equal(pings(w.socket), i);
		w.socket.say(PONG);
	}
	assert.equal(w.client.state, "open");
	assert.equal(w.told("message").length, 1, "pongs are not told");
});

test("anything that comes in is an answer", async () => {
	const w = await greeted();

	await w.pass(20_000);
	w.socket.say("news");
	await w.pass(24_999);
	assert.equal(pings(w.socket), 0);
	await w.pass(1);
	assert.equal(pings(w.socket), 1);
	w.socket.say("news");
	await w.pass(10_000);
	assert.equal(w.client.state, "open");
});

test("no answer: the connection is lost", async () => {
	const w = await greeted();
	const socket = w.socket;

	await w.pass(34_999);
	assert.equal(w.client.state, "open");
	await w.pass(1);
	assert.equal(w.client.state, "waiting");
	assert.equal(w.told("close")[0].code, 1006);
	assert.match(w.told("close")[0].reason, /heartbeat/);
	assert.ok(socket.closed);
});

test("a page that slept asks again before it gives up", async () => {
	const w = await greeted();

	await w.pass(25_000);
	w.sleep(3600_000);
	await w.pass(0);
	assert.equal(w.client.state, "open");
	assert.equal(pings(w.socket), 2);
	await w.pass(10_000);
	assert.equal(w.client.state, "waiting");
});

test("a question behind a large message has time while that moves", async () => {
	const w = await greeted();

	w.socket.bufferedAmount = 5000;
	await w.pass(25_000);
	for (const left of [4000, 3000]) {
		w.socket.bufferedAmount = left;
		await w.pass(10_000);
		assert.equal(w.client.state, "open");
	}
	await w.pass(10_000);
	assert.equal(w.client.state, "waiting");
});

test("a question that has left and is not answered has no more time", async () => {
	const w = await greeted();

	w.socket.bufferedAmount = 50;
	await w.pass(25_000);
	w.socket.bufferedAmount = 0;
	await w.pass(10_000);
	assert.equal(w.client.state, "waiting");
});

test("only the answers to our own questions are kept back", async () => {
	const w = await greeted();

	for (const json of [PONG, { type: "pong", id: "mine" },
		{ type: "news", id: "heartbeat" }])
		w.socket.say(json);
	assert.deepEqual(w.told("message").map(({ json }) => json.id),
		[undefined, "mine", "heartbeat"]);
});

test("a server that says no hello is not asked, unless one says how", async () => {
	const w = new World();

	await w.open();
	await w.pass(100_000);
	assert.deepEqual(w.socket.sent, []);
	await w.open({ heartbeat: { every: 1000, timeout: 500, message: "?" } });
	await w.pass(1000);
	assert.deepEqual(w.socket.sent, ["?"]);
	await w.pass(500);
	assert.equal(w.client.state, "waiting");
});

test("heartbeat: false", async () => {
	const w = await greeted({ heartbeat: false });

	await w.pass(1000_000);
	assert.deepEqual(w.socket.sent, []);
});

test("a change of network or of sight asks at once, and once", async () => {
	for (const type of ["online", "offline", "visibilitychange", "pageshow"]) {
		const w = await greeted();

		w.tell(type, { persisted: true });
		w.tell(type, { persisted: true });
		assert.equal(pings(w.socket), 1, type);
		await w.pass(10_000);
		assert.equal(w.client.state, "waiting", type);
	}
});
