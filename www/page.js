/* SPDX-License-Identifier: MIT
 *
 * What the pages share: addresses, close codes in words, and how sizes, times
 * and bytes are written. Pure functions; nothing here touches the document.
 */
import { CLOSE_CODES } from "./cleat.js";

/*
 * Close codes in words: `meaning` says what happened, `advice` what to do about
 * it where something can be done. Their names are the client module's.
 */
const WORDS = {
	1000: {
		meaning: "One side was done and said so.",
	},
	1001: {
		meaning: "The server lets go of this connection; most often it is " +
			"shutting down.",
		advice: "Connect again in a moment.",
	},
	1002: {
		meaning: "The other side received something that is not WebSocket.",
		advice: "Look for a proxy in between that alters the bytes.",
	},
	1003: {
		meaning: "The handler does not take this kind of message.",
		advice: "Try text instead of binary, or the other way round.",
	},
	1005: {
		meaning: "The connection was closed properly, without a reason.",
	},
	1006: {
		meaning: "The connection ended without a goodbye.",
		advice: "Check that the server runs and the network is up, then " +
			"connect again.",
	},
	1007: {
		meaning: "A text message was not valid UTF-8.",
		advice: "Send such data as binary.",
	},
	1008: {
		meaning: "The server's rules do not allow this.",
		advice: "The server's log says which rule it was.",
	},
	1009: {
		meaning: "The message is larger than this path accepts.",
		advice: "Send less at once, or raise max_message for this route in " +
			"the server's configuration. Then connect again.",
	},
	1010: {
		meaning: "The client asked for an extension that the server lacks.",
	},
	1011: {
		meaning: "The handler failed.",
		advice: "The server's log says why.",
	},
	1012: {
		meaning: "The server is restarting.",
		advice: "Connect again in a moment.",
	},
	1013: {
		meaning: "The server has too much to do just now.",
		advice: "Wait a little, then connect again.",
	},
	1014: {
		meaning: "A proxy had no usable answer from the server behind it.",
		advice: "Check that the server behind the proxy runs.",
	},
	1015: {
		meaning: "The encrypted connection could not be set up.",
		advice: "Check the server's certificate.",
	},
	4401: {
		meaning: "The server wants to know who you are.",
		advice: "Sign in first, then connect again.",
	},
	4403: {
		meaning: "The server does not take connections from this page.",
		advice: "Add this page's address to the route's origins.",
	},
};

/* The codes that have a name, as [code, { name, meaning, advice }]. */
export const CLOSE_WORDS = [...CLOSE_CODES].map(([code, { name }]) =>
	[code, { name, ...WORDS[code] }]);

/* What a code means, also for the codes that the table does not name. */
export function explainClose(code)
{
	const known = CLOSE_CODES.get(code);

	if (known)
		return { name: known.name, ...WORDS[code] };
	if (code >= 4000)
		return {
			name: "private code",
			meaning: "The application's own code: its makers know.",
		};
	if (code >= 3000)
		return {
			name: "library code",
			meaning: "A code that a library or framework has registered.",
		};
	return { name: "unknown code", meaning: "No standard names this code." };
}

/*
 * The WebSocket address that someone typed: ws, wss, http and https all do, and
 * so does a bare path on this server. Throws an Error with a sentence for them.
 */
export function socketURL(typed, base)
{
	const schemes = {
		"ws:": "ws:", "wss:": "wss:", "http:": "ws:", "https:": "wss:",
	};
	let url;

	if (!/^([a-z][a-z0-9+.-]*:)?\//i.test(typed))
		throw new Error("Begin the address with ws:// or wss://, or with " +
			"/ for a path on this server.");
	try {
		url = new URL(typed, base);
	} catch {
		throw new Error("This address cannot be read. " +
			"An example: ws://localhost:8080/echo");
	}
	if (!schemes[url.protocol])
		throw new Error(`${url.protocol}// is not a WebSocket address. ` +
			"Begin it with ws:// or wss://.");
	if (url.hash)
		throw new Error("A WebSocket address has no part after #. Remove it.");
	url.protocol = schemes[url.protocol];
	return url.href;
}

/* 1 byte, 999 bytes, 1.5 KiB, 64 MiB */
export function formatSize(bytes)
{
	const units = ["KiB", "MiB", "GiB"];
	let size = bytes;
	let unit = -1;

	if (bytes < 1024)
		return bytes === 1 ? "1 byte" : `${bytes} bytes`;
	while (size >= 1024 && unit < units.length - 1) {
		size /= 1024;
		unit++;
	}
	return `${Number(size.toFixed(size < 10 ? 1 : 0))} ${units[unit]}`;
}

/* Browsers blur their clock to about 0.1 ms: no digit is shown beyond that. */
export function formatDuration(ms)
{
	if (ms < 0.1)
		return "< 0.1 ms";
	if (ms < 10)
		return `${ms.toFixed(1)} ms`;
	if (ms < 1000)
		return `${ms.toFixed(0)} ms`;
	return `${(ms / 1000).toFixed(1)} s`;
}

/* 14:03:59.042, in the reader's own time zone */
export function formatTime(date)
{
	const two = (n) => String(n).padStart(2, "0");

	return `${two(date.getHours())}:${two(date.getMinutes())}:` +
		`${two(date.getSeconds())}.` +
		String(date.getMilliseconds()).padStart(3, "0");
}

/* Eight bytes to a line: offset, hexadecimal, and ASCII where it can be read. */
export function hexLines(bytes)
{
	const lines = [];

	for (let at = 0; at < bytes.length; at += 8) {
		const row = [...bytes.subarray(at, at + 8)];
		const hex = row.map((b) => b.toString(16).padStart(2, "0"));
		const ascii = row.map((b) =>
			b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : "·");

		lines.push(at.toString(16).padStart(4, "0") + "  " +
			hex.join(" ").padEnd(23) + "  " + ascii.join(""));
	}
	return lines.join("\n");
}
