/* SPDX-License-Identifier: MIT
 *
 * What the chat page makes of each frame, without a server: the model of its
 * rooms, asked in the browser that runs it.
 */
import assert from "node:assert/strict";

/* Runs `steps(chat, models, words)` in the page; its result comes back. */
async function withModel(page, steps)
{
	await page.goto("/");
	return page.evaluate(`(async () => {
		const models = await import("/chat-model.js");
		const words = await import("/chat-words.js");
		const chat = new models.Chat(() => 1_000_000);
		const frame = (type, fields) =>
			chat.receive({ type, room: "lobby", ...fields });
		const texts = (room = chat.room("lobby")) => room.entries.map(
			(e) => e.kind === "message"
				? e.nick + ": " + (e.text || e.state) : e.text);

		chat.receive({ type: "hello", user: "ann", nick: "ann",
			role: "user", rooms: ["lobby"], limits: {} });
		chat.open("lobby");
		frame("joined", { count: 2, complete: true, members: [
			{ user: "ann", nick: "ann" }, { user: "bob", nick: "bob" }] });
		return (${steps})({ chat, models, words, frame, texts });
	})()`);
}

async function countsPeople(page)
{
	assert.deepEqual(await withModel(page, ({ chat, frame, texts }) => {
		const room = chat.room("lobby");
		const counts = [room.count];
		const presence = (event, user) => {
			frame("presence", { event, user, nick: user });
			counts.push(room.count);
		};

		presence("join", "carl");
		presence("join", "carl");	/* known already */
		presence("join", "ann");	/* that is us */
		presence("leave", "bob");
		presence("leave", "carl");	/* so he was here and is not */
		return [counts, texts(), [...room.members.keys()]];
	}), [[2, 3, 3, 3, 2, 1], ["bob left"], ["ann"]]);
}

async function countsCrowds(page)
{
	assert.deepEqual(await withModel(page, ({ chat, words, frame }) => {
		const room = chat.room("lobby");

		frame("joined", { count: 1200, complete: true });
		frame("presence", { event: "leave", user: "bob", nick: "bob" });
		return [room.count, room.members, words.crowdWords(room.count)];
	}), [1199, null, "1,199 people: too many to list."]);
}

async function confirmsInOrder(page)
{
	assert.deepEqual(await withModel(page, ({ chat, frame, texts }) => {
		const room = chat.room("lobby");
		const said = (seq, user, text, id) => frame("message",
			{ seq, epoch: 1, user, nick: user, text, id, time: 0 });

		chat.say(room, "mine", "id-1");
		chat.say(room, "lost", "id-2");
		said(1, "bob", "first");
		said(2, "ann", "mine", "id-1");
		chat.unsaid(room, "id-2", "No.");
		said(3, "bob", "id of another", "id-9");
		return [texts(), room.entries.map(({ state }) => state)];
	}), [["ann: lost", "bob: first", "ann: mine", "bob: id of another"],
		["failed", "sent", "sent", "sent"]]);
}

async function deletesByEpoch(page)
{
	assert.deepEqual(await withModel(page, ({ frame, texts }) => {
		for (const epoch of [1, 2])
			frame("message", { seq: 5, epoch, user: "bob", nick: "bob",
				text: `of epoch ${epoch}`, time: 0 });
		frame("deleted", { deleted: 5, user: "ann", epoch: 2, seq: 6 });
		frame("deleted", { deleted: 4, user: "ann", epoch: 2, seq: 7 });
		return texts();
	}), ["bob: of epoch 1", "bob: deleted"]);
}

async function countsUnread(page)
{
	assert.deepEqual(await withModel(page, ({ chat, frame }) => {
		const other = chat.open("help");
		const unread = [];
		const say = (user) => {
			frame("message", { user, nick: user, text: "x", time: 0 });
			unread.push(chat.room("lobby").unread);
		};

		chat.select(other);
		say("bob");
		say("ann");	/* from another window of ours: read */
		say("bob");
		chat.select(chat.room("lobby"));
		say("bob");
		chat.receive({ type: "private", user: "bob", nick: "Bob",
			to: "ann", text: "psst", time: 0 });
		return [unread, chat.room("@bob").unread, chat.room("@bob").peer];
	}), [[1, 1, 2, 0], 1, "Bob"]);
}

async function forgetsTyping(page)
{
	assert.deepEqual(await withModel(page, ({ chat, words, frame }) => {
		const room = chat.room("lobby");
		const seen = [];
		const look = (now) => seen.push(
			words.typingWords(room.typists(now)));

		frame("typing", { user: "ann", nick: "ann" });	/* us, elsewhere */
		look(1_000_000);
		frame("typing", { user: "bob", nick: "bob" });
		frame("typing", { user: "carl", nick: "carl" });
		look(1_000_000);
		frame("message", { user: "bob", nick: "bob", text: "x", time: 0 });
		look(1_000_000);
		look(1_006_000);
		return seen;
	}), ["", "bob and carl are typing…", "carl is typing…", ""]);
}

async function boundsAll(page)
{
	assert.deepEqual(await withModel(page, ({ chat, models, frame }) => {
		const room = chat.room("lobby");

		for (let i = 0; i <= models.MAX_ENTRIES; i++)
			frame("message", { user: "bob", nick: "bob", text: `${i}`,
				time: 0 });
		for (let i = 0; i <= models.MAX_ROOMS; i++)
			chat.receive({ type: "private", user: "bob",
				nick: `bob${i}`, to: "ann", text: "x", time: 0 });
		return [room.entries.length - models.MAX_ENTRIES,
			room.entries[0].text,
			chat.rooms.size - models.MAX_ROOMS];
	}), [0, "1", 0]);
}

async function knowsOnlyItsRooms(page)
{
	assert.deepEqual(await withModel(page, ({ chat, texts }) => [
		chat.receive({ type: "message", room: "elsewhere", user: "bob",
			nick: "bob", text: "x" }),
		chat.receive({ type: "toString", room: "lobby" }),
		chat.receive({ type: "nothing" }),
		texts(),
	]), [[], [], [], []]);
}

async function saysErrors(page)
{
	assert.deepEqual(await withModel(page, ({ words }) => [
		words.errorWords({ code: "lost" }),
		words.errorWords({ code: "nick_taken",
			message: "Somebody has this nick" }),
		words.errorWords({ code: "muted", message: "You may not speak now",
			answer: { reason: "too loud" } }),
		words.errorWords(new Error("Already a sentence.")),
		words.kickedWords({ banned: true, reason: "spam" }),
		words.listNames(["a", "b", "c"]),
		words.listNames(["a", "b", "c", "d"]),
	]), [
		"The connection was lost: it may have arrived or not.",
		"Somebody has this nick.",
		"You may not speak now: too loud",
		"Already a sentence.",
		"You were banned from this room: spam",
		"a, b and c",
		"4 people",
	]);
}

/* Each row: name, function. */
export const chatModelChecks = [
	["chat: who comes and who goes is counted once", countsPeople],
	["chat: a crowd is counted, not listed", countsCrowds],
	["chat: one's own messages stand where everybody has them",
		confirmsInOrder],
	["chat: what is deleted is that message and no other", deletesByEpoch],
	["chat: what was said elsewhere is unread", countsUnread],
	["chat: typing ends, by a message or by itself", forgetsTyping],
	["chat: what the page remembers is bounded", boundsAll],
	["chat: frames of no room of ours change nothing", knowsOnlyItsRooms],
	["chat: errors are sentences", saysErrors],
];
