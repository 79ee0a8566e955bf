/* SPDX-License-Identifier: MIT
 *
 * A world for www/cleat.js that obeys the test: sockets that it plays the
 * server of, a clock that it turns, a page that it hides and shows.
 */
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";

import { connect } from "../../www/cleat.js";

globalThis.crypto ??= webcrypto;	/* Node.js 18 */

/* Until everything that promises have set going is done. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export class FakeSocket extends EventTarget {
	readyState = 0;
	bufferedAmount = 0;
	protocol = "";
	sent = [];
	closed = null;	/* what the client closed with */

	constructor(url, protocols)
	{
		super();
		this.url = url;
		this.protocols = protocols;
	}

	send(data)
	{
		assert.equal(this.readyState, 1, "sent on a socket that is not open");
		this.sent.push(data);
	}

	close(...args)
	{
		if (args[0] !== undefined && args[0] !== 1000 && !(args[0] >= 3000))
			throw new DOMException("no such code", "InvalidAccessError");
		this.closed ??= args;
		this.readyState = Math.max(this.readyState, 2);
	}

	/* --- the server's side --- */

	open()
	{
		this.readyState = 1;
		this.dispatchEvent(new Event("open"));
	}

	say(data)
	{
		const text = typeof data === "string" || data instanceof ArrayBuffer
			? data : JSON.stringify(data);

		this.dispatchEvent(Object.assign(new Event("message"), { data: text }));
	}

	end(code, reason = "")
	{
		this.readyState = 3;
		this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
	}

	/* What came, JSON where it is. */
	get said()
	{
		return this.sent.map((data) => {
			try {
				return JSON.parse(data);
			} catch {
				return data;
			}
		});
	}

	/* The newest message of a type. */
	asked(type)
	{
		const found = this.said.findLast((m) => m.type === type);

		assert.ok(found, `nothing of type ${type} was sent`);
		return found;
	}
}

export class World {
	sockets = [];
	now = 0;
	lot = 0.5;	/* what random() says */
	online = true;
	window = new EventTarget();
	document = Object.assign(new EventTarget(), { visibilityState: "visible" });
	events = [];	/* [type, argument], all that the client told */
	#timers = [];

	connect(options = {}, url = "ws://host/path")
	{
		const world = this;

		this.client = connect(url, { ...options, env: {
			WebSocket: class extends FakeSocket {
				constructor(...args)
				{
					super(...args);
					world.refuse?.(...args);
					world.sockets.push(this);
				}
			},
			window: this.window,
			document: this.document,
			base: "https://page.example/folder/",
			isOnline: () => this.online,
			setTimeout: (fn, ms) => {
				this.#timers.push({ fn, at: this.now + ms });
				return this.#timers.at(-1);
			},
			clearTimeout: (timer) => {
				this.#timers = this.#timers.filter((t) => t !== timer);
			},
			now: () => this.now,
			random: () => this.lot,
		} });
		for (const type of ["state", "open", "close", "message", "gap",
			"refused"])
			this.client.on(type, (event) => this.events.push([type, event]));
		return this.client;
	}

	/* Connects and opens. */
	async open(options, url)
	{
		this.connect(options, url);
		return this.accept();
	}

	/* The socket of the newest attempt, opened. */
	async accept()
	{
		await settle();
		assert.equal(this.socket.readyState, 0, "there is no attempt");
		this.socket.open();
		await settle();
		return this.socket;
	}

	/* Breaks the connection, waits, and opens the next one. */
	async again(code = 1006)
	{
		this.socket.end(code);
		await this.pass(this.told("close").at(-1).delay);
		return this.accept();
	}

	get socket()
	{
		return this.sockets.at(-1);
	}

	get timers()
	{
		return this.#timers.length;
	}

	/* Turns the clock; timers fire at their time, in order. */
	async pass(ms)
	{
		const end = this.now + ms;

		for (;;) {
			const due = this.#timers.filter(({ at }) => at <= end)
				.sort((a, b) => a.at - b.at)[0];

			if (!due)
				break;
			this.#timers = this.#timers.filter((t) => t !== due);
			this.now = Math.max(this.now, due.at);
			due.fn();
			await settle();
		}
		this.now = end;
	}

	/* Time passes, but no timer fires: the page is asleep. */
	sleep(ms)
	{
		this.now += ms;
	}

	tell(type, details = {})
	{
		const target = type === "visibilitychange" ? this.document
			: this.window;

		target.dispatchEvent(Object.assign(new Event(type), details));
	}

	told(type)
	{
		return this.events.filter(([t]) => t === type).map(([, e]) => e);
	}
}

export const HELLO = { type: "hello", protocol: "cleat-json", version: 1 };

/* A promise that must reject with a CleatError of this code. */
export function rejects(promise, code)
{
	return assert.rejects(promise, (error) => {
		assert.equal(error.name, "CleatError");
		assert.equal(error.code, code);
		return true;
	});
}
