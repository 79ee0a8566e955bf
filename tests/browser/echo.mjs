/* SPDX-License-Identifier: MIT
 *
 * The echo page: what a reader may do with it, and what it must then say.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";

import { walkByTab } from "./audit.mjs";

/* What a browser prints, whatever the page does, when a handshake fails. */
export const REFUSED = /WebSocket connection to .* failed/;

/* --- the page's parts --------------------------------------------------- */

export const state = (page, text) =>
	page.locator("#state", { hasText: text }).waitFor();
export const received = (page) => page.locator("#list .received");

export async function openEcho(page, target = null)
{
	await page.goto("/echo.html");
	if (target)
		await page.getByLabel("Address").fill(target);
}

export async function connectEcho(page, target = null)
{
	await openEcho(page, target);
	await page.getByRole("button", { name: "Connect", exact: true }).click();
	await state(page, "Connected");
}

export async function sendText(page, text)
{
	await page.getByLabel("Text", { exact: true }).fill(text);
	await page.getByRole("button", { name: "Send text" }).click();
}

/* --- the checks --------------------------------------------------------- */

async function showsConnection(page)
{
	await openEcho(page);
	await state(page, "Not connected");
	assert.equal(await page.getByLabel("Address").inputValue(),
		new URL("/echo", page.url()).href.replace("http", "ws"));
	await page.getByRole("button", { name: "Connect", exact: true }).click();
	await state(page, "Connected");
	await page.getByRole("button", { name: "Disconnect" }).click();
	await state(page, "Closed: 1000, normal closure");
	await page.getByText("One side was done and said so.")
		.first().waitFor();
}

async function echoesText(page)
{
	const text = "Ahoy, 船! 👩‍🚀⚓\nsecond line";
	const box = page.getByLabel("Text", { exact: true });

	await connectEcho(page);
	await box.focus();
	await page.keyboard.insertText("Ahoy, 船! 👩‍🚀⚓");
	await page.keyboard.press("Enter");
	await page.keyboard.insertText("second line");
	assert.equal(await received(page).count(), 0, "Enter alone sent it");
	await page.keyboard.press("Control+Enter");
	await received(page).getByText("identical").waitFor();
	assert.equal(await received(page).locator("pre").textContent(), text);
	assert.match(await received(page).locator(".size").textContent(),
		new RegExp(`^${Buffer.byteLength(text)} bytes$`));
	assert.match(await received(page).locator(".trip").textContent(),
		/^(< 0\.1|\d+(\.\d)?) ms$/);
	assert.match(await page.locator("#median").textContent(), / ms$/);

	/* The text stays selected: typing replaces it. */
	await page.keyboard.insertText("again");
	assert.equal(await box.inputValue(), "again");
	await page.getByRole("button", { name: "Send text" }).click();
	await received(page).locator("pre", { hasText: /^again$/ }).waitFor();
}

async function echoesOddTexts(page)
{
	const long = "All hands on deck. ".repeat(20_000);

	await connectEcho(page);
	await sendText(page, "");
	await received(page).getByText("an empty message").waitFor();
	await sendText(page, "<img src=x onerror=alert(1)>");
	await received(page).getByText("<img src=x").waitFor();
	await sendText(page, long);
	await received(page).getByText("characters more").waitFor();
	assert.equal((await saved(page)).toString(), long);
}

/* What the newest "Save" link gives. */
async function saved(page)
{
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		received(page).locator(".save").first().click(),
	]);

	return fs.readFile(await download.path());
}

async function echoesFiles(page)
{
	const bytes = randomBytes(1_000_001);
	const send = (name, buffer) => page.getByLabel("Send a file…")
		.setInputFiles({ name, mimeType: "application/x-any", buffer });

	bytes.write("Cleat\0\x7f!", 0, "latin1");
	await connectEcho(page);
	await send("hull.bin", bytes);
	await received(page).getByText("identical").waitFor();
	assert.match(await received(page).locator(".hex").textContent(),
		/^0000 {2}43 6c 65 61 74 00 7f 21 {2}Cleat··!\n/);
	assert.deepEqual(await saved(page), bytes);
	await send("empty.bin", Buffer.alloc(0));
	await received(page).getByText("an empty message").waitFor();
	await page.waitForFunction(() => document.querySelectorAll(
		'.verdict[data-same="true"]').length === 2);
}

async function asksToConnectFirst(page)
{
	await openEcho(page);
	await page.getByLabel("Text", { exact: true }).fill("too early");
	await page.keyboard.press("Control+Enter");
	await page.getByRole("alert").getByText("Connect first").waitFor();
	await page.keyboard.press("Enter");	/* the focus is on the button */
	await state(page, "Connected");
	await received(page).getByText("too early").waitFor();
	assert.equal(await page.locator("#notice").isVisible(), false);
}

async function explainsBadAddresses(page)
{
	const error = page.locator("#url-error");

	for (const [typed, answer] of [
		["localhost:8080/echo", "Begin the address with ws://"],
		["ftp://localhost/", "ftp:// is not a WebSocket address"],
		["ws://[oops/", "cannot be read"],
		["/echo#top", "no part after #"],
	]) {
		await openEcho(page, typed);
		await page.keyboard.press("Enter");
		await error.getByText(answer).waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.id),
			"url");
	}
	await page.getByLabel("Address").fill("/nobody-is-here");
	await page.keyboard.press("Enter");
	await state(page, "Could not connect");
	await page.locator("#explain", { hasText: "server's log" }).waitFor();
	assert.equal(await error.textContent(), "");

	/* A path alone, and http for ws, are understood. */
	await page.getByLabel("Address").fill(
		new URL("/ws", page.url()).href);
	await page.keyboard.press("Enter");
	await state(page, "Connected");
}

async function explainsTooBig(page)
{
	await connectEcho(page, "/small");
	await sendText(page, "x".repeat(1024));
	await received(page).getByText("identical").waitFor();
	await sendText(page, "x".repeat(1025));
	await state(page, "Closed: 1009, message too big");
	await page.locator("#explain", { hasText: "max_message" }).waitFor();
	await page.locator("#list .event", { hasText: "1009" }).waitFor();
}

async function asksBeforeBigMessages(page)
{
	const file = { name: "big.bin", mimeType: "application/x-any",
		buffer: randomBytes(3 * 1024 * 1024) };
	const sent = page.locator("#sent");
	const question = page.getByRole("alert").getByText("1 MiB unless");
	const anyway = page.getByRole("button", { name: "Send it anyway" });

	await connectEcho(page);
	await page.getByLabel("Send a file…").setInputFiles(file);
	await question.waitFor();
	await page.getByRole("button", { name: "Leave it" }).click();
	assert.equal(await sent.textContent(), "0");
	await page.getByLabel("Send a file…").setInputFiles(file);
	await anyway.click();
	await received(page).getByText("identical").waitFor();
	assert.deepEqual(await saved(page), file.buffer);

	/* What has come back once is sent without a question. */
	await page.getByLabel("Send a file…").setInputFiles(file);
	await received(page).nth(1).getByText("identical").waitFor();

	/* Above the server's limit the answer is 1009, at once or midway. */
	await sendText(page, "x".repeat(9 * 1024 * 1024));
	await anyway.click();
	await state(page, "Closed: 1009, message too big");
}

/* The page's table has the rows of the server's own, under the same names. */
async function knowsTheServersCodes(page)
{
	const table = await fs.readFile(path.join(process.env.WWW,
		"../server/wire/ws.def"), "utf8");
	const rows = table.matchAll(
		/^WS_CODE\(\w+,\s*(\d+),.*"([^"]+)"\)$/gm);
	const theirs = [...rows].map(([, code, name]) => [Number(code), name])
		.filter(([, name]) => name !== "reserved");

	await openEcho(page);
	assert.ok(theirs.length > 10);
	assert.deepEqual(await page.evaluate(async () => {
		const { CLOSE_CODES } = await import("/cleat.js");

		return [...CLOSE_CODES].map(([code, { name }]) => [code, name]);
	}), theirs);
}

/* Servers that do not echo: played by the test, inside the browser. */
async function tellsWhatIsNotAnEcho(page)
{
	await page.routeWebSocket("**/other", (socket) => {
		socket.send("unasked");
		socket.onMessage((text) => {
			if (text === "bye")
				socket.close({ code: 4711, reason: "come again" });
			else
				socket.send(text.toUpperCase());
		});
	});
	await connectEcho(page, "/other");
	await received(page).getByText("unasked").waitFor();
	assert.equal(await received(page).locator(".trip").count(), 0);
	await sendText(page, "ahoy");
	await received(page).getByText("differs").waitFor();
	await sendText(page, "bye");
	await state(page, "Closed: 4711, private code");
	await page.locator("#explain", { hasText: "“come again”" }).waitFor();
}

async function stopsPairingInTime(page)
{
	await page.routeWebSocket("**/silent", (socket) => {
		socket.onMessage((text) => {
			if (text === "speak")
				socket.send(text);
		});
	});
	await connectEcho(page, "/silent");
	await page.getByLabel("Text", { exact: true }).focus();
	for (let i = 0; i < 501; i++)
		await page.keyboard.press("Control+Enter");
	await sendText(page, "speak");
	await received(page).waitFor();
	assert.equal(await received(page).locator(".trip").count(), 0);
}

async function boundsTheList(page)
{
	const exchanges = 260;	/* two rows each: above 500 */

	await connectEcho(page);
	await page.getByLabel("Text", { exact: true }).focus();
	for (let i = 0; i < exchanges; i++)
		await page.keyboard.press("Control+Enter");
	await page.locator("#received", { hasText: `${exchanges}` }).waitFor();
	assert.equal(await page.locator("#list > li").count(), 500);
	await page.getByRole("button", { name: "Clear list" }).click();
	assert.equal(await page.locator("#list > li").count(), 0);
	await page.getByText("Nothing yet.").waitFor();
	assert.equal(await page.locator("#received").textContent(), "0");
}

async function worksByKeyboard(page)
{
	const order = ["Skip to the content", "Cleat", "Chat", "Board",
		"Console", "Echo", "Tutorial", "url", "toggle", "text", "Send text", "file", "clear",
		"What the close codes mean"];

	await openEcho(page);
	const stops = await walkByTab(page, order.length);

	assert.deepEqual(stops.map(({ name }) => name), order);
	assert.deepEqual(stops.filter(({ ring }) => !ring), []);
	await page.keyboard.press("Enter");	/* opens the table of codes */
	await page.getByRole("rowheader", { name: "1009" }).waitFor();

	await openEcho(page);
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");	/* the skip link */
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");	/* in the address: connects */
	await state(page, "Connected");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Tab");
	await page.keyboard.type("no mouse on board");
	await page.keyboard.press("Control+Enter");
	await received(page).getByText("identical").waitFor();
	await page.locator("#announce", { hasText: "Received text" })
		.waitFor({ state: "attached" });
	await page.keyboard.press("Shift+Tab");
	await page.keyboard.press("Space");	/* Disconnect */
	await state(page, "Closed: 1000");
}

async function staysStill(page)
{
	await openEcho(page);
	const moving = await page.evaluate(() => {
		document.getElementById("status").dataset.state = "connecting";
		return document.getAnimations().length;
	});

	assert.equal(moving, 0);
}

/* Each row: name, function, options of the browser context. */
export const echoChecks = [
	["the state of the connection is always in words", showsConnection],
	["text comes back with its round trip", echoesText],
	["empty, hostile and long texts come back", echoesOddTexts],
	["files come back byte for byte", echoesFiles],
	["who sends too early is told to connect first", asksToConnectFirst],
	["a bad address is answered with what to do", explainsBadAddresses,
		{ expect: REFUSED }],
	["a message above the limit is explained (1009)", explainsTooBig],
	["a big message is sent only after a question", asksBeforeBigMessages],
	["the close codes are those of the server", knowsTheServersCodes],
	["what is not an echo is told apart", tellsWhatIsNotAnEcho],
	["round trips end where a server is silent", stopsPairingInTime],
	["the list is bounded, and can be cleared", boundsTheList],
	["everything works by keyboard", worksByKeyboard],
	["nothing moves for those who want no motion", staysStill,
		{ reducedMotion: "reduce" }],
];
