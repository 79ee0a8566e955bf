/* SPDX-License-Identifier: MIT
 *
 * cleat.js - a connection that lasts: a WebSocket which comes back by itself,
 * with requests, subscriptions that resume, a heartbeat and a bounded queue.
 * Its types and contracts stand in cleat.d.ts, how to use it in
 * docs/CLIENT.md. One module without dependencies, so that one file copied
 * into a project is all that it takes.
 *
 * STATES: connecting ─► open ─► waiting or offline ─► connecting ...; closed
 * is where it ends, by close() or by a code that says stop. Every attempt has
 * a number; what comes late from an older one finds that it is stale.
 *
 * PARTS: Resume, how far names were read; Queue, what waits; Pulse, one
 * connection's heartbeat; Follows, the subscriptions; Client, the rest.
 *
 * MEMORY: what waits to be sent is bounded in messages and bytes, unanswered
 * requests in number. A position is two numbers for each name followed.
 */

const MIB = 1024 * 1024;
const PROVEN = 5_000;	/* ms open: the next failure starts from the beginning */
const TOKEN_RETRIES = 2;	/* new tokens asked for in a row after 4401 */
const ENTER_AT_ONCE = 8;	/* a server bounds the requests that wait */
const DRAIN_EVERY = 50;	/* ms: browsers do not tell when a socket has drained */
const SLEPT = 1_000;	/* ms a timer may be late before the page was asleep */
const LONGEST = 2 ** 31 - 1;	/* ms: a timer that is set for more fires at once */
const PING = JSON.stringify({ type: "ping", id: "heartbeat" });

/* Refusals that pass: a subscription asks again after a while. */
const PASSING = new Set(["rate_limited", "timeout", "unavailable", "internal"]);

const EVENTS = ["state", "open", "close", "message", "gap", "refused"];

/* The options with their defaults; a group in braces is merged key by key. */
const DEFAULTS = {
	protocols: [],
	token: null,
	tokenAs: "query",
	tokenName: "token",
	hello: false,
	connectTimeout: 10_000,
	timeout: 10_000,
	heartbeat: { every: 25_000, timeout: 10_000, message: null },
	backoff: { first: 1_000, factor: 2, max: 30_000, later: 10_000 },
	queue: { messages: 256, bytes: MIB, requests: 256 },
	highWater: MIB,
	codes: {},
	env: {},
};

/*
 * Close codes under the names of the server's table, server/wire/ws.def, and
 * what follows from each: stop, retry, later (a longer wait), token (a new
 * token, a few times).
 */
export const CLOSE_CODES = new Map([
	[1000, { name: "normal closure", action: "stop" }],
	[1001, { name: "going away", action: "retry" }],
	[1002, { name: "protocol error", action: "stop" }],
	[1003, { name: "unsupported data", action: "stop" }],
	[1005, { name: "no code given", action: "retry" }],
	[1006, { name: "connection lost", action: "retry" }],
	[1007, { name: "invalid data", action: "stop" }],
	[1008, { name: "policy violation", action: "stop" }],
	[1009, { name: "message too big", action: "stop" }],
	[1010, { name: "extension required", action: "stop" }],
	[1011, { name: "internal error", action: "retry" }],
	[1012, { name: "service restart", action: "retry" }],
	[1013, { name: "try again later", action: "later" }],
	[1014, { name: "bad gateway", action: "retry" }],
	[1015, { name: "TLS handshake failed", action: "later" }],
	[4401, { name: "unauthorized", action: "token" }],
	[4403, { name: "forbidden", action: "stop" }],
	[4419, { name: "authentication expired", action: "token" }],
]);

/* An application that closes with a code of its own means it. */
export function closeAction(code)
{
	return CLOSE_CODES.get(code)?.action ??
		(code >= 3000 && code <= 4999 ? "stop" : "retry");
}

export class CleatError extends Error {
	constructor(code, message, answer = null)
	{
		super(message);
		this.name = "CleatError";
		this.code = code;
		this.answer = answer;
	}
}

/* --- positions ---------------------------------------------------------- */

const isPosition = (at) => Number.isSafeInteger(at?.epoch) &&
	Number.isSafeInteger(at?.seq);

/*
 * How far each name has been read. For each: `since`, where to resume; `epoch`
 * and `seen`, the newest message that was taken. While messages that were
 * missed are still to come, `since` stays where it was.
 */
export class Resume {
	#names = new Map();

	since(name)
	{
		return this.#names.get(name)?.since ?? null;
	}

	restore(name, { epoch, seq })
	{
		if (!isPosition({ epoch, seq }))
			throw new TypeError("a position has an epoch and a seq");
		this.#names.set(name, { since: { epoch, seq }, epoch, seen: seq });
	}

	/* The answer to a subscription: `missed` messages follow, then live ones. */
	entered(name, answer)
	{
		const { epoch, seq, missed = 0, complete = true } = answer;
		const since = this.since(name);
		const known = this.#names.get(name);

		if (!isPosition(answer))
			return null;
		this.#names.set(name, {
			since: missed > 0 ? since : { epoch, seq },
			epoch,
			seen: known?.epoch === epoch ? known.seen : 0,
		});
		if (since === null || (since.epoch === epoch && complete))
			return null;
		return { name, since, epoch, seq, missed };
	}

	take(name, message)
	{
		const { epoch, seq } = message;
		const known = this.#names.get(name);

		if (!isPosition(message))
			return "new";
		if (known?.epoch === epoch && seq <= known.seen)
			return "seen";
		this.#names.set(name, { since: { epoch, seq }, epoch, seen: seq });
		return known && known.epoch !== epoch ? "gap" : "new";
	}

	forget(name)
	{
		this.#names.delete(name);
	}
}

/* --- small parts -------------------------------------------------------- */

/* Unknown keys and wrong values are slips of the pen: say so at once. */
const CHECKS = {
	token: (v) => v === null || typeof v === "function",
	tokenAs: (v) => ["query", "protocol", "message"].includes(v),
	codes: (v) => Object.values(v).every((action) =>
		["stop", "retry", "later", "token"].includes(action)),
};

function merge(defaults, given, where = "")
{
	const result = { ...defaults };

	for (const [key, value] of Object.entries(given)) {
		const old = defaults[key];
		const right = CHECKS[key] ?? ((v) => old === null ||
			typeof v === typeof old && !(v < 0 || Number.isNaN(v)));

		if (!Object.hasOwn(defaults, key))
			throw new TypeError(`there is no option ${where}${key}`);
		if (value === undefined)
			continue;
		if (key === "heartbeat" && value === false)
			result[key] = null;
		else if (key === "protocols")
			result[key] = [value].flat();
		else if (!right(value))
			throw new TypeError(`${where}${key} cannot be that`);
		else if (["heartbeat", "backoff", "queue"].includes(key))
			result[key] = merge(old, value, `${key}.`);
		else
			result[key] = value;
	}
	return result;
}

function socketURL(url, base)
{
	const found = new URL(url, base);

	found.protocol = { "http:": "ws:", "https:": "wss:" }[found.protocol] ??
		found.protocol;
	if (!/^wss?:$/.test(found.protocol))
		throw new TypeError(`${found.protocol}// is not a WebSocket address`);
	found.hash = "";
	return found;
}

/* A listener that throws is its author's error: told as such, and survived. */
function call(fn, ...args)
{
	try {
		fn?.(...args);
	} catch (error) {
		queueMicrotask(() => { throw error; });
	}
}

function parse(data)
{
	if (typeof data !== "string" || !/^\s*\{/.test(data))
		return null;
	try {
		return JSON.parse(data);
	} catch {
		return null;	/* text that only looks like it */
	}
}

/* What a socket takes: anything else is an object, and leaves as JSON. */
function pack(data)
{
	if (typeof data === "string" || data instanceof ArrayBuffer ||
	    ArrayBuffer.isView(data) || data instanceof Blob)
		return data;
	if (typeof data !== "object" || data === null)
		throw new TypeError("send() takes text, bytes or an object");
	return JSON.stringify(data);
}

/* What waits to be sent, in order: { data, bytes, request or null }. */
class Queue {
	bytes = 0;
	#items = [];
	#limits;

	constructor(limits)
	{
		this.#limits = limits;
	}

	get length()
	{
		return this.#items.length;
	}

	/* Bytes are copied: their owner may use them again. False: it is full. */
	add(data, request, front = false)
	{
		const copy = data instanceof ArrayBuffer ? data.slice(0)
			: ArrayBuffer.isView(data) ? new Uint8Array(data.buffer,
				data.byteOffset, data.byteLength).slice() : data;
		const bytes = copy.byteLength ?? new Blob([copy]).size;

		if (this.#items.length >= this.#limits.messages ||
		    this.bytes + bytes > this.#limits.bytes)
			return false;
		this.#items[front ? "unshift" : "push"]({ data: copy, bytes, request });
		this.bytes += bytes;
		return true;
	}

	shift()
	{
		const item = this.#items.shift();

		this.bytes -= item.bytes;
		return item;
	}

	remove(request)
	{
		const at = this.#items.findIndex((item) => item.request === request);

		if (at >= 0)
			this.bytes -= this.#items.splice(at, 1)[0].bytes;
	}

	clear()
	{
		this.#items = [];
		this.bytes = 0;
	}
}

function standardEnv()
{
	const g = globalThis;

	return {
		WebSocket: g.WebSocket,
		window: g.addEventListener ? g : null,
		document: g.document,
		base: g.location?.href,
		isOnline: () => g.navigator?.onLine !== false,
		setTimeout: (fn, ms) => g.setTimeout(fn, Math.min(ms, LONGEST)),
		clearTimeout: (timer) => g.clearTimeout(timer),
		now: () => g.performance.now(),
		random: () => Math.random(),
	};
}

/* Ids must differ between pages, too: a server may know them for a while. */
function idPrefix()
{
	const bytes = crypto.getRandomValues(new Uint8Array(9));

	return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/* --- heartbeat ---------------------------------------------------------- */

/* Whether anything comes in on one connection; tells `dead` when not. */
class Pulse {
	#env;
	#socket;
	#rules;
	#dead;
	#timer = null;
	#heard;	/* when something last came in */
	#asked = null;	/* the question without an answer: { due, left } */

	constructor(env, socket, rules, dead)
	{
		this.#env = env;
		this.#socket = socket;
		this.#rules = rules;
		this.#dead = dead;
		this.#heard = env.now();
		this.#wait();
	}

	stop()
	{
		this.#env.clearTimeout(this.#timer);
	}

	heard()
	{
		this.#heard = this.#env.now();
		if (!this.#asked)
			return;
		this.#asked = null;
		this.#wait();
	}

	#wait()
	{
		const idle = this.#env.now() - this.#heard;

		if (idle >= this.#rules.every)
			this.ask();
		else
			this.#after(this.#rules.every - idle, () => this.#wait());
	}

	ask()
	{
		if (this.#asked)
			return;
		this.#socket.send(pack(this.#rules.message ?? PING));
		this.#listen();
	}

	#listen()
	{
		const { timeout } = this.#rules;

		this.#asked = { due: this.#env.now() + timeout,
			left: this.#socket.bufferedAmount };
		this.#after(timeout, () => this.#judge());
	}

	/*
	 * A timer that comes late means that the page slept, and an answer may
	 * stand behind it; a buffer that shrinks, that the question is on its way.
	 */
	#judge()
	{
		const { due, left } = this.#asked;
		const now = this.#socket.bufferedAmount;

		if (now > 0 && now < left) {
			this.#listen();
		} else if (this.#env.now() > due + SLEPT) {
			this.#asked = null;
			this.ask();
		} else {
			this.#dead();
		}
	}

	#after(ms, fn)
	{
		this.#env.clearTimeout(this.#timer);
		this.#timer = this.#env.setTimeout(fn, ms);
	}
}

/* --- subscriptions ------------------------------------------------------ */

/*
 * What is followed, over all connections. Each is out, entering, in, or waits
 * to ask again; `line` is the client: ask, isOpen, emit, env, backoff.
 */
class Follows {
	#line;
	#resume = new Resume();
	#all = new Map();	/* name → follow */

	constructor(line)
	{
		this.#line = line;
	}

	add(name, rules)
	{
		const follow = { name, rules, phase: "out", failures: 0, timer: null };

		if (this.#all.has(name))
			throw new TypeError(`${name} is followed already`);
		if (rules.since)
			this.#resume.restore(name, rules.since);
		const ready = new Promise((resolve, reject) =>
			Object.assign(follow, { resolve, reject }));

		ready.catch(() => {});	/* the event "refused" tells, too */
		this.#all.set(name, follow);
		this.enter();
		const since = () => this.#all.get(name) === follow
			? this.#resume.since(name) : follow.last;

		return {
			name,
			ready,
			get since() { return since(); },
			stop: () => this.#stop(follow),
		};
	}

	/* Those that are out, on a connection that is open: a few at a time. */
	enter()
	{
		const all = [...this.#all.values()];
		let busy = all.filter(({ phase }) => phase === "entering").length;

		for (const follow of all)
			if (this.#line.isOpen() && follow.phase === "out" &&
			    busy++ < ENTER_AT_ONCE)
				this.#enter(follow);
	}

	/* The connection has ended. */
	out()
	{
		for (const follow of this.#all.values()) {
			this.#line.env.clearTimeout(follow.timer);
			follow.phase = "out";
		}
	}

	/* True: it was for one of them. */
	take(message)
	{
		for (const follow of this.#all.values()) {
			if (follow.phase !== "in")
				continue;
			if (follow.rules.ends?.(message))
				this.#refused(follow, new CleatError("ended",
					"the server ended the subscription", message));
			else if (follow.rules.accepts(message))
				this.#deliver(follow, message);
			else
				continue;
			return true;
		}
		return false;
	}

	#enter(follow)
	{
		let message;

		try {
			message = follow.rules.enter(this.#resume.since(follow.name));
		} catch (error) {
			this.#refused(follow, new CleatError("failed", error.message));
			return;
		}
		follow.phase = "entering";
		this.#line.ask(message, (error, answer) => {
			if (this.#all.get(follow.name) !== follow)
				return;
			if (!error)
				this.#entered(follow, answer);
			else if (PASSING.has(error.code))
				this.#enterLater(follow);
			else if (error.code !== "lost")
				this.#refused(follow, error);
			this.enter();
		});
	}

	#entered(follow, answer)
	{
		const { position = (whole) => whole, entered } = follow.rules;
		const gap = this.#resume.entered(follow.name, position(answer) ?? {});

		follow.phase = "in";
		follow.failures = 0;
		follow.resolve(answer);
		if (gap)
			this.#line.emit("gap", gap);
		call(entered, answer);
	}

	#enterLater(follow)
	{
		const { first, factor, max } = this.#line.backoff;

		follow.phase = "later";
		follow.timer = this.#line.env.setTimeout(() => {
			follow.phase = "out";
			this.enter();
		}, Math.min(max, first * factor ** follow.failures++));
	}

	#deliver(follow, message)
	{
		const since = this.#resume.since(follow.name);
		const taken = this.#resume.take(follow.name, message);
		const { epoch, seq } = message;

		if (taken === "gap")
			this.#line.emit("gap", { name: follow.name, since, epoch, seq,
				missed: 0 });
		if (taken !== "seen")
			call(follow.rules.message, message);
	}

	#refused(follow, error)
	{
		this.#drop(follow, error);
		this.#line.emit("refused", { name: follow.name, error });
	}

	#stop(follow)
	{
		const told = follow.phase === "in" || follow.phase === "entering";

		if (this.#all.get(follow.name) !== follow)
			return;
		this.#drop(follow, new CleatError("closed", "it was stopped"));
		/* Whether that succeeds or the connection ends: it is left. */
		if (told && follow.rules.leave && this.#line.isOpen())
			this.#line.ask(follow.rules.leave(), () => {});
	}

	#drop(follow, error)
	{
		this.#line.env.clearTimeout(follow.timer);
		this.#all.delete(follow.name);
		follow.last = this.#resume.since(follow.name);
		this.#resume.forget(follow.name);
		call(follow.rules.stopped);
		follow.reject(error);
	}
}

/* --- the connection ----------------------------------------------------- */

class Client {
	#url;
	#options;
	#env;
	#listeners = new Map(EVENTS.map((type) => [type, new Set()]));
	#state = "closed";
	#hello = null;
	#life = null;	/* aborts the listeners on window and document */

	#attempt = 0;
	#socket = null;
	#ready = false;	/* the socket is open, and hello has come if asked for */
	#setup = false;	/* "open" is being told: what is sent now goes first */
	#openedAt = 0;
	#failures = 0;
	#refusals = 0;
	#patient = false;	/* the server asked for a longer wait */
	#timers = { connect: null, retry: null, flush: null };
	#pulse = null;

	#queue;
	#drains = [];	/* { bytes, resolve, reject } */
	#pending = new Map();	/* id → request */
	#ids = idPrefix();
	#nextId = 1;

	#follows;
	#topics = new Map();	/* topic → { handle, handlers } */

	constructor(url, options)
	{
		this.#options = merge(DEFAULTS, options);
		this.#env = { ...standardEnv(), ...this.#options.env };
		this.#url = socketURL(url, this.#env.base);
		this.#queue = new Queue(this.#options.queue);
		this.#follows = new Follows({
			env: this.#env,
			backoff: this.#options.backoff,
			isOpen: () => this.#isOpen(),
			emit: (...args) => this.#emit(...args),
			ask: ({ type, ...fields }, done) =>
				this.#ask(type, fields, {}, true, done),
		});
		this.reconnect();
	}

	get state() { return this.#state; }
	get url() { return this.#url.href; }
	get hello() { return this.#hello; }
	get protocol() { return this.#socket?.protocol ?? ""; }

	get bufferedAmount()
	{
		return this.#queue.bytes + (this.#socket?.bufferedAmount ?? 0);
	}

	on(type, listener)
	{
		const set = this.#listeners.get(type);

		if (!set)
			throw new TypeError(`there is no event ${type}`);
		set.add(listener);
		return () => set.delete(listener);
	}

	reconnect()
	{
		if (this.#state === "connecting" || this.#state === "open")
			return;
		this.#failures = this.#refusals = 0;
		this.#watchPage();
		this.#connect();
	}

	close(code = 1000, reason = "")
	{
		if (this.#state === "closed")
			return;
		this.#socket?.close(code, reason);	/* throws before anything else */
		this.#ended({ code, reason, stop: true });
	}

	#emit(type, ...args)
	{
		for (const listener of [...this.#listeners.get(type)])
			call(listener, ...args);
	}

	#set(state)
	{
		const before = this.#state;

		this.#state = state;
		if (state !== before)
			this.#emit("state", state, before);
	}

	#timer(name, ms, fn)
	{
		this.#env.clearTimeout(this.#timers[name]);
		this.#timers[name] = this.#env.setTimeout(fn, ms);
	}

	/* --- its life ------------------------------------------------------- */

	async #connect()
	{
		const attempt = ++this.#attempt;
		const { token, connectTimeout } = this.#options;
		let value = null;

		this.#env.clearTimeout(this.#timers.retry);
		this.#timer("connect", connectTimeout, () => this.#ended(
			{ code: 1006, reason: "no connection in time" }));
		this.#set("connecting");
		if (attempt !== this.#attempt)
			return;
		try {
			value = await token?.() ?? null;
			if (value !== null && typeof value !== "string")
				throw new TypeError("token() must give a string or null");
		} catch (cause) {
			if (attempt === this.#attempt)
				this.#ended({ code: 1006, cause,
					reason: "the token function failed" });
			return;
		}
		if (attempt === this.#attempt)
			this.#open(attempt, value);
	}

	#open(attempt, token)
	{
		const { tokenAs, tokenName } = this.#options;
		const url = new URL(this.#url);
		const protocols = [...this.#options.protocols];
		let socket;

		if (token !== null && tokenAs === "query")
			url.searchParams.set(tokenName, token);
		if (token !== null && tokenAs === "protocol")
			protocols.push(`${tokenName}.${token}`);
		try {
			socket = new this.#env.WebSocket(url.href, protocols);
		} catch (error) {	/* its message may hold the token */
			this.#ended({ code: 1006, stop: true,
				reason: `the browser refuses: ${error.name}` });
			return;
		}
		const on = (type, fn) => socket.addEventListener(type, (event) => {
			if (attempt === this.#attempt)
				fn(event);
		});

		socket.binaryType = "arraybuffer";
		this.#socket = socket;
		on("open", () => {
			if (token !== null && tokenAs === "message")
				socket.send(JSON.stringify({ type: tokenName, token }));
			if (!this.#options.hello)
				this.#opened();
		});
		on("message", ({ data }) => this.#message(data));
		on("close", ({ code, reason }) => this.#ended({ code, reason }));
	}

	/*
	 * Subscriptions first, then what listeners of "open" send, then what has
	 * waited: a message that was queued finds the rooms entered that it is for.
	 */
	#opened()
	{
		const attempt = this.#attempt;

		this.#env.clearTimeout(this.#timers.connect);
		this.#ready = true;
		this.#openedAt = this.#env.now();
		this.#state = "open";
		this.#watchPulse();
		this.#follows.enter();
		this.#setup = true;
		if (attempt === this.#attempt)
			this.#emit("open", { hello: this.#hello });
		this.#setup = false;
		if (attempt !== this.#attempt)
			return;
		this.#flush();
		this.#emit("state", "open", "connecting");
	}

	#ended({ code, reason, cause, stop = false })
	{
		const opened = this.#ready;
		const retry = !stop && this.#mayRetry(code, opened);
		const delay = retry ? this.#delay() : null;

		++this.#attempt;
		for (const timer of Object.values(this.#timers))
			this.#env.clearTimeout(timer);
		this.#socket?.close();	/* of one that is dead, or late */
		this.#pulse?.stop();
		this.#socket = this.#hello = this.#pulse = null;
		this.#ready = false;
		this.#settleAll(retry);
		this.#follows.out();
		const unsent = retry ? 0 : this.#queue.length;
		const before = this.#state;
		const now = retry ? this.#waitState() : "closed";

		this.#state = now;
		if (retry) {
			this.#timer("retry", delay, () => this.#connect());
		} else {
			this.#queue.clear();
			this.#life.abort();
		}
		this.#emit("close", { code, name: CLOSE_CODES.get(code)?.name ?? "",
			reason, opened, retry, delay, unsent, cause });
		if (this.#state === now)
			this.#emit("state", now, before);
	}

	#mayRetry(code, opened)
	{
		const { codes, token } = this.#options;
		const action = codes[code] ?? closeAction(code);

		if (opened && this.#env.now() - this.#openedAt >= PROVEN)
			this.#failures = this.#refusals = 0;
		this.#patient = action === "later";
		if (action === "token")
			return token !== null && this.#refusals++ < TOKEN_RETRIES;
		return action !== "stop";
	}

	/*
	 * A quarter at least, so that nobody spins; the rest by lot, so that the
	 * clients of a server that restarts do not all come at once.
	 */
	#delay()
	{
		const { first, factor, max, later } = this.#options.backoff;
		let step = Math.min(max, first * factor ** this.#failures++);

		if (this.#patient)
			step = Math.max(step, later);
		if (!this.#env.isOnline())
			step = max;
		return step * (0.25 + 0.75 * this.#env.random());
	}

	#waitState()
	{
		return this.#env.isOnline() ? "waiting" : "offline";
	}

	/*
	 * What the page hears of the world. Being offline is taken as a hint: a
	 * server on the same machine can be reached all the same.
	 */
	#watchPage()
	{
		const { window, document } = this.#env;

		this.#life?.abort();
		this.#life = new AbortController();
		const { signal } = this.#life;
		const on = (target, type, fn) =>
			target?.addEventListener(type, fn, { signal });

		on(window, "online", () => this.#hurry());
		on(window, "offline", () => {
			this.#pulse?.ask();
			if (this.#state === "waiting")
				this.#set("offline");
		});
		on(window, "pagehide", ({ persisted }) => {
			if (persisted && this.#socket)	/* else it cannot be kept */
				this.#ended({ code: 1001,
					reason: "the page was put aside" });
		});
		on(window, "pageshow", ({ persisted }) => {
			if (persisted)
				this.#hurry();
		});
		on(document, "visibilitychange", () => {
			if (document.visibilityState === "visible")
				this.#hurry();
		});
	}

	#hurry()
	{
		if (this.#ready)
			this.#pulse?.ask();
		else if (this.#state !== "connecting" && !this.#patient)
			this.#connect();
		else if (this.#state === "offline")
			this.#set(this.#waitState());
	}

	/* --- what comes in -------------------------------------------------- */

	#message(data)
	{
		const attempt = this.#attempt;
		const json = parse(data);

		this.#pulse?.heard();
		if (json?.type === "hello" && !this.#hello)
			this.#greeted(json);
		if (attempt === this.#attempt && !(json && this.#route(json)))
			this.#emit("message", { data, json });
	}

	#greeted(hello)
	{
		this.#hello = hello;
		if (!this.#ready)
			this.#opened();
		else
			this.#watchPulse();
	}

	/* A server that says hello knows ping; others only what one says to them. */
	#watchPulse()
	{
		const { heartbeat } = this.#options;

		if (heartbeat && (heartbeat.message !== null || this.#hello))
			this.#pulse ??= new Pulse(this.#env, this.#socket, heartbeat,
				() => this.#ended({ code: 1006,
					reason: "no answer to a heartbeat" }));
	}

	/* True: it was for a subscription, a request or the heartbeat. */
	#route(json)
	{
		if (json.type === "pong" && json.id === "heartbeat")
			return true;
		if (this.#follows.take(json))
			return true;
		const request = this.#pending.get(json.id);

		if (json.type === "error" && request)
			this.#settle(request, new CleatError(String(json.code),
				String(json.message), json));
		else if (request && (request.answer ?? json.type) === json.type)
			this.#settle(request, null, json);
		else
			return false;
		return true;
	}

	/* --- what goes out -------------------------------------------------- */

	send(data)
	{
		if (this.#state === "closed")
			throw new CleatError("closed", "the connection is closed");
		return this.#put(pack(data), null, this.#setup);
	}

	/* True: handed to the socket. `first` overtakes what waits. */
	#put(data, request, first)
	{
		if (first ? this.#isOpen() :
			this.#queue.length === 0 && this.#flows()) {
			this.#socket.send(data);
			if (request)
				request.sent = true;
			return true;
		}
		if (!this.#queue.add(data, request))
			throw new CleatError("full", "the queue of what waits is full");
		this.#flush();
		return false;
	}

	/* A socket that is closing drops what it is given, and says nothing. */
	#isOpen()
	{
		return this.#ready && this.#socket.readyState === 1;
	}

	#flows()
	{
		return this.#isOpen() && !this.#setup &&
			this.#socket.bufferedAmount <= this.#options.highWater;
	}

	#flush()
	{
		while (this.#queue.length > 0 && this.#flows()) {
			const { data, request } = this.#queue.shift();

			this.#socket.send(data);
			if (request)
				request.sent = true;
		}
		const left = this.bufferedAmount;
		const done = this.#drains.filter(({ bytes }) => left <= bytes);

		this.#drains = this.#drains.filter(({ bytes }) => left > bytes);
		for (const { resolve } of done)
			resolve();
		if (this.#isOpen() &&
		    (this.#queue.length > 0 || this.#drains.length > 0))
			this.#timer("flush", DRAIN_EVERY, () => this.#flush());
	}

	drained(bytes = 0)
	{
		return new Promise((resolve, reject) => {
			if (this.#state === "closed") {
				reject(new CleatError("closed",
					"the connection is closed"));
				return;
			}
			this.#drains.push({ bytes, resolve, reject });
			this.#flush();
		});
	}

	/* --- requests ------------------------------------------------------- */

	request(type, fields = {}, options = {})
	{
		return new Promise((resolve, reject) => {
			if (this.#state === "closed")
				throw new CleatError("closed", "the connection is closed");
			if (this.#pending.size >= this.#options.queue.requests)
				throw new CleatError("full", "too many requests wait");
			this.#ask(type, fields, options, this.#setup,
				(error, answer) => error ? reject(error) : resolve(answer));
		});
	}

	async call(type, payload, options)
	{
		const fields = payload === undefined ? {} : { payload };

		return (await this.request(type, fields, options)).payload;
	}

	/* Tells `done` of the outcome at once: messages may stand behind it. */
	#ask(type, fields, options, first, done)
	{
		const { timeout = this.#options.timeout, answer = null,
			idempotent = false } = options;
		const id = fields.id ?? `${this.#ids}-${this.#nextId++}`;
		const text = JSON.stringify({ ...fields, type, id });
		const request = { id, text, answer, idempotent, done, sent: false };

		if (this.#pending.has(id))
			throw new TypeError(`a request ${id} waits for its answer`);
		this.#put(text, request, first);
		this.#pending.set(id, request);
		request.timer = this.#env.setTimeout(() => this.#settle(request,
			new CleatError("timeout", `no answer to ${type} in time`)),
			timeout);
	}

	#settle(request, error, answer)
	{
		this.#env.clearTimeout(request.timer);
		this.#pending.delete(request.id);
		this.#queue.remove(request);
		request.done(error, answer);
	}

	/*
	 * The connection is gone. What was sent may have been done or not: only
	 * what may be done twice is sent again, before all that has waited.
	 */
	#settleAll(retry)
	{
		for (const request of [...this.#pending.values()].reverse()) {
			const again = retry && request.idempotent;

			if (request.sent && !(again &&
			    this.#queue.add(request.text, request, true)))
				this.#settle(request, new CleatError("lost",
					"the connection ended before the answer"));
			else if (!retry)
				this.#settle(request, new CleatError("closed",
					"the connection is closed"));
			request.sent = false;
		}
		if (retry)
			return;
		for (const { reject } of this.#drains.splice(0))
			reject(new CleatError("closed", "the connection is closed"));
	}

	/* --- subscriptions -------------------------------------------------- */

	follow(name, rules)
	{
		return this.#follows.add(name, rules);
	}

	subscribe(topic, handler, { since = null } = {})
	{
		const handlers = this.#topics.get(topic)?.handlers ?? new Set();
		const mine = (event) => handler(event.payload, event);

		if (handlers.size > 0 && since)
			throw new TypeError(`${topic} is subscribed already: no since`);
		if (handlers.size === 0)
			this.#topics.set(topic, { handlers, handle: this.follow(topic,
				this.#topicRules(topic, handlers, since)) });
		handlers.add(mine);
		const { handle } = this.#topics.get(topic);

		return {
			name: topic,
			ready: handle.ready,
			get since() { return handle.since; },
			stop: () => {
				if (handlers.delete(mine) && handlers.size === 0)
					handle.stop();
			},
		};
	}

	/* json-router's protocol, docs/JSON.md. */
	#topicRules(topic, handlers, since)
	{
		return {
			since,
			enter: (at) => ({ type: "subscribe",
				payload: { topic, since: at ?? undefined } }),
			leave: () => ({ type: "unsubscribe", payload: { topic } }),
			position: (answer) => answer.payload,
			accepts: (m) => m.type === "event" && m.topic === topic,
			ends: (m) => m.type === "unsubscribed" && m.topic === topic,
			stopped: () => this.#topics.delete(topic),
			message: (event) => {
				for (const each of [...handlers])
					call(each, event);
			},
		};
	}
}

export function connect(url, options = {})
{
	return new Client(url, options);
}
