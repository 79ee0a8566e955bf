/* SPDX-License-Identifier: MIT
 *
 * The pages in www/, driven in a real browser against a real server.
 *
 * Environment: CLEATD, the server's binary; PLUGINDIR, where echo.so is;
 * EXAMPLES, where late_auth.so is; WWW, the pages; SHOTS, where pictures go.
 * Started by the script `run`.
 */
import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { survivesAudit } from "./audit.mjs";
import { checkBoard } from "./board.mjs";
import { checkChat } from "./chat.mjs";
import { chatModelChecks } from "./chat-model.mjs";
import { checkClient } from "./client.mjs";
import { checkConsole } from "./console.mjs";
import {
	connectEcho, echoChecks, openEcho, received, REFUSED, sendText, state,
} from "./echo.mjs";
import { launchBrowser, LOOKS, Runner, Server } from "./harness.mjs";

const { CLEATD, PLUGINDIR, WWW, SHOTS } = process.env;

const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "cleat-browser-"));
const config = path.join(scratch, "cleat.conf");

await fs.mkdir(SHOTS, { recursive: true });
await fs.writeFile(config, `workers = 1;
http: { root = ${JSON.stringify(WWW)}; };
plugins: { dir = ${JSON.stringify(PLUGINDIR)}; };
routes = (
  { path = "/echo"; handler = "echo"; max_message = "8 MiB"; },
  { path = "/ws"; handler = "echo"; },
  { path = "/small"; handler = "echo"; max_message = "1 KiB"; }
);
`);

/* --- the checks --------------------------------------------------------- */

async function indexPage(page)
{
	await page.goto("/");
	await page.getByRole("heading", { level: 1 }).waitFor();
	for (const link of await page.locator("a[href]").all()) {
		const href = await link.evaluate((a) => a.href);

		assert.equal((await page.request.get(href)).status(), 200, href);
	}
	assert.equal(await page.locator("#address").textContent(),
		`${server.origin.replace("http", "ws")}/echo`);
	await page.getByRole("link", { name: "Try the echo" }).click();
	await page.waitForURL("**/echo.html");
}

async function tutorialPage(page)
{
	await page.goto("/tutorial.html");
	await page.locator("#log", { hasText: "connected" }).waitFor();
	await page.getByLabel("Message").fill("Ahoy ⚓");
	await page.getByRole("button", { name: "Send" }).click();
	await page.waitForFunction(() =>
		document.getElementById("log").textContent ===
			"connected\nAhoy ⚓\n");
}

/* Every page in a state that shows the most, then asked all questions. */
async function looksRight(page, label)
{
	await page.goto("/");
	await survivesAudit(page, `${label}-index`);
	await page.goto("/tutorial.html");
	await page.getByLabel("Message").fill("Ahoy");
	await page.locator("#log", { hasText: "connected" }).waitFor();
	await page.getByRole("button", { name: "Send" }).click();
	await page.locator("#log", { hasText: "Ahoy" }).waitFor();
	await survivesAudit(page, `${label}-tutorial`);
	await openEcho(page);
	await survivesAudit(page, `${label}-echo-fresh`);
	await sendText(page, "Ahoy ⚓");
	await page.getByText("Connect first").waitFor();
	await survivesAudit(page, `${label}-echo-first`);
	await page.getByRole("button", { name: "Connect and send" }).click();
	await received(page).getByText("Ahoy").waitFor();
	await page.getByLabel("Send a file…").setInputFiles(
		path.join(WWW, "favicon.svg"));
	await received(page).locator(".hex").waitFor();
	await sendText(page, `a-word-that-no-line-can-hold-${"x".repeat(400)}`);
	await received(page).nth(2).getByText("identical").waitFor();
	await survivesAudit(page, `${label}-echo-open`);
	await page.getByText("What the close codes mean").click();
	await page.getByRole("button", { name: "Disconnect" }).click();
	await state(page, "Closed: 1000");
	await page.getByLabel("Address").fill("/small");
	await page.getByRole("button", { name: "Connect", exact: true }).click();
	await state(page, "Connected");
	await sendText(page, "x".repeat(1025));
	await state(page, "Closed: 1009");
	await survivesAudit(page, `${label}-echo-closed`);
}

async function explainsShutdown(page)
{
	await connectEcho(page);
	await sendText(page, "last words");
	await received(page).getByText("identical").waitFor();
	await Promise.all([
		server.stop(),
		state(page, "Closed: 1001, going away"),
	]);
	await page.locator("#explain", { hasText: "shutting down" }).waitFor();
	await page.getByRole("button", { name: "Connect", exact: true }).click();
	await state(page, "Could not connect");
}

async function explainsLoss(page)
{
	await connectEcho(page);
	server.child.kill("SIGKILL");
	await state(page, "Closed: 1006, connection lost");
	await page.locator("#explain", { hasText: "connect again" }).waitFor();
}

/* --- all of it ---------------------------------------------------------- */

let server;
let browser;

async function main()
{
	server = await Server.start(CLEATD, config);
	browser = await launchBrowser();
	const run = new Runner(browser, server.origin, SHOTS);

	await run.check("the index page links only to what is there", {},
		indexPage);
	await run.check("a page from any tutorial works unchanged", {},
		tutorialPage);
	for (const [name, body, options] of [...echoChecks, ...chatModelChecks])
		await run.check(name, options ?? {}, body);
	for (const [label, look] of LOOKS)
		await run.check(`the pages fit and can be read: ${label}`, look,
			(page) => looksRight(page, label));
	await run.check("a server that stops is explained (1001)",
		{ expect: REFUSED }, explainsShutdown);
	killServer();	/* it has stopped, unless that check was not run */
	server = await Server.start(CLEATD, config);
	run.baseURL = server.origin;
	await run.check("a server that dies is explained (1006)", {},
		explainsLoss);
	await checkClient(run, scratch);
	await checkBoard(run, scratch);
	await checkChat(run, scratch);
	await checkConsole(run, scratch);
	return run.finish();
}

const killServer = () => server?.child.kill("SIGKILL");

process.on("exit", killServer);	/* on Ctrl-C the browser's driver exits */
try {
	process.exitCode = await main();
} finally {
	await browser?.close();
	killServer();
	await fs.rm(scratch, { recursive: true, force: true });
}
