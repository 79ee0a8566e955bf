/* SPDX-License-Identifier: MIT
 *
 * The board page: people who draw together, lose the connection, come back.
 */
import assert from "node:assert/strict";

import { survivesAudit, walkByTab } from "./audit.mjs";
import { LOOKS } from "./harness.mjs";
import { comeBack, GONE, Live } from "./live.mjs";

const { EXAMPLES } = process.env;

/* And of a test that looks at the picture more than once. */
const EXPECTED = new RegExp(`${GONE.source}|willReadFrequently`);

/* --- the page's parts --------------------------------------------------- */

async function openBoard(page, name, origin = "")
{
	await page.goto(`${origin}/board.html?user=${encodeURIComponent(name)}`);
	await person(page, name).waitFor();
	return page;
}

const person = (page, name) =>
	page.locator("#people .who", { hasText: new RegExp(`^${name}$`) });
const count = (page, n) =>
	page.locator("#count", { hasText: new RegExp(`^${n}$`) }).waitFor();

/* Draws through points given in parts of the board's sides. */
async function draw(page, ...points)
{
	const box = await page.locator("#board").boundingBox();
	const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];

	await page.mouse.move(...at(points[0]));
	await page.mouse.down();
	for (const point of points.slice(1))
		await page.mouse.move(...at(point));
	await page.mouse.up();
}

/* How much of a part of the board, a square around a point, is drawn on. */
function inked(page, [x, y], side = 0.02)
{
	return page.evaluate(([x, y, side]) => {
		const { width, height } = document.getElementById("board");
		const { data } = document.getElementById("board").getContext("2d")
			.getImageData((x - side / 2) * width,
				(y - side / 2) * height,
				Math.ceil(side * width), Math.ceil(side * height));

		return data.filter((value, i) => i % 4 === 3 && value > 0).length;
	}, [x, y, side]);
}

async function waitForInk(page, point, there = true)
{
	const side = 0.02;

	await page.waitForFunction(([[x, y], side, there]) => {
		const canvas = document.getElementById("board");
		const { data } = canvas.getContext("2d").getImageData(
			(x - side / 2) * canvas.width, (y - side / 2) * canvas.height,
			Math.ceil(side * canvas.width),
			Math.ceil(side * canvas.height));

		return data.some((value, i) => i % 4 === 3 && value > 0) === there;
	}, [point, side, there]);
}

/* --- the checks --------------------------------------------------------- */

async function drawsTogether(page, live)
{
	const other = await openBoard(await live.person(page), "bob");

	await openBoard(page, "ann");
	await count(page, 2);
	await count(other, 2);
	await page.getByText("Nothing is drawn yet.").waitFor();
	await page.getByLabel("Red").check();
	await page.getByLabel("Width of the pen").fill("20");
	await draw(page, [0.2, 0.2], [0.5, 0.5]);
	await waitForInk(other, [0.5, 0.5]);
	assert.equal(await inked(other, [0.8, 0.8]), 0);
	assert.equal(await other.locator("#blank").isVisible(), false);
	await waitForInk(page, [0.5, 0.5]);

	/* Whoever comes later sees it, too. */
	const late = await openBoard(await live.person(page), "carl");

	await waitForInk(late, [0.5, 0.5]);
}

async function showsPens(page, live)
{
	const other = await openBoard(await live.person(page), "<i>bob</i>");
	const pen = page.locator(".pen", { hasText: "<i>bob</i>" });

	await openBoard(page, "ann");
	await count(other, 2);
	const box = await other.locator("#board").boundingBox();

	await other.mouse.move(box.x + box.width / 4, box.y + box.height / 2);
	await pen.waitFor();
	await page.waitForFunction(() => {
		const { left, top } = document.querySelector(".pen").style;

		return Math.abs(parseFloat(left) - 25) < 1 &&
			Math.abs(parseFloat(top) - 50) < 1;
	});
	assert.equal(await page.locator("#people i").count(), 0);
	await other.close();
	await pen.waitFor({ state: "detached" });
	await count(page, 1);
	await page.locator("#announce", { hasText: "has left" })
		.waitFor({ state: "attached" });
}

async function wipes(page, live)
{
	const other = await openBoard(await live.person(page), "bob");

	await openBoard(page, "ann");
	await count(page, 2);
	await draw(page, [0.3, 0.3], [0.6, 0.3]);
	await waitForInk(other, [0.5, 0.3]);
	await page.getByRole("button", { name: "Wipe the board" }).click();
	await page.getByRole("button", { name: "Leave it" }).click();
	assert.ok(await inked(page, [0.5, 0.3]) > 0);
	await page.getByRole("button", { name: "Wipe the board" }).click();
	await page.getByRole("button", { name: "Wipe it" }).click();
	await waitForInk(page, [0.5, 0.3], false);
	await waitForInk(other, [0.5, 0.3], false);
	await other.getByText("ann has wiped the board.").waitFor();
	await other.getByText("Nothing is drawn yet.").waitFor();
}

/* Lost on the way: what others drew comes, what one drew oneself leaves. */
async function comesBack(page, live)
{
	const other = await openBoard(await live.person(page), "bob");
	const line = await live.line();

	await openBoard(page, "ann", line.origin);
	await count(other, 2);
	await draw(page, [0.1, 0.1], [0.1, 0.4]);
	await waitForInk(other, [0.1, 0.3]);
	line.cut();
	await page.getByText("Connection lost, trying again in").waitFor();
	await count(other, 1);
	await draw(other, [0.5, 0.1], [0.5, 0.4]);
	await draw(page, [0.9, 0.1], [0.9, 0.4]);
	line.mend();
	await comeBack(page);
	await waitForInk(page, [0.5, 0.3]);
	await waitForInk(other, [0.9, 0.3]);
	await waitForInk(page, [0.1, 0.3]);
	await count(page, 2);
	assert.equal(await page.locator("#banner").textContent(), "");
	assert.equal(await page.locator("#told").textContent(), "");
}

async function survivesRestart(page, live)
{
	const witness = await openBoard(await live.person(page), "carl");

	await openBoard(page, "ann");
	await draw(page, [0.2, 0.2], [0.2, 0.6]);
	await waitForInk(witness, [0.2, 0.5]);
	await live.restart(async () => {
		await page.getByText(/Connection lost|Not connected/).waitFor();
		await draw(page, [0.7, 0.2], [0.7, 0.6]);
	});
	await comeBack(page);
	await page.getByText("The server no longer had all").waitFor();
	await waitForInk(page, [0.7, 0.4]);
	assert.equal(await inked(page, [0.2, 0.4]), 0);

	/* What was drawn meanwhile is on the server now. */
	const other = await openBoard(await live.person(page), "bob");

	await waitForInk(other, [0.7, 0.4]);
}

async function renames(page, live)
{
	const other = await openBoard(await live.person(page), "bob");

	await openBoard(page, "ann");
	await person(other, "ann").waitFor();
	await page.getByLabel("Your name").fill("  ");
	await page.getByRole("button", { name: "Change" }).click();
	await page.getByText("A name has at least one character.").waitFor();
	await page.getByLabel("Your name").fill("é".repeat(17));	/* 34 bytes */
	await page.keyboard.press("Enter");
	await person(other, "é".repeat(16)).waitFor();
	await person(other, "ann").waitFor({ state: "detached" });
}

async function worksByKeyboard(page)
{
	const order = ["Skip to the content", "Cleat", "Chat", "Board", "Console",
		"Echo", "Tutorial", "", "width", "wipe", "board", "name", "Change"];

	await openBoard(page, "ann");
	await page.locator("#board").focus();
	for (let i = 0; i < 4; i++)
		await page.keyboard.press("Shift+ArrowLeft");
	await page.locator("#own-pen").waitFor();
	await page.keyboard.press("Space");
	for (let i = 0; i < 4; i++)
		await page.keyboard.press("Shift+ArrowUp");
	await page.keyboard.press("Space");
	await page.keyboard.press("Shift+ArrowUp");
	await waitForInk(page, [0.3, 0.4]);
	assert.equal(await inked(page, [0.3, 0.25]), 0);
	await page.locator("#announce", { hasText: "Pen" })
		.waitFor({ state: "attached" });
	await page.reload();
	await waitForInk(page, [0.3, 0.4]);
	const stops = await walkByTab(page, order.length);

	assert.deepEqual(stops.map(({ name }) => name), order);
	assert.deepEqual(stops.filter(({ ring, name }) => !ring && name !== ""),
		[]);
}

/* Longer than one message may be: in pieces, without a hole. */
async function drawsLongLines(page, live)
{
	const other = await openBoard(await live.person(page), "bob");
	const points = Array.from({ length: 450 }, (_, i) =>
		[0.1 + 0.8 * i / 449, 0.5]);

	await openBoard(page, "ann");
	await draw(page, ...points);
	await waitForInk(other, [0.9, 0.5]);
	for (let x = 0.1; x < 0.9; x += 0.01)
		assert.ok(await inked(other, [x, 0.5]) > 0, `a hole at ${x}`);
}

async function looksRight(page, live, label)
{
	const other = await openBoard(await live.person(page),
		"Bartholomew of the long names");

	await openBoard(page, "ann");
	await count(page, 2);
	await survivesAudit(page, `${label}-board-empty`);
	for (const [i, colour] of ["Ink", "Red", "Orange", "Green", "Teal",
		"Blue", "Violet", "Grey"].entries()) {
		await page.getByLabel(colour).check();
		await draw(page, [0.15, 0.1 + i * 0.1], [0.5, 0.15 + i * 0.1],
			[0.6, 0.1 + i * 0.1]);
	}
	const box = await other.locator("#board").boundingBox();

	await other.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2);
	await page.locator(".pen").waitFor();
	await survivesAudit(page, `${label}-board-drawn`);
	live.kill();
	await page.getByText(/Connection lost|Not connected/).waitFor();
	await survivesAudit(page, `${label}-board-lost`);
}

const CHECKS = [
	["what one draws the others see, now and later", drawsTogether],
	["the pens of the others move, and go with them", showsPens],
	["it is wiped for everybody, after a question", wipes],
	["nothing is lost while one is away", comesBack],
	["a server that starts anew is told", survivesRestart],
	["a name is given anew, and fits", renames],
	["everything works by keyboard", worksByKeyboard],
	["long lines have no holes", drawsLongLines],
	...LOOKS.map(([label, look]) => [`it fits and can be read: ${label}`,
		(page, live) => looksRight(page, live, label),
		look]),
];

export async function checkBoard(run, scratch)
{
	const live = await Live.make(scratch, "board", `{ path = "/board";
		handler = ${JSON.stringify(`${EXAMPLES}/board.so`)};
		history_messages = 1000; }`);

	for (const [name, body, options] of CHECKS)
		await live.check(run, `the board: ${name}`,
			{ ...options, expect: EXPECTED }, body);
}
