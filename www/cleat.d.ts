/* SPDX-License-Identifier: MIT
 *
 * cleat.d.ts - the contract of cleat.js: what each function promises. How to
 * use it stands in docs/CLIENT.md.
 */

/** An object as it travels: one text message of JSON. */
export interface Message {
	type?: string;
	id?: string;
	[field: string]: any;
}

export type Data = string | ArrayBuffer | ArrayBufferView | Blob;

/** How far a name was read: opaque numbers that the server gives. */
export interface Position {
	epoch: number;
	seq: number;
}

export type State =
	/** An attempt is made. */
	| "connecting"
	/** Messages flow. */
	| "open"
	/** Between two attempts. */
	| "waiting"
	/** The same, and the browser says that there is no network. */
	| "offline"
	/** The end: by close(), or by a code that says stop. */
	| "closed";

/**
 * What follows from a close code: `stop`; `retry` after the backoff; `later`,
 * after `backoff.later` at least; `token`, with a new token, at most twice in a
 * row.
 */
export type CloseAction = "stop" | "retry" | "later" | "token";

export interface Options {
	/** Subprotocols to offer. Default: none. */
	protocols?: string | string[];
	/**
	 * Asked before every attempt, so that a token may be short-lived; null:
	 * connect without. When it throws, the attempt has failed and the next one
	 * asks again. It counts into `connectTimeout`.
	 */
	token?: (() => string | null | Promise<string | null>) | null;
	/**
	 * How the token travels: `query`, `?token=...`, which servers and proxies
	 * may log; `protocol`, a further subprotocol "token.…" (letters, digits
	 * and -._~ only; the server must choose another one); `message`,
	 * {"type":"token","token":"..."} as the first message. Default: `query`.
	 */
	tokenAs?: "query" | "protocol" | "message";
	/** The name in all three of them. Default: "token". */
	tokenName?: string;
	/** The server speaks first: open means that its hello has come. Default: false. */
	hello?: boolean;
	/** Milliseconds until an attempt is given up. Default: 10,000. */
	connectTimeout?: number;
	/** Milliseconds until a request is. Default: 10,000. */
	timeout?: number;
	/**
	 * After `every` ms of silence a ping; when nothing at all comes in for
	 * `timeout` ms more, the connection is lost. Without `message` it is
	 * {"type":"ping"}, and only asked of a server that has said hello. false:
	 * never. Default: 25,000 and 10,000.
	 */
	heartbeat?: false | {
		every?: number;
		timeout?: number;
		message?: Data | object | null;
	};
	/**
	 * Milliseconds between attempts: `first`, each time `factor` as much, at
	 * most `max`; a random part of that, a quarter at least, is waited.
	 * Default: 1,000, 2, 30,000, and `later` 10,000.
	 */
	backoff?: { first?: number; factor?: number; max?: number; later?: number };
	/**
	 * Bounds of what waits to be sent, and of requests without an answer.
	 * Default: 256 messages of 1 MiB together, 256 requests.
	 */
	queue?: { messages?: number; bytes?: number; requests?: number };
	/** Bytes in the socket above which messages wait here. Default: 1 MiB. */
	highWater?: number;
	/** What your own codes mean, or others than in CLOSE_CODES. */
	codes?: { [code: number]: CloseAction };
	/** What to use in place of the browser's: for tests. */
	env?: Partial<Environment>;
}

/** What the module needs of the world. */
export interface Environment {
	WebSocket: new (url: string, protocols: string[]) => any;
	/** Tells online, offline, pageshow, pagehide. */
	window: EventTarget | null;
	/** Tells visibilitychange, and has visibilityState. */
	document: any;
	/** What relative addresses start from. */
	base: string | undefined;
	isOnline(): boolean;
	setTimeout(fn: () => void, ms: number): any;
	clearTimeout(timer: any): void;
	/** Milliseconds, monotonic. */
	now(): number;
	/** From 0 to 1. */
	random(): number;
}

export interface Events {
	state: (state: State, before: State) => void;
	/** What is sent while this is told goes before what has waited. */
	open: (event: { hello: Message | null }) => void;
	/** A connection ended, or an attempt failed. */
	close: (event: Closed) => void;
	/** What no request and no subscription has taken; `json`: if it is an object. */
	message: (event: { data: string | ArrayBuffer; json: Message | null }) => void;
	/** Messages of this name are lost for good: fetch its state anew. */
	gap: (event: Gap) => void;
	/** A subscription was refused or ended by the server. */
	refused: (event: { name: string; error: CleatError }) => void;
}

export interface Closed {
	code: number;
	/** The code's name, or "". */
	name: string;
	reason: string;
	/** Whether it had been open. */
	opened: boolean;
	/** Whether there will be another attempt, and in how many ms. */
	retry: boolean;
	delay: number | null;
	/** Messages that had waited and were given up; requests are told themselves. */
	unsent: number;
	/** What token() threw. */
	cause?: unknown;
}

export interface Gap extends Position {
	name: string;
	since: Position | null;
	/** How many messages the server still has; they follow. */
	missed: number;
}

export interface RequestOptions {
	/** Milliseconds, those in the queue included. */
	timeout?: number;
	/** It may be done twice: sent again, with the same id, after a loss. */
	idempotent?: boolean;
	/** The type of the answer, where other messages carry the same id. */
	answer?: string | null;
}

/** Functions that say how a name is subscribed to, in whatever protocol. */
export interface FollowRules {
	/** The request that enters; `since`: what to resume behind, or null. */
	enter(since: Position | null): Message;
	/** The request that leaves. */
	leave?(): Message;
	/** Where the answer to `enter` has epoch, seq, missed and complete. Default: on top. */
	position?(answer: Message): any;
	/** Whether a message is this name's. */
	accepts(message: Message): boolean;
	/** Whether a message says that the server has ended it. */
	ends?(message: Message): boolean;
	/** Each message once, in order; those without seq as they come. */
	message(message: Message): void;
	/** After each entering, before the messages that were missed. */
	entered?(answer: Message): void;
	/** It is over: stopped, refused or ended. */
	stopped?(): void;
	/** Where to begin, such as from sessionStorage. */
	since?: Position | null;
}

export interface Subscription {
	readonly name: string;
	/** The answer to the first entering; rejects if refused or stopped before. */
	readonly ready: Promise<Message>;
	/** How far it is read, or was when it ended: what `since` takes up again. */
	readonly since: Position | null;
	stop(): void;
}

export interface Client {
	readonly state: State;
	/** Without the token. */
	readonly url: string;
	/** The subprotocol agreed on, or "". */
	readonly protocol: string;
	/** The server's hello on this connection. */
	readonly hello: Message | null;
	/** Bytes not sent yet: in the queue and in the socket. */
	readonly bufferedAmount: number;
	/** Gives a function that takes the listener off again. */
	on<E extends keyof Events>(type: E, listener: Events[E]): () => void;
	/**
	 * True: given to the socket, which is not a receipt: what must arrive is a
	 * request. False: it waits. Throws CleatError `full` when it does not fit,
	 * `closed` when the connection is. Objects travel as JSON; waiting bytes are
	 * copied.
	 */
	send(data: Data | object): boolean;
	/**
	 * Sends { ...fields, type, id } and resolves with the message that has the
	 * same id. Rejects with CleatError: the server's code; `timeout`; `lost`,
	 * sent and the connection ended, it may have been done; `closed` and `full`,
	 * not sent. `fields.id`: an id of your own, 1 to 64 bytes.
	 */
	request(type: string, fields?: object, options?: RequestOptions): Promise<Message>;
	/** A request of json-router: payload in, payload out. */
	call(type: string, payload?: unknown, options?: RequestOptions): Promise<any>;
	/**
	 * Events of a topic of json-router, over all reconnects, none twice. Several
	 * handlers of one topic share one subscription.
	 */
	subscribe(topic: string, handler: (payload: any, event: Message) => void,
		options?: { since?: Position | null }): Subscription;
	/** The same for any protocol; one for each name. */
	follow(name: string, rules: FollowRules): Subscription;
	/** Resolves when no more than so many bytes are unsent; rejects `closed`. */
	drained(bytes?: number): Promise<void>;
	/** Tries at once, also after it was closed; nothing while it is open. */
	reconnect(): void;
	/** The end. Code: 1000 or 3000 to 4999. Waiting requests reject. */
	close(code?: number, reason?: string): void;
}

/** Connects, as soon as the caller has returned. Throws TypeError for slips. */
export function connect(url: string | URL, options?: Options): Client;

/** Close codes with their names and what follows from each. */
export const CLOSE_CODES: Map<number, { name: string; action: CloseAction }>;

/** The same for all codes: 3000 to 4999 stop, what is unknown retries. */
export function closeAction(code: number): CloseAction;

/** An error with a code for programs; the message is a sentence for people. */
export class CleatError extends Error {
	constructor(code: string, message: string, answer?: Message | null);
	readonly code: string;
	/** The server's answer, if it was one. */
	readonly answer: Message | null;
}

/** How far names were read; knows no protocol. follow() keeps one itself. */
export class Resume {
	/** What to resume behind, or null. */
	since(name: string): Position | null;
	/** Begins where an earlier page has ended. */
	restore(name: string, position: Position): void;
	/** The answer to a subscription; the gap that it shows, or null. */
	entered(name: string, answer: any): Gap | null;
	/** A message: new, seen already, or new behind a change of epoch. */
	take(name: string, message: any): "new" | "seen" | "gap";
	forget(name: string): void;
}
