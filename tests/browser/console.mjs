/* SPDX-License-Identifier: MIT
 *
 * The JSON console against the real json-router.
 */
import assert from "node:assert/strict";

import { survivesAudit, walkByTab } from "./audit.mjs";
import { LOOKS } from "./harness.mjs";
import { comeBack, GONE, Live } from "./live.mjs";

/* --- the page's parts --------------------------------------------------- */

async function openConsole(page, origin = "")
{
	await page.goto(`${origin}/console.html`);
	await page.locator("#type:enabled").waitFor();
	return page;
}

async function send(page, message)
{
	await page.getByLabel("JSON").fill(typeof message === "string" ? message
		: JSON.stringify(message));
	await page.getByRole("button", { name: "Send" }).click();
}

async function subscribe(page, topic)
{
	await page.getByLabel("Topic", { exact: true }).fill(topic);
	await page.getByRole("button", { name: "Subscribe", exact: true }).click();
	await page.locator("#list .note",
		{ hasText: `Subscribed to ${topic}` }).first().waitFor();
}

const request = (page, text) =>
	page.locator("#list .request", { hasText: text }).first();
const events = (page) => page.locator("#list .event");

/* --- the checks --------------------------------------------------------- */

async function pairsAnswers(page)
{
	await openConsole(page);
	assert.deepEqual(await page.locator("#type option").allTextContents(),
		["ping", "subscribe", "unsubscribe", "room.say", "time"]);
	await page.getByLabel("Type").selectOption("time");
	assert.equal(await page.getByLabel("JSON").inputValue(),
		'{\n  "type": "time"\n}');
	await page.getByLabel("JSON").press("Control+Enter");
	await request(page, '"time"').locator(".answer",
		{ hasText: /"reply".*"now"/ }).waitFor();
	assert.match(await request(page, '"time"').locator(".trip").textContent(),
		/^(< 0\.1|\d+(\.\d)?) ms$/);

	/* Each answer stands with its own request, whatever their order. */
	await send(page, { type: "room.say", id: "one",
		payload: { room: "a", text: "x" } });
	await send(page, { type: "nothing", id: "two" });
	await request(page, '"one"').locator(".answer", { hasText: "reply" })
		.waitFor();
	await request(page, '"two"').locator(".answer",
		{ hasText: "Unknown message type" }).waitFor();
	await request(page, '"two"').getByText("refused").waitFor();
	await page.locator("#announce", { hasText: "Unknown message type" })
		.waitFor({ state: "attached" });
}

async function checksBeforeSending(page)
{
	const problem = page.locator("#problem");

	await openConsole(page);
	for (const [text, answer] of [
		["", "Write a message, or choose a type."],
		["{\n  \"type\": }", "not JSON: there is a mistake at line 2, column 11"],
		["{\"type\": \"ping\"", "not JSON: there is a mistake at the end"],
		["[1]", "A message is one object"],
		["{}", "A message needs a “type”"],
		["{\"type\":\"ping\",\"id\":1}", "An “id” is a text."],
	]) {
		await send(page, text);
		await problem.getByText(answer).waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.id),
			"text");
	}
	assert.equal(await page.locator("#list .request").count(), 0);
	await page.getByLabel("JSON").fill("{\"type\":\"ping\"}");
	assert.equal(await problem.textContent(), "");
}

async function followsTopics(page, live)
{
	const evil = "<img src=x onerror=alert(1)>";
	const other = await openConsole(await live.person(page));

	await openConsole(page);
	await subscribe(page, "room/a");
	await page.getByRole("button", { name: "Subscribe", exact: true }).click();
	await page.getByText("You have subscribed to room/a already.").waitFor();
	await send(other, { type: "room.say",
		payload: { room: "a", text: evil } });
	await events(page).getByText(evil).waitFor();
	assert.equal(await page.locator("#list img").count(), 0);
	await page.locator("#topics", { hasText: "1 event" }).waitFor();
	await page.getByRole("button", { name: "Unsubscribe from room/a" })
		.click();
	await page.getByText("None yet.").waitFor();

	await page.getByLabel("Topic", { exact: true }).fill("secrets");
	await page.keyboard.press("Enter");
	await page.getByText("secrets: This is not allowed.").waitFor();
	assert.equal(await page.locator("#topics li").count(), 0);
}

async function comesBack(page, live)
{
	const line = await live.line();
	const other = await openConsole(await live.person(page));
	const say = (text) => send(other, { type: "room.say",
		payload: { room: "a", text } });
	const heard = () => events(page).locator("pre").evaluateAll((all) =>
		all.map((node) => JSON.parse(node.textContent).payload.text)
			.reverse());

	await openConsole(page, line.origin);
	await subscribe(page, "room/a");
	await say("before");
	await events(page).getByText("before").waitFor();
	line.swallow();
	await send(page, { type: "ping", id: "nobody hears" });
	await request(page, "nobody hears").getByText("waiting…").waitFor();
	line.cut();
	await request(page, "nobody hears").getByText("the connection was lost")
		.waitFor();
	await page.getByText("Connection lost, trying again").waitFor();
	await send(page, { type: "ping" });
	await page.getByText("There is no connection now.").waitFor();
	await say("away 1");
	await say("away 2");
	await request(other, "away 2").locator(".answer").waitFor();
	line.mend();
	await comeBack(page);
	await events(page).getByText("away 2").waitFor();
	await say("after");
	await events(page).getByText("after").waitFor();
	assert.deepEqual(await heard(), ["before", "away 1", "away 2", "after"]);

	await live.restart(() =>
		page.getByText("trying again").waitFor());
	await comeBack(page);
	await page.getByText("Some events of room/a were missed").waitFor();
}

async function goesElsewhere(page)
{
	const url = page.getByLabel("Address");
	const connect = async (address) => {
		await url.fill(address);
		await page.getByRole("button", { name: "Connect" }).click();
	};

	await openConsole(page);
	await subscribe(page, "room/a");
	const before = await url.inputValue();

	assert.equal(before, new URL("/api", page.url()).href
		.replace("http", "ws"));
	for (const [typed, answer] of [
		["", "Begin the address with ws://"],
		["api", "Begin the address with ws://"],
		["ftp://localhost/", "ftp:// is not a WebSocket address"],
		["/api#top", "no part after #"],
	]) {
		await connect(typed);
		await page.locator("#url-error", { hasText: answer }).waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.id),
			"url");
	}
	/* Nothing has happened to the connection that there is. */
	await send(page, { type: "ping", id: "still" });
	await request(page, "still").locator(".answer").waitFor();

	await connect("/echo");
	await page.locator("#list .note", { hasText: "Connected to ws://" })
		.filter({ hasText: "/echo" }).waitFor();
	assert.equal(await page.locator("#url-error").textContent(), "");
	assert.equal(await page.locator("#topics li").count(), 0);
	assert.equal(await page.locator("#type").isDisabled(), true);
	await send(page, { type: "ahoy", id: "e" });
	await request(page, "ahoy").locator(".answer",
		{ hasText: '{"type":"ahoy","id":"e"}' }).waitFor();

	/* There is nobody: it goes on trying, and one may go back. */
	await connect("/nobody");
	await page.getByText("Not connected, trying again").waitFor();
	await connect(before);
	await page.locator("#type:enabled").waitFor();
	assert.equal(await page.locator("#banner").textContent(), "");
	await page.locator("#list .other", { hasText: "cleat-json" }).first()
		.waitFor();
}

async function standsStill(page, live)
{
	const other = await openConsole(await live.person(page));
	const say = async (text) => {
		await send(other, { type: "room.say", id: text,
			payload: { room: "a", text } });
		await request(other, text).locator(".answer").waitFor();
	};
	const heard = () => events(page).locator("pre").evaluateAll((all) =>
		all.map((node) => JSON.parse(node.textContent).payload.text)
			.reverse());

	await openConsole(page);
	await subscribe(page, "room/a");
	await say("one");
	await events(page).getByText("one").waitFor();
	await page.getByRole("button", { name: "Pause" }).click();
	await send(page, { type: "ping", id: "p" });
	await page.getByRole("button", { name: "Go on (1 new)" }).waitFor();
	await say("two");
	await say("three");
	await page.getByRole("button", { name: "Go on (3 new)" }).waitFor();
	await page.locator("#topics", { hasText: "3 events" }).waitFor();
	assert.deepEqual(await heard(), ["one"]);
	await page.getByLabel("Show").selectOption("events");
	assert.equal(await page.locator("#list > li:visible").count(), 1);
	await page.getByRole("button", { name: "Go on" }).click();
	await page.getByRole("button", { name: "Pause" }).waitFor();
	assert.deepEqual(await heard(), ["one", "two", "three"]);
	assert.equal(await page.locator("#list > li:visible").count(), 3);
	await page.getByLabel("Show").selectOption("all");
	await request(page, '"p"').locator(".answer", { hasText: "pong" })
		.waitFor();

	await page.getByRole("button", { name: "Pause" }).click();
	await say("four");
	await page.getByRole("button", { name: "Go on (1 new)" }).waitFor();
	await page.getByRole("button", { name: "Clear" }).click();
	await page.getByRole("button", { name: "Go on", exact: true }).click();
	assert.equal(await page.locator("#list > li").count(), 0);
}

async function filtersAndCopies(page, live)
{
	await page.context().grantPermissions(
		["clipboard-read", "clipboard-write"],
		{ origin: live.server.origin });
	await openConsole(page);
	await send(page, { type: "ping", id: "p" });
	await send(page, { type: "nothing", id: "n" });
	await request(page, '"n"').locator(".answer").waitFor();
	await request(page, '"p"').locator(".answer").waitFor();
	await page.getByLabel("Show").selectOption("errors");
	assert.equal(await page.locator("#list > li:visible").count(), 1);
	await page.getByLabel("Show").selectOption("requests");
	assert.equal(await page.locator("#list > li:visible").count(), 2);
	await page.getByLabel("that contains").fill("PONG");
	assert.equal(await page.locator("#list > li:visible").count(), 1);
	await page.getByRole("button", { name: "Copy" }).click();
	await page.getByRole("button", { name: "Copied" }).waitFor();
	assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
		'→ {"type":"ping","id":"p"}\n← {"type":"pong","id":"p"}');
	await page.getByLabel("that contains").fill("nowhere");
	await page.getByText("Nothing that is in the log is like that.").waitFor();
	await page.getByRole("button", { name: "Clear" }).click();
	assert.equal(await page.locator("#list > li").count(), 0);
	await page.getByText("Nothing yet.").waitFor();
}

/* The place is right: up to there it can be gone on with, behind it not. */
async function findsMistakes(page)
{
	await openConsole(page);
	assert.deepEqual(await page.evaluate(async () => {
		const { mistakeAt } = await import("/json-place.js");

		return [
			'{"a":[1,-2.5e+3,"\\u00e9\\n",true,null,{}],"b":[]} ',
			"", "{", "{a}", '{"a" 1}', '{"a":1,}', "[1 2]", "[01]",
			'"\\x"', "tru", '{"a":1}}', '["a\nb"]',
			"[".repeat(1000),
		].map((text) => {
			const at = mistakeAt(text);
			let valid = true;

			try {
				JSON.parse(text);
			} catch {
				valid = false;
			}
			return valid === (at === -1) ? at : `wrong: ${text}`;
		});
	}), [-1, 0, 1, 1, 5, 7, 3, 2, 0, 0, 7, 1, 501]);
}

async function boundsTheLog(page)
{
	await openConsole(page);
	assert.deepEqual(await page.evaluate(async () => {
		const { Log, MAX_ENTRIES } = await import("/console-model.js");
		const log = new Log();
		let gone = 0;

		for (let i = 0; i < MAX_ENTRIES + 3; i++)
			gone += log.note(`${i}`, null).gone ? 1 : 0;
		return [log.entries.length - MAX_ENTRIES, gone];
	}), [0, 3]);
}

async function worksByKeyboard(page)
{
	const order = ["Skip to the content", "Cleat", "Chat", "Board", "Console",
		"Echo", "Tutorial", "url", "Connect", "type", "text", "Send",
		"with-id", "topic", "Subscribe", "pause", "copy", "clear", "what",
		"words"];

	await openConsole(page);
	const stops = await walkByTab(page, order.length);

	assert.deepEqual(stops.map(({ name }) => name), order);
	assert.deepEqual(stops.filter(({ ring }) => !ring), []);
}

async function looksRight(page, live, label)
{
	await openConsole(page);
	await survivesAudit(page, `${label}-console-fresh`);
	await subscribe(page, "room/a");
	await send(page, { type: "room.say",
		payload: { room: "a", text: `Ahoy ${"x".repeat(200)}` } });
	await events(page).waitFor();
	await send(page, { type: "nothing" });
	await request(page, "nothing").locator(".answer").waitFor();
	await send(page, "{ \"type\": ");
	await page.locator("#problem", { hasText: "not JSON" }).waitFor();
	await survivesAudit(page, `${label}-console-busy`);
	live.kill();
	await page.getByText("trying again").waitFor();
	await survivesAudit(page, `${label}-console-lost`);
}

const CHECKS = [
	["answers stand with their requests", pairsAnswers],
	["what is no message is not sent", checksBeforeSending],
	["topics are followed, and refused", followsTopics],
	["nothing is lost while one is away, or it is said", comesBack],
	["the log is filtered, copied, cleared", filtersAndCopies],
	["the log stands still when asked to", standsStill],
	["one may talk to another server", goesElsewhere],
	["a mistake is found where it is", findsMistakes],
	["the log is bounded", boundsTheLog],
	["everything works by keyboard", worksByKeyboard],
	...LOOKS.map(([label, look]) => [`it fits and can be read: ${label}`,
		(page, live) => looksRight(page, live, label), look]),
];

export async function checkConsole(run, scratch)
{
	const live = await Live.make(scratch, "console", `
		{ path = "/echo"; handler = "echo"; }, { path = "/api";
		handler = "json-router"; config: {
		subscribe = ( { topic = "room/*"; } );
		routes = (
			{ type = "room.say"; do = "publish"; store = true;
			  topic = "room/\${payload.room}"; },
			{ type = "time"; do = "reply";
			  payload = "{\\"now\\":\\"\${time}\\"}"; }
		); }; }`);

	for (const [name, body, options] of CHECKS)
		await live.check(run, `the console: ${name}`,
			{ ...options, expect: GONE }, body);
}
