/* SPDX-License-Identifier: MIT
 *
 * The client module www/cleat.js in a real browser, against a real server that
 * stops, dies and comes back. What needs no browser is tested in tests/client.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";

import { launchBrowser, Server } from "./harness.mjs";

const { CLEATD, PLUGINDIR, EXAMPLES, WWW } = process.env;

/* What a browser prints of attempts that fail, and of servers that go. */
const FAILED = /WebSocket (connection to .* failed|is closed before)|ERR_/;
const SOON = { backoff: { first: 50, max: 200 } };

let server;
let config;

async function start(listen)
{
	server = await Server.start(CLEATD, config, listen);
}

const restart = () => start(new URL(server.origin).host);

/* A page with `client`, connected, and `told`: [event, argument], as they come. */
async function connectPage(page, address, options = {})
{
	await page.goto("/");
	await page.evaluate(async ([address, options]) => {
		const { connect } = await import("/cleat.js");

		globalThis.told = [];
		globalThis.client = connect(address, { ...options,
			token: globalThis.token });
		for (const type of ["state", "open", "close", "message", "gap",
			"refused"])
			client.on(type, (event) => told.push([type, event]));
	}, [address, options]);
}

const inState = (page, state) =>
	page.waitForFunction((s) => client.state === s, state);
const heard = (page, text) => page.waitForFunction((t) => told.some(
	([type, event]) => type === "message" && event.data === t), text);
const closed = (page) => page.evaluate(() =>
	told.filter(([type]) => type === "close").map(([, { code }]) => code));

/* --- the checks --------------------------------------------------------- */

async function comesBack(page)
{
	await connectPage(page, "/echo", SOON);
	await inState(page, "open");
	for (const end of [() => server.stop(),
		() => server.child.kill("SIGKILL")]) {
		await Promise.all([end(), page.waitForFunction(() =>
			client.state === "waiting")]);
		await server.exited;
		const text = await page.evaluate(() => {
			const said = `while away ${told.length}`;

			client.send(said);
			return said;
		});

		await restart();
		await heard(page, text);
		await inState(page, "open");
	}
	const codes = await closed(page);

	assert.equal(codes[0], 1001);
	assert.ok(codes.slice(1).every((code) => code === 1006), `${codes}`);
	assert.deepEqual(await page.evaluate(() => told.filter(([type]) =>
		type === "message").length), 2, "each once");
}

async function echoesBytes(page)
{
	await connectPage(page, "/echo");
	await page.waitForFunction(async () => {
		const bytes = Uint8Array.from({ length: 100_000 },
			(_, i) => i * 7 >> 3);
		const answer = new Promise((resolve) => client.on("message",
			({ data }) => resolve(new Uint8Array(data))));

		client.send(bytes.subarray(5));	/* waits: it is not open yet */
		bytes.fill(0, 0, 5);
		const echo = await answer;

		return echo.length === 99_995 &&
			echo.every((byte, i) => byte === bytes[i + 5]);
	});
}

async function holdsBack(page)
{
	await connectPage(page, "/echo", { highWater: 100_000,
		queue: { messages: 3 } });
	await inState(page, "open");
	const result = await page.evaluate(async () => {
		const chunk = "x".repeat(300_000);
		let held = 0;
		let full = false;

		while (!full)
			try {
				held += client.send(chunk) ? 0 : 1;
			} catch ({ code }) {
				full = code === "full";
			}
		await client.drained();
		return { held, left: client.bufferedAmount };
	});

	assert.deepEqual(result, { held: 3, left: 0 });
	await page.evaluate(() => client.close());
}

/* A network that goes and comes, as the browser plays it. */
async function noticesTheNetwork(page)
{
	await connectPage(page, "/echo", { ...SOON,
		heartbeat: { every: 60_000, timeout: 500, message: "beat" } });
	await inState(page, "open");
	server.child.kill("SIGSTOP");	/* one on this host would still answer */
	await page.context().setOffline(true);
	await inState(page, "offline");
	await page.evaluate(() => client.send("from the boat"));
	server.child.kill("SIGCONT");
	await page.context().setOffline(false);
	await heard(page, "from the boat");
	await inState(page, "open");
}

async function signsIn(page)
{
	await page.addInitScript(() => {
		let asked = 0;

		globalThis.token = async () => {
			if (++asked === 2)	/* as a sign-in would */
				document.cookie = "sid=abc; SameSite=Strict";
			return `secret-${asked}`;
		};
	});
	await connectPage(page, "/me", SOON);
	await heard(page, "hello, ann");
	assert.deepEqual(await closed(page), [4401]);
	assert.ok(!(await page.evaluate(() =>
		JSON.stringify([told, client.url]))).includes("secret"));
}

/* What a route's auth asks for, in the ways that a page has; a token that is
 * wrong is asked for anew, and none of them is told to anybody. */
async function bringsItsToken(page)
{
	await page.addInitScript(() => {
		let asked = 0;

		globalThis.token = async () =>
			++asked % 2 === 1 ? `stale-${asked}` : "page-secret";
	});
	for (const [address, options] of [["/by-query", {}],
		["/by-protocol", { tokenAs: "protocol", protocols: ["chat"] }]]) {
		await connectPage(page, address, { ...SOON, ...options });
		await inState(page, "open");
		await page.evaluate(() => client.send("let me in"));
		await heard(page, "let me in");
		assert.deepEqual(await closed(page), [4401]);
	}
	assert.ok(!/page-secret|stale-/.test(server.log), server.log);
}

/*
 * A page put into the back/forward cache, which the driver switches off in its
 * browsers; one restored from there tells of no "load".
 */
async function comesBackWithThePage()
{
	const browser = await launchBrowser(
		{ ignoreDefaultArgs: ["--disable-back-forward-cache"] });

	try {
		const page = await browser.newPage({ baseURL: server.origin });

		await connectPage(page, "/echo", { backoff: { first: 1e6, max: 1e6 } });
		await inState(page, "open");
		await page.goto("/tutorial.html");
		await page.goBack({ waitUntil: "commit" });
		await inState(page, "open");
		assert.deepEqual(await closed(page), [1001], "it was kept");
	} finally {
		await browser.close();
	}
}

/*
 * A network between page and server that breaks each connection after a few
 * thousand bytes to the page, in the midst of a frame like as not.
 */
async function startBadNetwork()
{
	const sockets = new Set();
	let seed = 1;
	const network = net.createServer((near) => {
		const far = net.connect(new URL(server.origin).port, "127.0.0.1");
		let left = 1500 + (seed = seed * 48271 % 2147483647) % 2000;
		const end = () => [near, far].forEach((s) => s.destroy());

		for (const socket of [near, far]) {
			sockets.add(socket);
			socket.on("close", end).on("error", end);
		}
		near.pipe(far);
		far.on("data", (data) => {
			near.write(data.subarray(0, left));
			left -= data.length;
			if (left <= 0)
				near.destroySoon();
		});
	});

	await new Promise((resolve) => network.listen(0, "127.0.0.1", resolve));
	return {
		url: `ws://127.0.0.1:${network.address().port}`,
		stop: () => {
			network.close();
			sockets.forEach((s) => s.destroy());
		},
	};
}

async function losesNothing(page)
{
	const network = await startBadNetwork();

	try {
		await connectPage(page, `${network.url}/api`, { ...SOON, hello: true });
		await page.evaluate(async () => {
			const { connect } = await import("/cleat.js");

			globalThis.news = [];
			globalThis.writer = connect("/api", { hello: true });
			await client.subscribe("news", ({ n }) => news.push(n)).ready;
			for (let n = 0; n < 300; n++)
				await writer.call("say", { n });
		});
		await page.waitForFunction(() => news.length >= 300);
		const [heard, gaps] = await page.evaluate(() => [news,
			told.filter(([type]) => type === "gap")]);

		assert.deepEqual(heard, Array.from({ length: 300 }, (_, n) => n));
		assert.deepEqual(gaps, []);
		assert.ok((await closed(page)).length > 5, "it was cut often");
	} finally {
		network.stop();
	}
}

/* What is said again after a loss is known by its id. */
async function saysEachOnce(page)
{
	const network = await startBadNetwork();

	try {
		await connectPage(page, "/chat", { hello: true });
		await page.evaluate(async ([url, options]) => {
			const { connect } = await import("/cleat.js");
			const lobby = (message) => ({
				enter: (since) => ({ type: "join", room: "lobby",
					since: since ?? undefined }),
				accepts: (m) => m.type === "message",
				message,
			});

			globalThis.texts = [];
			globalThis.again = 0;
			globalThis.writer = connect(`${url}/chat`, options);
			await client.follow("lobby", lobby(({ text }) =>
				texts.push(text))).ready;
			await writer.follow("lobby", lobby(() => {})).ready;
			writer.on("close", () => again++);
			for (let n = 0; n < 100; n++)
				await writer.request("say", { room: "lobby",
					text: `${n}` }, { idempotent: true,
					answer: "ack" });
		}, [network.url, { ...SOON, hello: true }]);
		await page.waitForFunction(() => texts.includes("99"));
		const [heard, again] = await page.evaluate(() => [texts, again]);

		assert.deepEqual(heard, Array.from({ length: 100 }, (_, n) => `${n}`));
		assert.ok(again > 5, "it was cut often");
	} finally {
		network.stop();
	}
}

async function tellsWhatIsLost(page)
{
	await connectPage(page, "/api", { ...SOON, hello: true });
	await page.evaluate(async () => {
		globalThis.news = [];
		await client.subscribe("news", ({ n }) => news.push(n)).ready;
		await client.call("say", { n: 1 });
	});
	await page.waitForFunction(() => news.length === 1);
	await server.stop();
	await restart();
	await page.waitForFunction(() => told.some(([type, { name }]) =>
		type === "gap" && name === "news"));
	await page.evaluate(() => client.call("say", { n: 2 }));
	await page.waitForFunction(() => `${news}` === "1,2");
	await page.evaluate(() => client.subscribe("secret", () => {}));
	await page.waitForFunction(() => told.some(([type, { name }]) =>
		type === "refused" && name === "secret"));
}

async function staysAway(page)
{
	await connectPage(page, "/elsewhere", SOON);
	await inState(page, "closed");
	assert.deepEqual(await closed(page), [4403]);
	await connectPage(page, "/small", SOON);
	await page.evaluate(() => client.send("x".repeat(1025)));
	await inState(page, "closed");
	assert.deepEqual(await closed(page), [1009]);
}

/* --- all of them -------------------------------------------------------- */

const CHECKS = [
	["comes back when the server stops and when it dies", comesBack,
		{ expect: FAILED }],
	["sends and gets bytes", echoesBytes],
	["holds back what the socket cannot take", holdsBack],
	["notices that the network goes, and comes", noticesTheNetwork,
		{ expect: FAILED }],
	["asks for a new token when the server wants one", signsIn],
	["brings the token that a route asks for", bringsItsToken],
	["lets the browser keep its page, and comes back with it",
		comesBackWithThePage],
	["loses and doubles nothing on a network that breaks", losesNothing,
		{ expect: FAILED, bypassCSP: true }],	/* another port */
	["says each thing once on a network that breaks", saysEachOnce,
		{ expect: FAILED, bypassCSP: true }],
	["tells what a server has forgotten, and what it refuses",
		tellsWhatIsLost, { expect: FAILED }],
	["stays away when it is told to", staysAway],
];

export async function checkClient(run, scratch)
{
	const sessions = path.join(scratch, "sessions");

	config = path.join(scratch, "client.conf");
	await fs.writeFile(sessions, "abc ann\n");
	await fs.writeFile(path.join(scratch, "tokens"), `page ${
		createHash("sha256").update("page-secret").digest("hex")}\n`);
	await fs.writeFile(config, `workers = 1;
http: { root = ${JSON.stringify(WWW)}; };
plugins: { dir = ${JSON.stringify(PLUGINDIR)}; };
routes = (
  { path = "/echo"; handler = "echo"; },
  { path = "/by-query"; handler = "echo"; refuse = "close";
    auth: { tokens = "tokens"; query = "token"; }; },
  { path = "/by-protocol"; handler = "echo"; refuse = "close";
    protocols = [ "chat" ]; auth: { tokens = "tokens"; protocol = "token"; }; },
  { path = "/small"; handler = "echo"; max_message = "1 KiB"; },
  { path = "/api"; handler = "json-router"; history_messages = 1000;
    origins = [ "*" ]; config: {
      subscribe = ( { topic = "news"; } );
      routes = ( { type = "say"; do = "publish"; topic = "news";
        store = true; } ); }; },
  { path = "/chat"; handler = "chat-hub"; history_messages = 1000;
    origins = [ "*" ]; config: { rooms = [ "lobby" ]; rate = 1000.0;
      burst = 1000; }; },
  { path = "/elsewhere"; handler = "echo"; refuse = "close";
    origins = [ "https://elsewhere.example" ]; },
  { path = "/me"; handler = ${JSON.stringify(`${EXAMPLES}/late_auth.so`)};
    refuse = "close"; config: { sessions = ${JSON.stringify(sessions)}; }; }
);
`);
	try {
		await start();
		for (const [name, body, options] of CHECKS)
			await run.check(`the client module ${name}`,
				{ ...options, baseURL: server.origin }, body);
	} finally {
		server?.child.kill("SIGKILL");
	}
}
