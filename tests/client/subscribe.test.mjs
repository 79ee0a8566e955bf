/* SPDX-License-Identifier: MIT
 *
 * Subscriptions of www/cleat.js: they survive, resume, and tell of what is
 * lost; nothing comes twice.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Resume } from "../../www/cleat.js";
import { rejects, World } from "./world.mjs";

/* Answers the newest subscribe as json-router does. */
function confirm(w, position = {})
{
	const { id, payload: { topic } } = w.socket.asked("subscribe");

	w.socket.say({ type: "reply", id, payload: { topic, epoch: 1, seq: 0,
		complete: true, missed: 0, ...position } });
}

function refuse(w, code)
{
	const { id } = w.socket.asked("subscribe");

	w.socket.say({ type: "error", id, code, message: "No." });
}

const event = (w, topic, seq, epoch = 1) =>
	w.socket.say({ type: "event", topic, payload: `${epoch}.${seq}`, epoch, seq });

async function subscribed(topic = "news", position = {})
{
	const w = new World();

	w.heard = [];
	await w.open();
	w.subscription = w.client.subscribe(topic, (payload) =>
		w.heard.push(payload));
	confirm(w, position);
	return w;
}

test("a subscription hands its payloads to its handler", async () => {
	const w = new World();
	const heard = [];

	await w.open();
	const sub = w.client.subscribe("a/b", (...args) => heard.push(args));

	assert.deepEqual(w.socket.asked("subscribe").payload, { topic: "a/b" });
	confirm(w, { seq: 4 });
	assert.equal((await sub.ready).payload.seq, 4);
	event(w, "a/b", 5);
	event(w, "other", 6);
	w.socket.say({ type: "event", topic: "a/b", payload: "unstored" });
	w.socket.say({ type: "event", topic: "a/b", payload: "unstored" });
	assert.deepEqual(heard.map(([payload]) => payload),
		["1.5", "unstored", "unstored"]);
	assert.equal(heard[0][1].seq, 5);
	assert.equal(w.told("message").length, 1);
	assert.deepEqual(sub.since, { epoch: 1, seq: 5 });
});

test("one made before the connection is entered before what has waited", async () => {
	const w = new World();

	w.connect();
	w.client.send("waited");
	w.client.subscribe("a", () => {});
	w.client.on("open", () => w.client.send("listener"));
	await w.accept();
	assert.deepEqual(w.socket.said.map((m) => m.type ?? m),
		["subscribe", "listener", "waited"]);
	assert.equal(w.told("message").length, 0);
});

test("it resumes behind the last that it has seen, and none comes twice", async () => {
	const w = await subscribed("news", { seq: 7 });

	event(w, "news", 8);
	await w.again();
	assert.deepEqual(w.socket.asked("subscribe").payload,
		{ topic: "news", since: { epoch: 1, seq: 8 } });
	confirm(w, { seq: 10, missed: 2 });
	for (const seq of [8, 9, 9, 10, 11])
		event(w, "news", seq);
	assert.deepEqual(w.heard, ["1.8", "1.9", "1.10", "1.11"]);
	assert.deepEqual(w.told("gap"), []);
});

test("a quiet one resumes where it was entered", async () => {
	const w = await subscribed("news", { seq: 7 });

	await w.again();
	assert.deepEqual(w.socket.asked("subscribe").payload.since,
		{ epoch: 1, seq: 7 });
	confirm(w, { seq: 7 });
	await w.again();
	assert.deepEqual(w.socket.asked("subscribe").payload.since,
		{ epoch: 1, seq: 7 });
});

test("a loss amid what was missed loses nothing of it", async () => {
	const w = await subscribed("news", { seq: 7 });

	await w.again();
	confirm(w, { seq: 9, missed: 2 });
	await w.again();
	assert.equal(w.socket.asked("subscribe").payload.since.seq, 7);
	confirm(w, { seq: 9, missed: 2 });
	event(w, "news", 8);
	await w.again();
	assert.equal(w.socket.asked("subscribe").payload.since.seq, 8);
	confirm(w, { seq: 9, missed: 1 });
	event(w, "news", 9);
	assert.deepEqual(w.heard, ["1.8", "1.9"]);
});

test("history that is gone is a gap", async () => {
	const w = await subscribed("news", { seq: 7 });

	await w.again();
	confirm(w, { seq: 99, missed: 2, complete: false });
	assert.deepEqual(w.told("gap"), [{ name: "news",
		since: { epoch: 1, seq: 7 }, epoch: 1, seq: 99, missed: 2 }]);
	event(w, "news", 98);
	assert.deepEqual(w.heard, ["1.98"]);
	assert.deepEqual(w.subscription.since, { epoch: 1, seq: 98 });
});

test("history that is gone and has nothing to follow resumes at its end", async () => {
	const w = await subscribed("news", { seq: 7 });

	await w.again();
	confirm(w, { seq: 99, missed: 0, complete: false });
	assert.deepEqual(w.subscription.since, { epoch: 1, seq: 99 });
});

test("another epoch is a gap, and its numbers start anew", async () => {
	const w = await subscribed("news", { seq: 6 });

	event(w, "news", 7);
	w.heard = [];
	await w.again();
	confirm(w, { epoch: 2, seq: 3, missed: 2 });
	assert.equal(w.told("gap")[0].epoch, 2);
	assert.deepEqual(w.subscription.since, { epoch: 1, seq: 7 },
		"until the first of them has come");
	event(w, "news", 2, 2);
	event(w, "news", 3, 2);
	event(w, "news", 1, 3);	/* the store was lost meanwhile */
	assert.deepEqual(w.heard, ["2.2", "2.3", "3.1"]);
	assert.deepEqual(w.told("gap").map(({ epoch, since }) => [epoch, since.seq]),
		[[2, 7], [3, 3]]);
});

test("since: begins where an earlier page has ended", async () => {
	const w = new World();

	await w.open();
	w.client.subscribe("a", () => {}, { since: { epoch: 3, seq: 5 } });
	assert.deepEqual(w.socket.asked("subscribe").payload.since,
		{ epoch: 3, seq: 5 });
	assert.throws(() => w.client.subscribe("a", () => {},
		{ since: { epoch: 3, seq: 5 } }), TypeError);
	assert.throws(() => w.client.subscribe("b", () => {},
		{ since: { epoch: "3" } }), TypeError);
	await w.client.subscribe("b", () => {}, { since: null });
});

test("handlers of one topic share a subscription; the last one ends it", async () => {
	const w = new World();
	const heard = [];

	await w.open();
	const one = w.client.subscribe("a", (p) => heard.push(`one ${p}`));
	const two = w.client.subscribe("a", (p) => heard.push(`two ${p}`));

	assert.equal(w.socket.sent.length, 1);
	confirm(w);
	event(w, "a", 1);
	one.stop();
	one.stop();
	event(w, "a", 2);
	assert.equal(w.socket.sent.length, 1);
	two.stop();
	assert.deepEqual(w.socket.asked("unsubscribe").payload, { topic: "a" });
	w.socket.say({ type: "reply", id: w.socket.asked("unsubscribe").id,
		payload: { topic: "a" } });
	assert.deepEqual(heard, ["one 1.1", "two 1.1", "two 1.2"]);
	assert.equal(w.told("message").length, 0);
	w.client.subscribe("a", () => {});
	assert.deepEqual(w.socket.asked("subscribe").payload, { topic: "a" });
});

test("one that was stopped is not entered again", async () => {
	const w = await subscribed();

	w.subscription.stop();
	await w.again();
	assert.deepEqual(w.socket.sent, []);
	const waits = w.client.subscribe("b", () => {});

	w.socket.end(1006);
	waits.stop();
	await rejects(waits.ready, "closed");
	await w.pass(2000);
	await w.accept();
	assert.deepEqual(w.socket.sent, []);
});

test("one stopped and made again hears nothing of the old one", async () => {
	const w = await subscribed("news", { seq: 7 });

	w.subscription.stop();
	w.client.subscribe("news", (payload) => w.heard.push(payload));
	event(w, "news", 8);	/* was on its way */
	confirm(w, { seq: 8 });
	event(w, "news", 9);
	assert.deepEqual(w.heard, ["1.9"]);
});

test("one stopped while it is entered hears no answer", async () => {
	const w = new World();
	const entered = [];
	const rules = (name) => ({ enter: () => ({ type: "join" }),
		entered: () => entered.push(name), accepts: () => false });

	await w.open();
	w.client.follow("a", rules("old")).stop();
	w.client.follow("a", rules("new"));
	for (const { id } of w.socket.said)
		w.socket.say({ type: "joined", id });
	assert.deepEqual(entered, ["new"]);
});

test("a refusal is told, and final", async () => {
	const w = new World();

	await w.open();
	const sub = w.client.subscribe("a", () => {});

	refuse(w, "forbidden");
	await rejects(sub.ready, "forbidden");
	assert.equal(w.told("refused")[0].name, "a");
	assert.equal(w.told("refused")[0].error.code, "forbidden");
	await w.again();
	assert.deepEqual(w.socket.sent, []);
	w.client.subscribe("a", () => {});
	assert.equal(w.socket.sent.length, 1, "it may be tried anew");
});

test("a refusal that passes is asked again, after longer and longer waits", async () => {
	const w = new World();

	await w.open({ backoff: { first: 100, max: 250 } });
	w.client.subscribe("a", () => {});
	for (const [code, ms] of [["rate_limited", 100], ["unavailable", 200],
		["internal", 250], ["timeout", 250]]) {
		const sent = w.socket.sent.length;

		refuse(w, code);
		await w.pass(ms - 1);
		assert.equal(w.socket.sent.length, sent, code);
		await w.pass(1);
		assert.equal(w.socket.sent.length, sent + 1, code);
	}
	confirm(w);
	assert.deepEqual(w.told("refused"), []);
	await w.again();
	refuse(w, "unavailable");
	await w.pass(100);
	assert.equal(w.socket.sent.length, 2, "counted anew");
});

test("a wait to be asked again ends with its connection", async () => {
	const w = new World();

	await w.open({ backoff: { first: 1000 } });
	w.client.subscribe("a", () => {});
	refuse(w, "unavailable");
	await w.again();
	confirm(w);
	await w.pass(10_000);
	assert.equal(w.socket.sent.length, 1);
});

test("one stopped while the socket closes is not left on the next", async () => {
	const w = await subscribed();

	w.socket.readyState = 2;
	w.subscription.stop();
	await w.again();
	assert.deepEqual(w.socket.sent, []);
});

test("a subscription that waits to be asked again may be stopped", async () => {
	const w = new World();

	await w.open();
	const sub = w.client.subscribe("a", () => {});

	refuse(w, "unavailable");
	sub.stop();
	assert.equal(w.timers, 0);
	assert.equal(w.socket.sent.length, 1);
});

test("one that the server ends is told of, and may be taken up", async () => {
	const w = await subscribed("news", { seq: 7 });

	w.socket.say({ type: "unsubscribed", topic: "news", reason: "gone" });
	assert.equal(w.told("refused")[0].error.code, "ended");
	assert.equal(w.told("refused")[0].error.answer.reason, "gone");
	event(w, "news", 9);
	w.client.subscribe("news", () => {}, { since: w.subscription.since });
	assert.deepEqual(w.socket.asked("subscribe").payload.since,
		{ epoch: 1, seq: 7 });
	assert.deepEqual(w.subscription.since, { epoch: 1, seq: 7 });
});

test("one that the server ended is not entered again", async () => {
	const w = await subscribed();

	w.socket.say({ type: "unsubscribed", topic: "news", reason: "gone" });
	await w.again();
	assert.deepEqual(w.socket.sent, []);
});

test("many are entered a few at a time", async () => {
	const w = new World();

	w.connect();
	for (let i = 0; i < 20; i++)
		w.client.subscribe(`t${i}`, () => {});
	await w.accept();
	assert.equal(w.socket.sent.length, 8);
	for (let i = 0; i < 20; i++) {
		const { id, payload } = w.socket.said[i];

		assert.equal(payload.topic, `t${i}`);
		w.socket.say({ type: "reply", id, payload });
	}
	assert.equal(w.socket.sent.length, 20);
});

test("a connection lost while they are entered enters all again", async () => {
	const w = new World();

	w.connect();
	for (let i = 0; i < 9; i++)
		w.client.subscribe(`t${i}`, () => {});
	await w.accept();
	await w.again();
	assert.equal(w.socket.sent.length, 8);
});

test("subscriptions outlive the end, for reconnect()", async () => {
	const w = await subscribed("news", { seq: 7 });

	w.socket.end(1008);
	w.client.reconnect();
	await w.accept();
	assert.deepEqual(w.socket.asked("subscribe").payload.since,
		{ epoch: 1, seq: 7 });
});

test("follow() speaks any protocol", async () => {
	const w = new World();
	const heard = [];
	const rules = {
		enter: (since) => ({ type: "join", room: "lobby",
			...(since ? { since } : { history: 2 }) }),
		leave: () => ({ type: "leave", room: "lobby" }),
		accepts: (m) => m.type === "message" && m.room === "lobby",
		ends: (m) => m.type === "kicked" && m.room === "lobby",
		entered: ({ count }) => heard.push(`entered ${count}`),
		message: ({ text }) => heard.push(text),
		stopped: () => heard.push("stopped"),
	};
	const joined = (details) => w.socket.say({ type: "joined",
		id: w.socket.asked("join").id, room: "lobby", epoch: 1,
		complete: true, ...details });
	const say = (seq) => w.socket.say({ type: "message", room: "lobby",
		text: `${seq}`, epoch: 1, seq });

	await w.open();
	const room = w.client.follow("lobby", rules);

	assert.equal(w.socket.asked("join").history, 2);
	assert.throws(() => w.client.follow("lobby", rules), TypeError);
	joined({ count: 1, seq: 5, missed: 2 });
	say(4);
	say(5);
	await w.again();
	assert.deepEqual(w.socket.asked("join").since, { epoch: 1, seq: 5 });
	joined({ count: 2, seq: 6, missed: 1 });
	say(6);
	assert.deepEqual(room.since, { epoch: 1, seq: 6 });
	w.socket.say({ type: "kicked", room: "lobby", reason: "flood" });
	assert.deepEqual(heard, ["entered 1", "4", "5", "entered 2", "6",
		"stopped"]);
	assert.equal((await room.ready).count, 1);
	w.client.follow("lobby", rules).stop();
	assert.equal(w.socket.asked("leave").room, "lobby");
});

test("rules that throw harm nobody else", async (t) => {
	const w = new World();
	const heard = [];
	const later = t.mock.method(globalThis, "queueMicrotask", () => {});

	w.connect();
	w.client.follow("a", { enter: () => { throw new Error("mine"); } });
	w.client.subscribe("b", () => { throw new Error("mine"); });
	w.client.subscribe("b", (payload) => heard.push(payload));
	await w.accept();
	assert.equal(w.client.state, "open");
	assert.deepEqual(w.told("refused").map(({ name, error }) =>
		[name, error.code, error.message]), [["a", "failed", "mine"]]);
	confirm(w);
	event(w, "b", 1);
	assert.deepEqual(heard, ["1.1"]);
	assert.equal(later.mock.callCount(), 1);
});

test("a first entering cut off amid its history gets all of it", () => {
	const resume = new Resume();

	assert.equal(resume.since("a"), null);
	assert.equal(resume.entered("a", { epoch: 1, seq: 5, missed: 3 }), null);
	assert.equal(resume.since("a"), null);
	assert.equal(resume.entered("a", { epoch: 1, seq: 5, missed: 3 }), null);
	assert.equal(resume.take("a", { epoch: 1, seq: 3 }), "new");
	assert.equal(resume.take("a", { epoch: 1, seq: 3 }), "seen");
	assert.deepEqual(resume.since("a"), { epoch: 1, seq: 3 });
	resume.forget("a");
	assert.equal(resume.since("a"), null);
});

test("answers and messages without numbers keep no position", () => {
	const resume = new Resume();

	assert.equal(resume.entered("a", {}), null);
	assert.equal(resume.take("a", { seq: 1 }), "new");
	assert.equal(resume.take("a", { epoch: 1, seq: 2 ** 53 }), "new");
	assert.equal(resume.since("a"), null);
});
