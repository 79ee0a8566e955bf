/* SPDX-License-Identifier: MIT
 *
 * The echo page: one connection, a form that sends on it, a list of what went
 * out and came back.
 *
 * Answers are paired with messages in order, which is what an echo guarantees.
 * A server that does not echo gets no round trips, and nothing else is harmed.
 */
import {
	CLOSE_WORDS, explainClose, formatDuration, formatSize, socketURL,
} from "./page.js";
import { MessageList } from "./echo-list.js";

const MAX_WAITING = 500;	/* unanswered messages; past it, no pairing */
const MAX_UNSENT = 256 * 1024 * 1024;	/* bytes the browser may hold for us */
const USUAL_LIMIT = 1024 * 1024;	/* max_message, unless the server sets it */
const ANNOUNCE_EVERY = 1000;	/* ms: a screen reader must keep up */
const PROGRESS_EVERY = 200;	/* ms */

const by = (id) => document.getElementById(id);
const list = new MessageList();

let socket = null;	/* the connection: null until asked, and once closed */
let opened = false;
let cancelled = false;
let waiting = [];	/* sent, not yet answered: { message, at }; null: no echo */
let afterOpen = null;	/* what "Connect and send" has left to do */
let proven = USUAL_LIMIT;	/* the largest message known to be accepted */

/* --- what the page shows ------------------------------------------------ */

const BUTTON = {
	idle: "Connect",
	connecting: "Cancel",
	open: "Disconnect",
	closing: "Disconnecting…",
	closed: "Connect",
	failed: "Connect",
};

function showState(state, title, explanation)
{
	const busy = state === "connecting" || state === "open" ||
		state === "closing";

	by("status").dataset.state = state;
	by("state").textContent = title;
	by("explain").textContent = explanation;
	by("toggle").textContent = BUTTON[state];
	by("toggle").classList.toggle("primary", !busy);
	by("toggle").setAttribute("aria-disabled", state === "closing");
	by("url").readOnly = busy;
}

function showURLError(text)
{
	by("url-error").textContent = text;
	by("url").setAttribute("aria-invalid", text !== "");
}

/*
 * A question or a refusal beside the message: each choice is [label, function]
 * and the first one gets the focus, so that Enter takes it.
 */
function showNotice(text, ...choices)
{
	const buttons = choices.map(([label, act]) => {
		const button = document.createElement("button");

		button.type = "button";
		button.className = "button";
		button.textContent = label;
		button.addEventListener("click", () => {
			hideNotice();
			act();
		});
		return button;
	});

	by("notice").hidden = false;
	by("notice-text").textContent = text;
	by("notice-actions").replaceChildren(...buttons);
	buttons[0]?.focus();
}

function hideNotice()
{
	if (by("notice").contains(document.activeElement))
		by("text").focus();
	by("notice").hidden = true;
	by("notice-text").textContent = "";
	by("notice-actions").replaceChildren();
}

const announce = (() => {
	let count = 0;
	let last = "";
	let timer = null;

	function speak()
	{
		by("announce").textContent = count === 1 ? `Received ${last}`
			: `Received ${count} messages, the last ${last}`;
		count = 0;
		timer = null;
	}
	return (text) => {
		count++;
		last = text;
		timer ??= setTimeout(speak, ANNOUNCE_EVERY);
	};
})();

const watchProgress = (() => {
	let timer = null;

	function show()
	{
		const left = socket?.bufferedAmount ?? 0;

		timer = null;
		if (left > 0 && opened) {
			by("progress").textContent =
				`Sending: ${formatSize(left)} to go.`;
			timer = setTimeout(show, PROGRESS_EVERY);
		} else {
			by("progress").textContent = "";
		}
	}
	return () => {
		timer ??= setTimeout(show, PROGRESS_EVERY);
	};
})();

/* --- the connection ----------------------------------------------------- */

function connect()
{
	let url;

	showURLError("");
	hideNotice();
	try {
		url = socketURL(by("url").value.trim(), location.href);
		socket = new WebSocket(url);
	} catch (error) {
		afterOpen = null;
		showURLError(error.name === "SecurityError"
			? "A page loaded over https may only use wss:// addresses."
			: error.message);
		by("url").focus();
		return;
	}
	socket.binaryType = "blob";
	opened = false;
	cancelled = false;
	waiting = [];
	proven = USUAL_LIMIT;
	showState("connecting", "Connecting…", `To ${url}`);
	socket.addEventListener("open", onOpen);
	socket.addEventListener("message", onMessage);
	socket.addEventListener("close", onClose);
}

function disconnect()
{
	cancelled = !opened;
	showState("closing", "Disconnecting…", "Waiting for the server's goodbye.");
	socket.close(...(opened ? [1000] : []));
}

function onOpen()
{
	const act = afterOpen;

	opened = true;
	afterOpen = null;
	showState("open", "Connected", `To ${socket.url}`);
	list.addEvent(`Connected to ${socket.url}`, "open");
	act?.();
}

function onMessage({ data })
{
	const now = performance.now();
	const pair = waiting?.shift();
	const size = typeof data === "string" ? new Blob([data]).size : data.size;
	const message = { data, size, name: pair?.message.name };
	const kind = typeof data === "string" ? "text" : "binary";
	let words = `${kind}, ${formatSize(size)}`;

	if (pair) {
		const ms = now - pair.at;

		proven = Math.max(proven, pair.message.size);
		list.addReceived(message, pair.message, ms);
		words += `, after ${formatDuration(ms)}`;
	} else {
		list.addReceived(message);
	}
	announce(words);
}

function onClose({ code, reason })
{
	const wasOpen = opened;

	socket = null;
	opened = false;
	waiting = [];
	afterOpen = null;
	hideNotice();
	if (wasOpen)
		showClosed(code, reason);
	else if (cancelled)
		showState("idle", "Not connected", "You cancelled.");
	else
		showFailed();
}

function showClosed(code, reason)
{
	const { name, meaning, advice } = explainClose(code);
	const title = `Closed: ${code}, ${name}`;
	const state = code === 1000 ? "idle" : "closed";
	const said = reason ? `The server says: “${reason}”.` : "";

	showState(state, title,
		[meaning, said, advice].filter(Boolean).join(" "));
	list.addEvent(reason ? `${title} (“${reason}”)` : title, state);
}

/* A browser tells its page nothing of a handshake that failed. */
function showFailed()
{
	showState("failed", "Could not connect",
		"Check that the server runs, that it has a route for this path, " +
		"and that the route's origins admit this page. The server's log " +
		"says which it was; a browser keeps it to itself.");
	list.addEvent("Could not connect", "failed");
}

/* --- sending ------------------------------------------------------------ */

/*
 * Each message: { data: a string or a File, size, name of the file }. `sure` is
 * the answer to the question that a big one raises.
 */
function send(messages, sure = false)
{
	const total = messages.reduce((sum, { size }) => sum + size, 0);
	const largest = Math.max(...messages.map(({ size }) => size));

	hideNotice();
	if (!opened) {
		showNotice("Connect first: there is no connection to send on.",
			["Connect and send", () => connectAndSend(messages)]);
		return;
	}
	if (socket.readyState !== WebSocket.OPEN) {
		showNotice("This connection is closing. Send again once it is " +
			"closed: you will be offered a new one.");
		return;
	}
	if (total + socket.bufferedAmount > MAX_UNSENT) {
		showNotice(`That would make ${formatSize(total +
			socket.bufferedAmount)} on their way at once. Wait until ` +
			`less than ${formatSize(MAX_UNSENT)} are, or send a ` +
			"smaller file.");
		return;
	}
	if (largest > proven && !sure) {
		showNotice(`This is a message of ${formatSize(largest)}. A server ` +
			"closes the connection with 1009 when one is above its " +
			`max_message, which is ${formatSize(USUAL_LIMIT)} ` +
			"unless it was set.",
			["Send it anyway", () => send(messages, true)],
			["Leave it", () => {}]);
		return;
	}
	messages.forEach(sendOne);
	watchProgress();
}

function sendOne(message)
{
	socket.send(message.data);
	list.addSent(message);
	waiting?.push({ message, at: performance.now() });
	if (waiting?.length > MAX_WAITING)
		waiting = null;
}

function connectAndSend(messages)
{
	afterOpen = () => send(messages);
	if (!socket)
		connect();
}

function sendText()
{
	const data = by("text").value;

	send([{ data, size: new Blob([data]).size }]);
}

function sendFiles(files)
{
	const messages = [...files].map((file) =>
		({ data: file, size: file.size, name: file.name }));

	if (messages.length > 0)
		send(messages);
}

/* --- what the reader does ----------------------------------------------- */

function listen()
{
	const compose = by("compose");

	by("connection").addEventListener("submit", (event) => {
		event.preventDefault();
		if (!socket)
			connect();
		else if (by("status").dataset.state !== "closing")
			disconnect();
	});
	compose.addEventListener("submit", (event) => {
		event.preventDefault();
		sendText();
	});
	by("text").addEventListener("keydown", (event) => {
		if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) ||
		    event.repeat)
			return;
		event.preventDefault();
		sendText();
		if (opened)	/* type to replace it, or send it again */
			by("text").select();
	});
	by("file").addEventListener("change", ({ target }) => {
		const files = [...target.files];

		target.value = "";	/* so that the same file can follow */
		sendFiles(files);
	});
	compose.addEventListener("dragover", (event) => {
		if (event.dataTransfer.types.includes("Files"))
			event.preventDefault();
	});
	compose.addEventListener("drop", (event) => {
		if (!event.dataTransfer.types.includes("Files"))
			return;
		event.preventDefault();
		sendFiles(event.dataTransfer.files);
	});
	by("clear").addEventListener("click", () => list.clear());
}

function fillCodes()
{
	for (const [code, { name, meaning, advice }] of CLOSE_WORDS) {
		const row = by("codes").insertRow();
		const head = document.createElement("th");
		const strong = document.createElement("strong");

		head.scope = "row";
		head.textContent = code;
		strong.textContent = `${name}.`;
		row.append(head);
		row.insertCell().append(strong, " ",
			[meaning, advice].filter(Boolean).join(" "));
	}
}

by("url").value = socketURL("/echo", location.href);
fillCodes();
listen();
