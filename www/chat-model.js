/* SPDX-License-Identifier: MIT
 *
 * What the chat page knows: the rooms, who is in them, what was said. It takes
 * the server's frames (docs/CHAT.md) and says what they changed; it knows
 * neither the document nor the connection.
 *
 * A change is { what, room, entry? }, where `what` is "entry" (a new one),
 * "mended" (an entry or the last note is another now), "gone" (an entry was
 * dropped), "members", "typing", "subject", "rooms" (the list of them), "self".
 */
import { gapWords, kickedWords, presenceWords } from "./chat-words.js";

export const MAX_ENTRIES = 400;	/* of a room: what a reader may scroll through */
export const MAX_ROOMS = 64;	/* conversations too: anyone may begin one */
const TYPING_LASTS = 6000;	/* ms after somebody's last sign of it */

/* One room, or with `peer` the private conversation with that nick. */
export class Room {
	constructor(name, peer = null)
	{
		this.name = name;
		this.peer = peer;
		this.joined = false;
		this.ready = false;	/* its history is in */
		this.count = 0;
		this.members = null;	/* user → nick; null: too many to list */
		this.subject = "";
		this.entries = [];
		this.unread = 0;
		this.typing = new Map();	/* user → { nick, until } */
	}

	typists(now)
	{
		for (const [user, { until }] of this.typing)
			if (until <= now)
				this.typing.delete(user);
		return [...this.typing.values()].map(({ nick }) => nick);
	}

	/* Whom a name means that somebody has read in the list: there it is the
	 * nick, and a server moderates users. */
	userOf(name)
	{
		const small = name.toLowerCase();

		for (const [user, nick] of this.members ?? [])
			if (nick.toLowerCase() === small)
				return user;
		return name;
	}
}

export class Chat {
	rooms = new Map();
	current = null;
	user = "";
	nick = "";
	role = "guest";
	limits = {};
	suggested = [];
	makes = false;	/* may make rooms of other names */
	greeting = "";

	/* `now` is the time in ms, for whoever tests this. */
	constructor(now = Date.now)
	{
		this.now = now;
	}

	get moderates()
	{
		return this.role === "mod";
	}

	room(name)
	{
		return this.rooms.get(name);
	}

	/* The room, made if there is none; null when there are too many. */
	open(name, peer = null)
	{
		let room = this.rooms.get(name);

		if (!room && this.rooms.size < MAX_ROOMS) {
			room = new Room(name, peer);
			this.rooms.set(name, room);
		}
		return room ?? null;
	}

	converse(nick)
	{
		const key = `@${nick.toLowerCase()}`;
		const room = this.open(key, nick);

		if (room)
			room.joined = room.ready = true;
		return room;
	}

	close(name)
	{
		this.rooms.delete(name);
		if (this.current?.name === name)
			this.current = this.rooms.values().next().value ?? null;
		return [{ what: "rooms" }];
	}

	select(room)
	{
		this.current = room;
		room.unread = 0;
		return [{ what: "rooms" }];
	}

	/* What this frame changes; nothing if it is none of ours. */
	receive(frame)
	{
		const room = frame.room === undefined ? null
			: this.rooms.get(frame.room);
		const take = Object.hasOwn(TAKES, frame.type)
			? TAKES[frame.type] : null;

		if (!take || (frame.room !== undefined && !room))
			return [];
		return take.call(this, frame, room);
	}

	/* The connection is gone: nobody is known to be anywhere. */
	lost()
	{
		for (const room of this.rooms.values()) {
			room.typing.clear();
			if (!room.peer)
				room.joined = false;
		}
		return [{ what: "typing", room: this.current }];
	}

	/* --- what we say ------------------------------------------------ */

	say(room, text, id)
	{
		return this.#add(room, {
			kind: "message", user: this.user, nick: this.nick, text,
			time: this.now(), id, own: true, state: "sending",
		});
	}

	/* The server has it. A room's message comes back by itself, later. */
	said(room, id)
	{
		const entry = pendingOf(room, id);

		if (!entry || !room.peer)
			return [];
		entry.state = "sent";
		return [{ what: "mended", room, entry }];
	}

	unsaid(room, id, problem)
	{
		const entry = pendingOf(room, id);

		if (!entry)
			return [];
		entry.state = "failed";
		entry.problem = problem;
		return [{ what: "mended", room, entry }];
	}

	withdraw(room, entry)
	{
		room.entries.splice(room.entries.indexOf(entry), 1);
		return [{ what: "gone", room, entry }];
	}

	note(room, text, kind = "note")
	{
		return this.#add(room, { kind, text, time: this.now() });
	}

	/* Something was said that nobody can tell us any more. */
	missed(room, restarted)
	{
		return this.note(room, gapWords(restarted), "gap");
	}

	/* --- entries ---------------------------------------------------- */

	#add(room, entry)
	{
		const changes = [{ what: "entry", room, entry }];

		room.entries.push(entry);
		while (room.entries.length > MAX_ENTRIES)
			changes.push({ what: "gone", room,
				entry: room.entries.shift() });
		if (entry.kind === "message" && !entry.own &&
		    room !== this.current) {
			room.unread++;
			changes.push({ what: "rooms" });
		}
		return changes;
	}

	/* Everybody sees the messages in the order of their seq: so does one's own. */
	#confirm(room, entry)
	{
		if (room.entries.at(-1) === entry)
			return [{ what: "mended", room, entry }];
		return [...this.withdraw(room, entry), ...this.#add(room, entry)];
	}

	/* Notes of who comes and goes grow together until somebody speaks. */
	#presence(room, nick, came)
	{
		const last = room.entries.at(-1);
		const fresh = last?.kind !== "presence";
		const note = fresh ? { kind: "presence", came: new Set(),
			went: new Set(), time: this.now() } : last;
		const [to, from] = came ? [note.came, note.went]
			: [note.went, note.came];

		/* Away and back again, or the other way round, is nothing. */
		if (!from.delete(nick))
			to.add(nick);
		note.text = presenceWords([...note.came], [...note.went]);
		if (fresh)
			return this.#add(room, note);
		if (note.text)
			return [{ what: "mended", room, entry: note }];
		return this.withdraw(room, note);
	}

	/* --- frames ----------------------------------------------------- */

	takeHello({ user, nick, role, limits, rooms, open, greeting })
	{
		Object.assign(this, { user, nick, role, limits: limits ?? {},
			suggested: rooms ?? [], makes: Boolean(open),
			greeting: greeting ?? "" });
		return [{ what: "self" }, { what: "rooms" }];
	}

	/* Ours is another now, because we asked or because of its owner. */
	takeNick({ nick })
	{
		this.nick = nick;
		return [{ what: "self" }];
	}

	takeJoined(frame, room)
	{
		room.joined = room.ready = true;
		room.count = frame.count;
		room.members = frame.members
			? new Map(frame.members.map((m) => [m.user, m.nick]))
			: null;
		room.subject = frame.subject ?? "";
		return [{ what: "rooms" }, { what: "members", room },
			{ what: "subject", room }];
	}

	takeMessage(frame, room)
	{
		const { user, nick, text, time, id, epoch, seq } = frame;
		const own = user === this.user;
		const pending = id && pendingOf(room, id);

		if (room.typing.delete(user) && room === this.current)
			return [{ what: "typing", room },
				...this.takeMessage(frame, room)];
		if (pending) {
			Object.assign(pending, { state: "sent", user, nick, time,
				epoch, seq });
			return this.#confirm(room, pending);
		}
		return this.#add(room, { kind: "message", user, nick, text, time,
			id, epoch, seq, own, state: "sent" });
	}

	takeDeleted({ deleted, epoch }, room)
	{
		const entry = room.entries.find((e) =>
			e.seq === deleted && e.epoch === epoch);

		return entry ? this.erased(room, entry) : [];
	}

	erased(room, entry)
	{
		entry.text = "";
		entry.state = "deleted";
		return [{ what: "mended", room, entry }];
	}

	takePrivate({ user, nick, text, time }, room)
	{
		room = this.converse(nick);
		if (!room)
			return [];
		return [{ what: "rooms" }, ...this.#add(room, {
			kind: "message", user, nick, text, time, own: false,
			state: "sent" })];
	}

	takePresence({ event, user, nick }, room)
	{
		const came = event === "join";
		const known = room.members?.has(user);
		const name = room.members?.get(user) ?? nick;

		if (user === this.user || (known !== undefined && known === came))
			return [];
		room.count += came ? 1 : -1;
		if (came)
			room.members?.set(user, nick);
		else
			room.members?.delete(user);
		room.typing.delete(user);
		return [{ what: "members", room }, { what: "typing", room },
			...this.#presence(room, came ? nick : name, came)];
	}

	takeRenamed({ user, nick }, room)
	{
		const before = room.members?.get(user);
		const changes = [{ what: "members", room }];

		if (user === this.user) {
			this.nick = nick;
			changes.push({ what: "self" });
		}
		if (before === undefined || before === nick)
			return changes;
		room.members.set(user, nick);
		room.typing.delete(user);
		changes.push({ what: "typing", room });
		return [...changes, ...this.note(room, user === this.user
			? `You are ${nick} now` : `${before} is ${nick} now`)];
	}

	takeTyping({ user, nick }, room)
	{
		if (user === this.user)
			return [];
		room.typing.set(user, { nick, until: this.now() + TYPING_LASTS });
		return [{ what: "typing", room }];
	}

	takeSubject({ subject, user }, room)
	{
		const name = room.members?.get(user) ?? user;

		room.subject = subject;
		return [{ what: "subject", room }, ...this.note(room, subject
			? `${name} set the subject: ${subject}`
			: `${name} removed the subject`)];
	}

	takeKicked(frame, room)
	{
		return this.refused(room, kickedWords(frame));
	}

	/* We are not in this room: the sentence says why. */
	refused(room, text)
	{
		room.joined = false;
		room.ready = true;
		room.count = 0;
		room.members = null;
		room.typing.clear();
		return [{ what: "rooms" }, { what: "members", room },
			{ what: "typing", room }, ...this.note(room, text, "gap")];
	}

	takeWho({ count, members }, room)
	{
		room.count = count;
		if (members)
			room.members = new Map(
				members.map((m) => [m.user, m.nick]));
		return [{ what: "members", room }];
	}
}

/* Frame by type; the methods above are the table's, and the tests'. */
const TAKES = {
	hello: Chat.prototype.takeHello,
	nick: Chat.prototype.takeNick,
	joined: Chat.prototype.takeJoined,
	message: Chat.prototype.takeMessage,
	deleted: Chat.prototype.takeDeleted,
	private: Chat.prototype.takePrivate,
	presence: Chat.prototype.takePresence,
	renamed: Chat.prototype.takeRenamed,
	typing: Chat.prototype.takeTyping,
	subject: Chat.prototype.takeSubject,
	kicked: Chat.prototype.takeKicked,
	who: Chat.prototype.takeWho,
};

function pendingOf(room, id)
{
	return room.entries.find((entry) => entry.id === id && entry.own &&
		(entry.state === "sending" || entry.state === "failed"));
}
