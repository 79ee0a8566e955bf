/* SPDX-License-Identifier: MIT
 *
 * The chat page: joins the model of what is said (chat-model.js), the
 * connection (cleat.js) and the document. The protocol is that of docs/CHAT.md.
 */
import { connect } from "./cleat.js";
import { askModeration, askNick, askRoom, askSubject } from "./chat-dialogs.js";
import { showPeople, showRooms } from "./chat-lists.js";
import { ChatLog } from "./chat-log.js";
import { Chat } from "./chat-model.js";
import { Visits } from "./chat-visits.js";
import { bytesOf, errorWords, typingWords } from "./chat-words.js";
import { announcer, by } from "./dom.js";
import { watchLink } from "./link-banner.js";

const TYPING_EVERY = 3000;	/* ms between two signs of it */
const SAY_WITHIN = 60_000;	/* ms, those without a connection included */
const TICK = 1000;	/* ms: who stopped typing disappears */

const chat = new Chat();
const drafts = new Map();	/* room's name → text not sent yet */

const client = connect(socketAddress(), { hello: true });
const log = new ChatLog({ log: by("log"), list: by("entries"),
	newest: by("newest") }, {
	moderates: () => chat.moderates,
	remove,
	retry: (entry) => {
		apply(chat.withdraw(chat.current, entry));
		say(chat.current, entry.text);
	},
	discard: (entry) => apply(chat.withdraw(chat.current, entry)),
});
const visits = new Visits(client, chat, apply);
const announce = announcer(by("announce"), (texts) =>
	`${texts.length} messages, the last: ${texts.at(-1)}`);

/* Who one is, is the address's to say: chat.html?user=ann */
function socketAddress()
{
	const url = new URL("/chat/", location.href);
	const user = new URLSearchParams(location.search).get("user");

	if (user)
		url.searchParams.set("user", user);
	return url;
}

/* --- what the page shows ------------------------------------------------ */

function apply(changes)
{
	for (const { what, room, entry } of changes) {
		const here = room === chat.current;

		if (what === "entry" && here)
			log.add(entry);
		else if (what === "mended" && here)
			log.mend(entry);
		else if (what === "gone" && here)
			log.drop(entry);
		else if (what === "typing" && here)
			showTyping();
		else if (what === "members" || what === "self")
			showSelf();
		if (what === "rooms" || what === "subject")
			showRoom();
		if (what === "entry" && !entry.own && heard(room))
			announce(entry.kind === "message"
				? `${entry.nick}: ${entry.text}` : entry.text);
	}
	by("empty").hidden = (chat.current?.entries.length ?? 0) > 0;
}

/*
 * What was said before one came is there to be read, not to be read out. What
 * is said in private is heard from everywhere.
 */
function heard(room)
{
	return room.peer || (room === chat.current && room.caughtUp);
}

function showSelf()
{
	by("nick").textContent = chat.nick || "…";
	by("role").hidden = !chat.moderates;
	by("rename").hidden = chat.role !== "guest";
	by("moderate").hidden = !chat.moderates || !inRoom();
	by("set-subject").hidden = by("moderate").hidden;
	by("people-toggle").textContent = inRoom()
		? `People ${chat.current.count.toLocaleString("en")}` : "People";
	by("people-toggle").hidden = !inRoom();
	showPeople({ list: by("members"), count: by("count"),
		crowd: by("crowd") }, chat, { write: converse, moderate });
}

function inRoom()
{
	return Boolean(chat.current?.joined && !chat.current.peer);
}

function showRoom()
{
	const room = chat.current;
	const title = room ? room.peer ? `@${room.peer}` : room.name : "Chat";
	const unread = [...chat.rooms.values()].reduce((sum, { unread: n }) =>
		sum + n, 0);

	showRooms(by("rooms"), chat, { choose, join });
	by("room-title").textContent = title;
	by("subject").textContent = room?.peer ? "Private: not kept anywhere"
		: room?.subject ?? "";
	by("subject").title = by("subject").textContent;
	by("leave").hidden = !room;
	by("leave").textContent = room?.peer ? "Close" : "Leave";
	by("compose").hidden = !room?.joined && !visits.has(room);
	by("join").hidden = !chat.makes;
	by("outside").hidden = !room || !by("compose").hidden;
	by("text-label").textContent = `Message to ${title}`;
	by("empty").textContent = emptyWords(room);
	document.title = `${unread > 0 ? `(${unread}) ` : ""}${title} · Cleat`;
	showSelf();
}

function emptyWords(room)
{
	if (!room)
		return chat.nick ? "Join a room to talk with whoever is there."
			: "Connecting…";
	if (room.peer)
		return `Only ${room.peer} reads what you write here, and only ` +
			"while connected: it is not kept.";
	return room.ready ? "Nobody has said anything yet." : "Joining…";
}

function showTyping()
{
	by("typing").textContent = typingWords(
		chat.current?.typists(Date.now()) ?? []);
}

function complain(text)
{
	by("problem").textContent = text;
	by("text").setAttribute("aria-invalid", text !== "");
}

function choose(room)
{
	if (chat.current && chat.current !== room)
		drafts.set(chat.current.name, by("text").value);
	apply(chat.select(room));
	by("text").value = drafts.get(room.name) ?? "";
	complain("");
	log.show(room);
	showTyping();
	if (matchMedia("(hover: hover)").matches)
		by("text").focus();
}

/* --- rooms -------------------------------------------------------------- */

/* Resolves when we are in; rejects with the reason why we are not. */
async function join(name)
{
	const known = chat.room(name);
	const room = chat.open(name);

	if (!room)
		throw new Error("These are too many rooms: leave one first.");
	choose(room);
	try {
		await visits.enter(room);
	} catch (error) {
		if (!known)
			drop(room);
		throw error;
	}
	if (!known && chat.greeting && room.name === chat.suggested[0])
		apply(chat.note(room, chat.greeting));
}

function drop(room)
{
	visits.leave(room);
	drafts.delete(room.name);
	apply(chat.close(room.name));
	by("text").value = "";
	if (chat.current)
		choose(chat.current);
	else
		log.show(null);
	showTyping();
}

function converse(nick)
{
	const room = chat.converse(nick);

	if (room)
		choose(room);
	openPeople(false);
}

/* --- talking ------------------------------------------------------------ */

function tooLong(text)
{
	const limit = chat.limits.text ?? Infinity;
	const bytes = bytesOf(text);

	return bytes <= limit ? ""
		: `This is too long: ${bytes.toLocaleString("en")} bytes, and ` +
			`at most ${limit.toLocaleString("en")} fit into a message.`;
}

/* Said again after a loss under the same id, so that nobody reads it twice. */
async function say(room, text)
{
	const id = crypto.randomUUID?.() ??
		`${Date.now()}-${Math.random().toString(36).slice(2)}`;
	const answer = "ack";

	apply(chat.say(room, text, id));
	try {
		if (room.peer)
			await client.request("private", { to: room.peer, text, id },
				{ answer, timeout: SAY_WITHIN });
		else
			await client.request("say", { room: room.name, text, id },
				{ answer, timeout: SAY_WITHIN, idempotent: true });
		apply(chat.said(room, id));
	} catch (error) {
		apply(chat.unsaid(room, id, errorWords(error)));
	}
}

function submit(event)
{
	const text = by("text").value.trim();
	const problem = tooLong(text);

	event?.preventDefault();
	complain(problem);
	if (text === "" || problem || !chat.current)
		return;
	say(chat.current, text);
	by("text").value = "";
	typed = -TYPING_EVERY;
}

let chosen = "";	/* the nick that a guest has asked for */
let typed = -TYPING_EVERY;	/* when we said that we are typing this */
let signed = -TYPING_EVERY;	/* or anything: the server has a limit */

function showsTyping()
{
	const now = performance.now();

	if (!inRoom() || client.state !== "open" || by("text").value === "" ||
	    now - typed < TYPING_EVERY ||
	    now - signed < (chat.limits.typing_ms ?? 0))
		return;
	typed = signed = now;
	client.send({ type: "typing", room: chat.current.name });
}

/* --- moderators --------------------------------------------------------- */

async function remove(entry)
{
	const room = chat.current;

	complain("");
	try {
		await client.request("delete", { room: room.name, seq: entry.seq },
			{ answer: "ack" });
	} catch (error) {
		if (error.code === "no_such_message")
			apply(chat.erased(room, entry));
		else
			complain(errorWords(error));
	}
}

function moderate(user)
{
	const room = chat.current.name;

	openPeople(false);
	askModeration(user, async (type, fields) => {
		const name = fields.user;
		/* Who is banned is not here. */
		const whom = type === "unban" ? name
			: chat.room(room).userOf(name);

		await client.request(type, { room, ...fields, user: whom },
			{ answer: "ok" });
		apply(chat.note(chat.room(room), `Done: ${type} ${name}${
			name === whom ? "" : ` (${whom})`}`));
	});
}

/* --- what the reader does ----------------------------------------------- */

function openPeople(open)
{
	by("people").classList.toggle("open", open);
	by("people-toggle").setAttribute("aria-expanded", open);
}

function listen()
{
	by("compose").addEventListener("submit", submit);
	by("text").addEventListener("keydown", (event) => {
		if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
			event.preventDefault();
			submit();
		}
	});
	by("text").addEventListener("input", () => {
		if (by("problem").textContent)
			complain(tooLong(by("text").value.trim()));
		showsTyping();
	});
	by("join").addEventListener("click", () => askRoom(chat, join));
	by("rejoin").addEventListener("click", () => {
		visits.enter(chat.current).catch(() => {});	/* it says so */
		showRoom();
		by("text").focus();
	});
	by("leave").addEventListener("click", () => drop(chat.current));
	by("rename").addEventListener("click", () => askNick(chat,
		async (nick) => {
			const answer = await client.request("nick", { nick },
				{ answer: "nick" });

			chosen = answer.nick;
			apply(chat.receive(answer));
		}));
	by("set-subject").addEventListener("click", () => {
		const { current } = chat;

		askSubject(current, (subject) => client.request("subject",
			{ room: current.name, subject }, { answer: "ok" }));
	});
	by("moderate").addEventListener("click", () => moderate(""));
	by("people-toggle").addEventListener("click", () =>
		openPeople(!by("people").classList.contains("open")));
	by("people").addEventListener("keydown", ({ key }) => {
		if (key === "Escape" && by("people").classList.contains("open")) {
			openPeople(false);
			by("people-toggle").focus();
		}
	});
}

/* A guest who comes back is another guest, but may have the same name. */
function keepNick(nick)
{
	if (chat.role === "guest" && nick && nick !== chat.nick)
		client.request("nick", { nick }, { answer: "nick" }).then(
			(answer) => apply(chat.receive(answer)),
			(error) => complain(`You are ${chat.nick} now: ${
				errorWords(error)}`));
}

client.on("open", ({ hello }) => {
		apply(chat.receive(hello));
	keepNick(chosen);
	if (chat.rooms.size === 0 && chat.suggested.length > 0)
		join(chat.suggested[0]).catch((error) =>
			complain(errorWords(error)));
	showRoom();
});
client.on("close", () => apply(chat.lost()));
client.on("message", ({ json }) => json && apply(chat.receive(json)));
watchLink(client, by("banner"));
listen();
setInterval(showTyping, TICK);
