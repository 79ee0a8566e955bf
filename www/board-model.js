/* SPDX-License-Identifier: MIT
 *
 * What the board page knows: who is there, where they point, what is drawn,
 * and which of one's own strokes the server has not confirmed. It takes what
 * board-wire.js has read and says what that changed.
 */
import { MAX_POINTS, VERSION } from "./board-wire.js";

export const MAX_STROKES = 10_000;	/* the oldest are not drawn any more */
const MAX_PEOPLE = 1000;

export class Board {
	people = new Map();	/* who → { name, x, y }; x is null before it moved */
	strokes = [];
	pending = new Map();	/* number → what we have drawn and sent */
	me = "";
	joined = false;
	position = { epoch: 0, seq: 0 };
	#selves = new Set();	/* who we have been, on earlier connections */
	#number = 0;

	constructor(tag)
	{
		this.tag = tag;	/* tells our numbers from those of others */
	}

	/*
	 * Each: { what, ... } where what is "welcome" (with wiped and renewed),
	 * "people", "came", "went", "cursor", "stroke", "wiped".
	 */
	take(message)
	{
		const take = message && Object.hasOwn(TAKES, message.kind)
			? TAKES[message.kind] : null;

		return take ? take.call(this, message) : [];
	}

	lost()
	{
		this.joined = false;
		this.people.clear();
		return [{ what: "people" }];
	}

	/* --- what we draw ----------------------------------------------- */

	draw(colour, width, points)
	{
		const drawn = { kind: "stroke", colour, width, points,
			number: ++this.#number };

		if (points.length < 2 || points.length > MAX_POINTS * 2)
			throw new RangeError(`a stroke of ${points.length} numbers`);
		this.pending.set(drawn.number, drawn);
		return drawn;
	}

	wipe()
	{
		const wiping = { kind: "clear", number: ++this.#number };

		this.pending.set(wiping.number, wiping);
		return wiping;
	}

	/* --- what the server says --------------------------------------- */

	takeWelcome({ version, complete, missed, you, epoch, seq })
	{
		const renewed = this.position.epoch !== 0;

		if (version !== VERSION)
			return [];
		this.me = you;
		this.#selves.add(you);
		this.joined = true;
		this.people.clear();
		if (!complete) {
			this.strokes = [];
			this.position = { epoch, seq: seq - missed };
		} else if (missed === 0) {
			this.position = { epoch, seq };
		}
		return [{ what: "welcome", wiped: !complete, renewed },
			{ what: "people" }];
	}

	takeJoin({ who, name })
	{
		const known = this.people.has(who);

		if (known || this.people.size >= MAX_PEOPLE)
			return [];
		this.people.set(who, { name, x: null, y: null });
		return [{ what: "people" }, { what: "came", who, name }];
	}

	takeLeave({ who })
	{
		const name = this.people.get(who)?.name;

		if (!this.people.delete(who))
			return [];
		return [{ what: "people" }, { what: "went", who, name }];
	}

	takeCursor({ who, x, y })
	{
		const person = this.people.get(who);

		if (!person || who === this.me)
			return [];
		Object.assign(person, { x, y });
		return [{ what: "cursor", who }];
	}

	/* The newest that we have; true: it is one's own come back. */
	#confirm({ who, number, epoch, seq })
	{
		this.position = { epoch, seq };
		return this.#selves.has(who) && this.pending.delete(number);
	}

	takeStroke(message)
	{
		const own = this.#confirm(message);

		this.strokes.push(message);
		if (this.strokes.length > MAX_STROKES)
			this.strokes.shift();
		return [{ what: "stroke", stroke: message, own }];
	}

	takeClear(message)
	{
		this.#confirm(message);
		this.strokes = [];
		return [{ what: "wiped", name: this.people.get(message.who)?.name,
			own: this.#selves.has(message.who) }];
	}
}

const TAKES = {
	welcome: Board.prototype.takeWelcome,
	join: Board.prototype.takeJoin,
	leave: Board.prototype.takeLeave,
	cursor: Board.prototype.takeCursor,
	stroke: Board.prototype.takeStroke,
	clear: Board.prototype.takeClear,
};
