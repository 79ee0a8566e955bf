/* SPDX-License-Identifier: MIT
 *
 * The rooms that the chat page is in: joined anew with each connection, behind
 * the last message that it has.
 */
import { errorWords } from "./chat-words.js";

const HISTORY = 50;	/* messages that a newcomer is shown */

/* What a room tells its people; all else answers a request. */
const EVENTS = new Set(["message", "presence", "typing", "renamed", "subject",
	"deleted"]);

export class Visits {
	#open = new Map();	/* room's name → its subscription */

	/* `apply(changes)` shows what the model says of them. */
	constructor(client, chat, apply)
	{
		this.client = client;
		this.chat = chat;
		this.apply = apply;
		client.on("gap", ({ name, since, epoch }) => {
			if (since)
				apply(chat.missed(chat.room(name),
					since.epoch !== epoch));
		});
		client.on("refused", ({ name, error }) => this.#out(name, error));
	}

	has(room)
	{
		return this.#open.has(room?.name);
	}

	/* Resolves when we are in; rejects with the reason why we are not. */
	async enter(room)
	{
		const { name } = room;

		if (!this.has(room))
			this.#open.set(name, this.client.follow(name, {
				enter: (since) => since
					? { type: "join", room: name, since }
					: { type: "join", room: name,
						history: HISTORY },
				leave: () => ({ type: "leave", room: name }),
				accepts: (frame) => frame.room === name &&
					EVENTS.has(frame.type),
				ends: (frame) => frame.room === name &&
					frame.type === "kicked",
				message: (frame) => this.#take(room, frame),
				entered: (answer) => this.#entered(room, answer),
				since: room.at,
			}));
		await this.#open.get(name).ready;
	}

	leave(room)
	{
		this.#open.get(room.name)?.stop();
		this.#open.delete(room.name);
	}

	/* `at` is where to come back after being sent away. */
	#entered(room, answer)
	{
		const { epoch, seq, missed } = answer;

		room.caughtUp = missed === 0;
		room.newest = seq;
		room.at = { epoch, seq: seq - missed };
		this.apply(this.chat.receive(answer));
	}

	#take(room, frame)
	{
		const { epoch, seq } = frame;

		if (seq !== undefined) {
			room.at = { epoch, seq };
			room.caughtUp ||= seq > room.newest;
		}
		this.apply(this.chat.receive(frame));
		room.caughtUp ||= seq === room.newest;
	}

	#out(name, error)
	{
		const room = this.chat.room(name);

		this.#open.delete(name);
		if (!room)
			return;
		this.apply(error.answer?.type === "kicked"
			? this.chat.receive(error.answer)
			: this.chat.refused(room, `You could not join: ${
				errorWords(error)}`));
	}
}
