/* SPDX-License-Identifier: MIT
 *
 * What www/cleat.js sends, keeps, asks for and hands on: each once.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { CleatError } from "../../www/cleat.js";
import { HELLO, rejects, settle, World } from "./world.mjs";

test("text, bytes and objects leave as what they are", async () => {
	const w = new World();
	const bytes = new Uint8Array([1, 2, 3]);

	await w.open();
	for (const data of ["text", bytes, bytes.buffer, new Blob(["x"])])
		assert.equal(w.client.send(data), true);
	w.client.send({ type: "a", n: 1 });
	w.client.send([1]);
	assert.deepEqual(w.socket.sent, ["text", bytes, bytes.buffer,
		w.socket.sent[3], '{"type":"a","n":1}', "[1]"]);
	for (const data of [undefined, null, 5, true, () => {}])
		assert.throws(() => w.client.send(data), TypeError);
});

test("text and bytes come in as what they are, objects also as such", async () => {
	const w = new World();
	const bytes = new Uint8Array([1, 2, 3]).buffer;

	await w.open();
	for (const data of ["text", bytes, '{"a":1}', '{"a":', "[1]", "null", ""])
		w.socket.say(data);
	assert.deepEqual(w.told("message"), [
		{ data: "text", json: null }, { data: bytes, json: null },
		{ data: '{"a":1}', json: { a: 1 } }, { data: '{"a":', json: null },
		{ data: "[1]", json: null }, { data: "null", json: null },
		{ data: "", json: null }]);
});

test("what is sent too early waits, in order, bytes as they were", async () => {
	const w = new World();
	const bytes = new Uint8Array([0, 1, 2, 3]);

	w.connect();
	assert.equal(w.client.send("a"), false);
	w.client.send(bytes.subarray(1, 3));
	w.client.send(bytes.buffer);
	bytes.fill(9);
	assert.equal(w.client.bufferedAmount, 1 + 2 + 4);
	await w.accept();
	assert.deepEqual(w.socket.sent, ["a", new Uint8Array([1, 2]),
		new Uint8Array([0, 1, 2, 3]).buffer]);
	assert.equal(w.client.bufferedAmount, 0);
});

test("the queue is bounded in messages, and says so", async () => {
	const w = new World();

	w.connect({ queue: { messages: 2 } });
	w.client.send("a");
	w.client.send("b");
	assert.throws(() => w.client.send("c"), { code: "full" });
	await rejects(w.client.request("c"), "full");
	await w.accept();
	assert.deepEqual(w.socket.sent, ["a", "b"]);
});

test("the queue is bounded in bytes, those of UTF-8", async () => {
	const w = new World();

	w.connect({ queue: { bytes: 7 } });
	w.client.send("⚓");
	w.client.send(new Uint8Array(2));
	assert.throws(() => w.client.send("⚓"), { code: "full" });
	w.client.send("éx".slice(0, 1));
	assert.throws(() => w.client.send("x"), { code: "full" });
	await w.accept();
	assert.equal(w.socket.sent.length, 3);
	w.socket.end(1006);
	w.client.send("1234567");	/* all of it is free again */
});

test("no queue: what cannot be sent now is refused", async () => {
	const w = new World();

	w.connect({ queue: { messages: 0 } });
	assert.throws(() => w.client.send("a"), { code: "full" });
	await w.accept();
	assert.equal(w.client.send("a"), true);
});

test("what waits survives attempts that fail, and is counted at the end", async () => {
	const w = new World();

	w.connect();
	w.client.send("a");
	const request = rejects(w.client.request("b"), "closed");

	await settle();
	w.socket.end(1006);
	await w.pass(1000);
	await settle();
	w.socket.end(4403);
	await request;
	assert.deepEqual(w.told("close").map(({ unsent }) => unsent), [0, 1]);
	assert.equal(w.client.bufferedAmount, 0);
	assert.throws(() => w.client.send("c"), { code: "closed" });
	await rejects(w.client.request("c"), "closed");
	await rejects(w.client.drained(), "closed");
});

test("what a listener of open sends goes before what has waited", async () => {
	const w = new World();

	w.connect();
	w.client.send("waited");
	w.client.on("open", () => {
		w.client.drained();
		w.client.send("first");
		w.client.request("second");
	});
	await w.accept();
	assert.deepEqual(w.socket.said.map((m) => m.type ?? m),
		["first", "second", "waited"]);
});

test("a socket that is full makes messages wait here, in order", async () => {
	const w = new World();
	const socket = await w.open({ highWater: 100, queue: { messages: 2 } });

	socket.bufferedAmount = 100;
	assert.equal(w.client.send("a"), true);
	socket.bufferedAmount = 101;
	assert.equal(w.client.send("b"), false);
	assert.equal(w.client.send("c"), false);
	assert.throws(() => w.client.send("d"), { code: "full" });
	assert.equal(w.client.bufferedAmount, 103);
	await w.pass(50);
	assert.deepEqual(socket.sent, ["a"]);
	socket.bufferedAmount = 0;
	await w.pass(50);
	assert.deepEqual(socket.sent, ["a", "b", "c"]);
	assert.equal(w.timers, 0, "nothing waits, nothing is polled");
	socket.bufferedAmount = 101;
	w.client.send("d");
	socket.bufferedAmount = 0;
	w.client.send("e");
	assert.deepEqual(socket.sent.slice(3), ["d", "e"], "none overtakes");
});

test("drained() tells when little enough is left", async () => {
	const w = new World();
	const socket = await w.open({ highWater: 100 });
	const done = [];

	await w.client.drained();
	socket.bufferedAmount = 200;
	w.client.send("a");
	w.client.drained(100).then(() => done.push(100));
	w.client.drained().then(() => done.push(0));
	await w.pass(50);
	assert.deepEqual(done, []);
	socket.bufferedAmount = 50;
	await w.pass(50);
	assert.deepEqual(done, [100]);
	socket.bufferedAmount = 0;
	await w.pass(50);
	assert.deepEqual(done, [100, 0]);
	socket.bufferedAmount = 5;
	const last = rejects(w.client.drained(), "closed");

	w.client.close();
	await last;
});

test("a socket that is closing is not given what it would drop", async () => {
	const w = new World();

	await w.open();
	w.socket.readyState = 2;
	assert.equal(w.client.send("a"), false);
	const answer = w.client.request("b");

	await w.again(1001);
	assert.equal(w.socket.sent[0], "a");
	w.socket.say({ type: "reply", id: w.socket.asked("b").id });
	await answer;
});

/* --- requests ----------------------------------------------------------- */

test("a request resolves with the answer of its id", async () => {
	const w = new World();

	await w.open();
	const one = w.client.request("who", { room: "a" });
	const two = w.client.request("who", { room: "b" });
	const [a, b] = w.socket.said;

	assert.equal(a.room, "a");
	assert.notEqual(a.id, b.id);
	assert.ok(a.id.length <= 64);
	w.socket.say({ type: "who", id: b.id, count: 2 });
	w.socket.say({ type: "who", id: a.id, count: 1 });
	w.socket.say({ type: "who", id: a.id, count: 9 });
	w.socket.say({ type: "who", id: "of nobody" });
	assert.equal((await one).count, 1);
	assert.equal((await two).count, 2);
	assert.equal(w.told("message").length, 2, "what is nobody's answer");
});

test("call() is payload in, payload out", async () => {
	const w = new World();

	await w.open();
	const answer = w.client.call("time", { zone: "UTC" });

	assert.deepEqual(w.socket.asked("time").payload, { zone: "UTC" });
	w.socket.say({ type: "reply", id: w.socket.asked("time").id, payload: 5 });
	assert.equal(await answer, 5);
	w.client.call("stop").catch(() => {});
	assert.ok(!("payload" in w.socket.asked("stop")));
	w.client.close();
});

test("an error rejects with its code", async () => {
	const w = new World();

	await w.open();
	const answer = w.client.request("say");
	const error = { type: "error", id: w.socket.asked("say").id,
		code: "forbidden", message: "This is not allowed" };

	w.socket.say(error);
	await assert.rejects(answer, (e) => {
		assert.ok(e instanceof CleatError);
		assert.equal(e.code, "forbidden");
		assert.equal(e.message, error.message);
		assert.deepEqual(e.answer, error);
		return true;
	});
	w.socket.say({ type: "error", code: "internal" });
	assert.equal(w.told("message").length, 1, "an error of no request");
});

test("answer: other messages with the same id are none", async () => {
	const w = new World();

	await w.open();
	const answer = w.client.request("say", { id: "mine" }, { answer: "ack" });

	w.socket.say({ type: "message", id: "mine" });
	w.socket.say({ type: "ack", id: "mine", seq: 1 });
	assert.equal((await answer).seq, 1);
	assert.equal(w.told("message").length, 1);
});

test("an id may be one's own, but waits once", async () => {
	const w = new World();

	await w.open();
	w.client.request("a", { id: "x" }).catch(() => {});
	await assert.rejects(w.client.request("b", { id: "x" }), TypeError);
	w.client.close();
});

test("a request without an answer in time is given up", async () => {
	const w = new World();

	await w.open({ timeout: 100 });
	const one = rejects(w.client.request("a"), "timeout");
	const two = w.client.request("b", {}, { timeout: 200 });

	await w.pass(100);
	await one;
	w.socket.say({ type: "reply", id: w.socket.asked("b").id });
	await two;
	w.socket.say({ type: "reply", id: w.socket.asked("a").id });
	assert.equal(w.told("message").length, 1, "an answer that comes late");
});

test("a request that waits too long is not sent any more", async () => {
	const w = new World();

	w.connect();
	const request = rejects(w.client.request("a", {}, { timeout: 100 }),
		"timeout");

	w.client.send("b");
	await w.pass(100);
	await request;
	assert.equal(w.client.bufferedAmount, 1);
	await w.accept();
	assert.deepEqual(w.socket.sent, ["b"]);
});

test("unanswered requests are bounded", async () => {
	const w = new World();

	await w.open({ queue: { requests: 2 } });
	const one = w.client.request("a");

	w.client.request("b").catch(() => {});
	await rejects(w.client.request("c"), "full");
	w.socket.say({ type: "reply", id: w.socket.asked("a").id });
	await one;
	w.client.request("d").catch(() => {});
	w.client.close();
});

test("sent and not answered when the connection ends: lost", async () => {
	const w = new World();

	await w.open();
	const sent = rejects(w.client.request("sent"), "lost");

	w.socket.end(1006);
	await sent;
	const waits = w.client.request("waits");

	await w.pass(1000);
	await w.accept();
	assert.deepEqual(w.socket.said.map(({ type }) => type), ["waits"]);
	const last = rejects(waits, "lost");

	w.client.close();
	await last;
});

test("what may be done twice is sent again, under its id, in order", async () => {
	const w = new World();

	await w.open();
	const answers = ["a", "b"].map((type) =>
		w.client.request(type, {}, { idempotent: true, timeout: 5000 }));
	const ids = w.socket.said.map(({ id }) => id);

	w.socket.end(1006);
	w.client.send("behind");
	await w.pass(1000);
	await w.accept();
	assert.deepEqual(w.socket.said.map((m) => m.id ?? m), [...ids, "behind"]);
	w.socket.say({ type: "ack", id: ids[0] });
	await answers[0];
	w.socket.end(1006);	/* its time runs on over all of this */
	const last = rejects(answers[1], "timeout");

	await w.pass(4000);
	await last;
	await w.accept();
	assert.deepEqual(w.socket.sent, []);
});

test("what is to be sent again waits once, however often attempts fail", async () => {
	const w = new World();

	await w.open();
	const answer = w.client.request("a", {}, { idempotent: true });

	for (let i = 0; i < 3; i++) {
		w.socket.end(1006);
		await w.pass(w.told("close").at(-1).delay);
	}
	await w.accept();
	assert.equal(w.socket.sent.length, 1);
	w.socket.say({ type: "ack", id: w.socket.asked("a").id });
	await answer;
});

test("what may be done twice is lost for good when it must stop", async () => {
	const w = new World();

	await w.open();
	const answer = rejects(w.client.request("a", {}, { idempotent: true }),
		"lost");

	w.socket.end(1008);
	await answer;
});

test("what may be done twice does not burst the queue", async () => {
	const w = new World();

	await w.open({ queue: { messages: 1 } });
	const [lost, kept] = ["a", "b"].map((type) =>
		w.client.request(type, {}, { idempotent: true }));

	await Promise.all([w.again(), rejects(lost, "lost")]);
	assert.deepEqual(w.socket.said.map(({ type }) => type), ["b"]);
	w.socket.say({ type: "ack", id: w.socket.asked("b").id });
	await kept;
});

test("answers of the connection before are nobody's", async () => {
	const w = new World();

	await w.open();
	const before = w.socket;
	const answer = w.client.request("a", {}, { idempotent: true });

	await w.again();
	before.say({ type: "ack", id: w.socket.asked("a").id, old: true });
	w.socket.say({ type: "ack", id: w.socket.asked("a").id });
	assert.ok(!(await answer).old);
	assert.equal(w.told("message").length, 0);
});

test("ids differ between pages", async () => {
	const ids = new Set();

	for (let i = 0; i < 20; i++) {
		const w = new World();

		await w.open();
		w.client.request("a").catch(() => {});
		ids.add(w.socket.asked("a").id);
		w.client.close();
	}
	assert.equal(ids.size, 20);
});

test("hello is told of as a message, too", async () => {
	const w = new World();

	await w.open();
	w.socket.say(HELLO);
	assert.deepEqual(w.client.hello, HELLO);
	assert.deepEqual(w.told("message").map(({ json }) => json), [HELLO]);
});
