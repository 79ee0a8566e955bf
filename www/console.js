/* SPDX-License-Identifier: MIT
 *
 * The JSON console: what is sent to json-router (docs/JSON.md), what it
 * answers, and the events of the topics that one has subscribed to. Other
 * handlers that speak JSON do as well: who says no hello names no types.
 */
import { connect } from "./cleat.js";
import { check, Log, matches, plain, template } from "./console-model.js";
import { announcer, button, by, element } from "./dom.js";
import { watchLink } from "./link-banner.js";
import { formatDuration, formatTime, socketURL } from "./page.js";

const log = new Log();
const nodes = new Map();	/* entry → its row */
const topics = new Map();	/* topic → { subscription, node, count } */
const announce = announcer(by("announce"), (texts) =>
	`${texts.length} messages, the last: ${texts.at(-1)}`);

let client = null;
let leave = () => {};	/* ends what there is of the connection */
let nextId = 1;
let paused = false;
let unseen = 0;	/* entries that came meanwhile */

/* --- the log ------------------------------------------------------------ */

const TITLES = { request: "Sent", event: "Event", message: "Received" };

const STATES = { waiting: "waiting…", refused: "refused",
	lost: "no answer: the connection was lost" };

function row(entry)
{
	const time = element("time", "", formatTime(entry.at));

	if (entry.kind === "note")
		return element("li", "note", entry.text, time);

	const words = STATES[entry.state];
	const node = element("li", `message ${entry.kind === "message" ? "other"
		: entry.kind}${entry.failed ? " failed" : ""}`,
	element("div", "meta", element("span", "direction", TITLES[entry.kind]),
		time, Boolean(words) && element("span", "state", words),
		entry.ms !== undefined && element("span", "trip verdict",
			formatDuration(entry.ms))),
	element("pre", "text", entry.text));

	node.dataset.state = entry.state ?? "";
	if (entry.answer)
		node.append(element("pre", "text answer", entry.answer));
	return node;
}

function show({ entry, gone, fresh })
{
	if (paused) {
		unseen += fresh ? 1 : 0;
		showPause();
		return;
	}

	const node = row(entry);

	if (fresh)
		by("list").prepend(node);
	else
		nodes.get(entry)?.replaceWith(node);
	nodes.set(entry, node);
	nodes.get(gone)?.remove();
	nodes.delete(gone);
	fit(entry);
	showEmpty();
}

function fit(entry)
{
	const node = nodes.get(entry);

	if (node)	/* none while it is paused */
		node.hidden = !matches(entry, by("what").value, by("words").value);
}

function shown()
{
	return log.entries.filter((entry) => nodes.get(entry)?.hidden === false);
}

function showPause()
{
	by("pause").textContent = paused
		? `Go on${unseen > 0 ? ` (${unseen.toLocaleString("en")} new)` : ""}`
		: "Pause";
}

/* Nothing moves while it is paused; then all that has become of it is shown. */
function pause(on)
{
	paused = on;
	unseen = 0;
	showPause();
	if (on)
		return;
	nodes.clear();
	by("list").replaceChildren();
	for (const entry of log.entries)
		show({ entry, gone: null, fresh: true });
}

function clear()
{
	log.clear();
	nodes.clear();
	unseen = 0;
	showPause();
	by("list").replaceChildren();
	showEmpty();
}

function showEmpty()
{
	by("empty").hidden = shown().length > 0;
	by("empty").textContent = log.entries.length > 0
		? "Nothing that is in the log is like that."
		: "Nothing yet. Send a message, or subscribe to a topic.";
}

function note(text)
{
	show(log.note(text, new Date()));
}

function take(json)
{
	const change = log.received(json, new Date(), performance.now());

	show(change);
	if (paused)
		return;
	announce(change.fresh ? `${json.type} ${json.topic ?? ""}`.trim()
		: `${json.type === "error" ? json.message : "answered"}, after ${
			formatDuration(change.entry.ms)}`);
}

/* A page that was not served over https, or localhost, has no clipboard. */
async function copy()
{
	const text = plain(shown());

	try {
		await navigator.clipboard.writeText(text);
		announce("Copied");
		by("copy").textContent = "Copied";
		setTimeout(() => {
			by("copy").textContent = "Copy";
		}, 2000);
	} catch {
		getSelection().selectAllChildren(by("list"));
		announce("The list is selected: copy it with the keys");
	}
}

/* --- sending ------------------------------------------------------------ */

function complain(text)
{
	by("problem").textContent = text;
	by("text").setAttribute("aria-invalid", text !== "");
}

function send()
{
	const { value, problem } = check(by("text").value);

	complain(problem ?? "");
	if (problem) {
		by("text").focus();
		return;
	}
	if (client.state !== "open") {
		complain("There is no connection now. Send it when it is back.");
		return;
	}
	if (by("with-id").checked && value.id === undefined)
		value.id = `c${nextId++}`;
	client.send(value);
	show(log.sent(value, new Date(), performance.now()));
}

/* Keeps the choice when the server comes back with other types. */
function fillTypes({ types = [] })
{
	const before = by("type").value;

	by("type").replaceChildren(...types.map((type) => new Option(type)));
	by("type").disabled = types.length === 0;
	if (types.includes(before))
		by("type").value = before;
	else if (types.length > 0)
		by("type").value = types.at(-1);
	if (by("text").value === "" && types.length > 0)
		by("text").value = template(by("type").value);
}

/* --- subscriptions ------------------------------------------------------ */

function showTopics()
{
	by("no-topics").hidden = topics.size > 0;
	by("topics").replaceChildren(...[...topics].map(([topic, held]) => {
		const stop = button("Unsubscribe", "quiet", () => unsubscribe(topic));

		stop.setAttribute("aria-label", `Unsubscribe from ${topic}`);
		held.node = element("span", "count", countWords(held.count));
		return element("li", "", element("code", "", topic), held.node, stop);
	}));
}

function countWords(count)
{
	return count === 1 ? "1 event" : `${count.toLocaleString("en")} events`;
}

async function subscribe()
{
	const topic = by("topic").value.trim();
	const refuse = (text) => {
		by("topic-error").textContent = text;
		by("topic").setAttribute("aria-invalid", text !== "");
	};

	refuse("");
	if (topic === "") {
		refuse("A topic has a name.");
		return;
	}
	if (topics.has(topic)) {
		refuse(`You have subscribed to ${topic} already.`);
		return;
	}
	const subscription = client.subscribe(topic, (payload, event) => {
		const held = topics.get(topic);

		take(event);
		held.node.textContent = countWords(++held.count);
	});

	topics.set(topic, { subscription, node: null, count: 0 });
	showTopics();
	try {
		await subscription.ready;
		note(`Subscribed to ${topic}`);
	} catch (error) {
		if (error.code !== "closed")
			refuse(`${topic}: ${error.message}.`);
	}
}

function unsubscribe(topic)
{
	topics.get(topic).subscription.stop();
	topics.delete(topic);
	showTopics();
	by("topic").focus();
	note(`Unsubscribed from ${topic}`);
}

/* --- the connection ----------------------------------------------------- */

function talkTo(address)
{
	leave();
	client = connect(address);

	const off = [
		client.on("open", () => note(`Connected to ${address}`)),
		client.on("close", ({ code, opened, reason }) => {
			lose();
			if (opened)
				note(`Connection ended: ${code}${
					reason && `, “${reason}”`}`);
		}),
		client.on("message", ({ data, json }) => {
			if (json?.type === "hello")
				fillTypes(json);
			if (json)
				take(json);
			else
				show(log.strange(data, new Date()));
		}),
		client.on("gap", ({ name }) => note(`Some events of ${
			name} were missed: the server no longer has them`)),
		client.on("refused", ({ name }) => {
			topics.delete(name);
			showTopics();
		}),
		watchLink(client, by("banner")),
	];

	leave = () => {
		const wasOpen = client.state === "open";

		off.forEach((stop) => stop());
		client.close();
		lose();
		if (wasOpen)
			note("Disconnected");
		topics.clear();
		showTopics();
		fillTypes({});
	};
}

/* Nobody answers what waits. */
function lose()
{
	for (const entry of log.lost())
		show({ entry, gone: null, fresh: false });
}

/* A page of https may use ws only for the machine that it is on. */
function addressOf(typed)
{
	const url = new URL(socketURL(typed, location.href));

	if (location.protocol === "https:" && url.protocol === "ws:" &&
	    !/^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname))
		throw new Error("A page loaded over https may only use wss:// " +
			"addresses.");
	return url.href;
}

function goTo(typed)
{
	let problem = "";

	try {
		talkTo(addressOf(typed));
	} catch (error) {
		problem = error.message;
		by("url").focus();
	}
	by("url-error").textContent = problem;
	by("url").setAttribute("aria-invalid", problem !== "");
}

/* --- what the reader does ----------------------------------------------- */

function listen()
{
	by("connection").addEventListener("submit", (event) => {
		event.preventDefault();
		goTo(by("url").value.trim());
	});
	by("compose").addEventListener("submit", (event) => {
		event.preventDefault();
		send();
	});
	by("text").addEventListener("keydown", (event) => {
		if (event.key === "Enter" && (event.ctrlKey || event.metaKey) &&
		    !event.repeat) {
			event.preventDefault();
			send();
		}
	});
	by("text").addEventListener("input", () => {
		if (by("problem").textContent)
			complain(check(by("text").value).problem ?? "");
	});
	by("type").addEventListener("change", () => {
		by("text").value = template(by("type").value);
		complain("");
	});
	by("subscribe").addEventListener("submit", (event) => {
		event.preventDefault();
		subscribe();
	});
	for (const id of ["what", "words"])
		by(id).addEventListener("input", () => {
			log.entries.forEach(fit);
			showEmpty();
		});
	by("pause").addEventListener("click", () => pause(!paused));
	by("copy").addEventListener("click", copy);
	by("clear").addEventListener("click", clear);
}

listen();
by("url").value = addressOf("/api");
talkTo(by("url").value);
