/* SPDX-License-Identifier: MIT
 *
 * The list of messages on the echo page: one row per message or event, newest
 * first, and the figures above it. It knows nothing of sockets.
 *
 * MEMORY: the list holds at most MAX_ROWS rows and MAX_BYTES of contents; the
 * oldest rows leave first, and with a row its download goes as well.
 */
import { formatDuration, formatSize, formatTime, hexLines } from "./page.js";

const MAX_ROWS = 500;
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_SAMPLES = 101;	/* round trips that the median looks at */
const PREVIEW_CHARS = 400;
const PREVIEW_BYTES = 64;
const COMPARE_BYTES = 1024 * 1024;	/* compared at a time */

function element(tag, className, ...children)
{
	const node = document.createElement(tag);

	node.className = className;
	node.append(...children);
	return node;
}

/* Whether two messages (each a string or a Blob) are the same, bit by bit. */
async function sameContents(a, b)
{
	if (typeof a !== typeof b)
		return false;
	if (typeof a === "string")
		return a === b;
	if (a.size !== b.size)
		return false;
	for (let at = 0; at < a.size; at += COMPARE_BYTES) {
		const [x, y] = await Promise.all([a, b].map(async (blob) =>
			new Uint8Array(
				await blob.slice(at, at + COMPARE_BYTES).arrayBuffer())));

		if (x.some((byte, i) => byte !== y[i]))
			return false;
	}
	return true;
}

export class MessageList {
	#list = document.getElementById("list");
	#empty = document.getElementById("empty");
	#sentCount = document.getElementById("sent");
	#receivedCount = document.getElementById("received");
	#median = document.getElementById("median");
	#rows = [];	/* oldest first: { node, bytes, url } */
	#bytes = 0;
	#sent = 0;
	#received = 0;
	#samples = [];

	addSent(message)
	{
		this.#sent++;
		this.#addMessage("sent", message, []);
	}

	/*
	 * `answered` is the sent message that this one answers, if that is known;
	 * `ms` is then the time between the two.
	 */
	addReceived(message, answered, ms)
	{
		const verdict = element("span", "verdict");

		this.#received++;
		if (!answered) {
			this.#addMessage("received", message, []);
			return;
		}
		this.#samples.push(ms);
		if (this.#samples.length > MAX_SAMPLES)
			this.#samples.shift();
		this.#addMessage("received", message, [
			verdict, element("span", "trip", formatDuration(ms)),
		]);
		this.#compare(message.data, answered.data, verdict);
	}

	addEvent(text, state)
	{
		const row = element("li", "event",
			element("span", "lamp"), element("span", "", text),
			element("time", "", formatTime(new Date())));

		row.dataset.state = state;
		this.#insert(row, 0, null);
	}

	clear()
	{
		while (this.#rows.length > 0)
			this.#dropOldest();
		this.#sent = 0;
		this.#received = 0;
		this.#samples = [];
		this.#showFigures();
	}

	async #compare(received, sent, verdict)
	{
		let same;

		try {
			same = await sameContents(received, sent);
		} catch {
			/* The file was changed or removed after it was sent. */
			verdict.textContent = "cannot compare";
			return;
		}
		verdict.textContent = same ? "identical" : "differs";
		verdict.dataset.same = same;
	}

	#addMessage(direction, message, extras)
	{
		const { data, size, name } = message;
		const isText = typeof data === "string";
		const title = direction === "sent" ? "Sent" : "Received";
		const row = element("li", `message ${direction}`,
			element("div", "meta",
				element("span", "direction", title),
				element("time", "", formatTime(new Date())),
				element("span", "kind", isText ? "text" : "binary"),
				element("span", "size", formatSize(size)),
				...extras));
		let url = null;

		if (isText)
			row.append(this.#textPreview(data));
		else if (direction === "received")
			row.append(this.#binaryPreview(data));
		else
			row.append(element("p", "name", name));
		if (direction === "received" &&
		    (!isText || data.length > PREVIEW_CHARS)) {
			url = URL.createObjectURL(isText ? new Blob([data]) : data);
			row.append(this.#saveLink(url, name ??
				(isText ? "message.txt" : "message.bin")));
		}
		this.#insert(row, size, url);
	}

	#textPreview(text)
	{
		if (text === "")
			return element("p", "none", "an empty message");
		if (text.length <= PREVIEW_CHARS)
			return element("pre", "text", text);
		return element("pre", "text", text.slice(0, PREVIEW_CHARS),
			element("span", "none", ` … and ${(text.length -
				PREVIEW_CHARS).toLocaleString("en")} characters more`));
	}

	#binaryPreview(blob)
	{
		const hex = element("pre", "hex");

		if (blob.size === 0)
			return element("p", "none", "an empty message");
		blob.slice(0, PREVIEW_BYTES).arrayBuffer().then((bytes) => {
			hex.textContent = hexLines(new Uint8Array(bytes));
			if (blob.size > PREVIEW_BYTES)
				hex.append(element("span", "none", `\n… and ${
					formatSize(blob.size - PREVIEW_BYTES)} more`));
		}, () => {
			hex.textContent = "The browser has let go of these bytes.";
		});
		return hex;
	}

	#saveLink(url, name)
	{
		const link = element("a", "save", "Save");

		link.href = url;
		link.download = name;
		link.setAttribute("aria-label", `Save ${name}`);
		return link;
	}

	#insert(node, bytes, url)
	{
		this.#rows.push({ node, bytes, url });
		this.#bytes += bytes;
		this.#list.prepend(node);
		while (this.#rows.length > MAX_ROWS ||
		       (this.#bytes > MAX_BYTES && this.#rows.length > 1))
			this.#dropOldest();
		this.#showFigures();
	}

	#dropOldest()
	{
		const { node, bytes, url } = this.#rows.shift();

		this.#bytes -= bytes;
		if (url)
			URL.revokeObjectURL(url);
		node.remove();
	}

	#showFigures()
	{
		const sorted = [...this.#samples].sort((a, b) => a - b);

		this.#empty.hidden = this.#rows.length > 0;
		this.#sentCount.textContent = this.#sent.toLocaleString("en");
		this.#receivedCount.textContent = this.#received.toLocaleString("en");
		this.#median.textContent = sorted.length === 0 ? "–"
			: formatDuration(sorted[sorted.length >> 1]);
	}
}
