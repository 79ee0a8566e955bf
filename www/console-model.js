/* SPDX-License-Identifier: MIT
 *
 * What the JSON console knows: messages before they are sent, and a log in
 * which answers stand with their requests. Neither document nor connection.
 */
import { mistakeAt, placeOf } from "./json-place.js";

export const MAX_ENTRIES = 500;

/* What each type wants, as far as one can know: a place to start from. */
const PAYLOADS = {
	ping: undefined,
	subscribe: { topic: "room/a" },
	unsubscribe: { topic: "room/a" },
	time: undefined,
	"room.say": { room: "a", text: "hello" },
	"room.enter": { room: "a" },
};

export function template(type)
{
	const known = Object.hasOwn(PAYLOADS, type);

	return JSON.stringify({ type,
		payload: known ? PAYLOADS[type] : {} }, null, 2);
}

/* { value }, or { problem }: a sentence that says what is wrong, and where. */
export function check(text)
{
	let value;

	if (text.trim() === "")
		return { problem: "Write a message, or choose a type." };
	try {
		value = JSON.parse(text);
	} catch {
		return { problem: `This is not JSON: there is a mistake ${
			placeOf(text, mistakeAt(text))}.` };
	}
	if (typeof value !== "object" || value === null || Array.isArray(value))
		return { problem: "A message is one object: { … }." };
	if (typeof value.type !== "string")
		return { problem: "A message needs a “type”, which is a text." };
	if (value.id !== undefined && typeof value.id !== "string")
		return { problem: "An “id” is a text." };
	return { value };
}

/*
 * Each entry: { kind, at, text, ... }: "request" with answer, ms and state
 * (waiting, answered, refused, lost, sent: it has no id), "event" and "message"
 * for what nobody asked for, "note" for what happens to the connection.
 */
export class Log {
	entries = [];
	#waiting = new Map();	/* id → entry */

	#add(entry)
	{
		const gone = this.entries.length >= MAX_ENTRIES
			? this.entries.shift() : null;

		this.entries.push(entry);
		return { entry, gone, fresh: true };
	}

	note(text, at)
	{
		return this.#add({ kind: "note", text, at });
	}

	/* An id that waits already pairs with the newer request. */
	sent(value, at, now)
	{
		const entry = { kind: "request", text: JSON.stringify(value),
			at, now, state: value.id === undefined ? "sent" : "waiting" };

		if (value.id !== undefined)
			this.#waiting.set(value.id, entry);
		return this.#add(entry);
	}

	received(value, at, now)
	{
		const entry = this.#waiting.get(value.id);
		const text = JSON.stringify(value);

		if (!entry)
			return this.#add({ kind: value.type === "event" ? "event"
				: "message", text, at,
			failed: value.type === "error" });
		this.#waiting.delete(value.id);
		entry.state = value.type === "error" ? "refused" : "answered";
		entry.answer = text;
		entry.ms = now - entry.now;
		return { entry, gone: null, fresh: false };
	}

	/* What is no JSON object. */
	strange(data, at)
	{
		return this.#add({ kind: "message", at, text: typeof data === "string"
			? data : `${data.byteLength} bytes of binary` });
	}

	/* The connection is gone: nobody answers these. */
	lost()
	{
		const entries = [...this.#waiting.values()];

		this.#waiting.clear();
		for (const entry of entries)
			entry.state = "lost";
		return entries;
	}

	clear()
	{
		this.entries = [];
		this.#waiting.clear();
	}
}

/* `what`: all, requests, events, errors. */
export function matches(entry, what, words)
{
	const failed = entry.state === "refused" || entry.state === "lost" ||
		entry.failed;
	const kinds = { all: true, requests: entry.kind === "request",
		events: entry.kind === "event", errors: failed };

	return Boolean(kinds[what]) && `${entry.text}\n${entry.answer ?? ""}`
		.toLowerCase().includes(words.trim().toLowerCase());
}

/* One line for each message, as it went over the wire. */
export function plain(entries)
{
	return entries.flatMap(({ kind, text, answer }) => {
		const sign = { request: "→", note: "#" }[kind] ?? "←";

		return [`${sign} ${text}`, ...(answer ? [`← ${answer}`] : [])];
	}).join("\n");
}
