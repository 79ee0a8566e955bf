/* SPDX-License-Identifier: MIT
 *
 * What the browser tests stand on: the server under test, a browser, and a
 * runner that counts. Every wait has an end; no wait is a fixed sleep.
 *
 * playwright-core is looked up from the working directory, because it is
 * installed into the build tree and never into the source tree.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import readline from "node:readline";

const require = createRequire(`${process.cwd()}/`);
const { chromium } = require("playwright-core");

const START_WITHIN = 20_000;
const STOP_WITHIN = 20_000;
export const WAIT_WITHIN = 30_000;	/* for anything on a page */

/* Windows of a phone and of a desk, by day and by night: [label, options]. */
export const LOOKS = [375, 1440].flatMap((width) =>
	["light", "dark"].map((colorScheme) => [`${width}-${colorScheme}`, {
		viewport: { width, height: width < 500 ? 812 : 900 },
		colorScheme,
	}]));

export function launchBrowser(options = {})
{
	return chromium.launch({
		...options,
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu",
			"--disable-background-networking",
			"--disable-component-update", "--disable-sync",
			"--no-first-run"],
	});
}

/* A server process that has said where it listens. */
export class Server {
	/* To come back at the same address, `listen` is where it was before. */
	static async start(program, config, listen = "127.0.0.1:0")
	{
		const server = new Server();

		server.child = spawn(program, ["-c", config, "-l", listen],
			{ stdio: ["ignore", "pipe", "pipe"] });
		server.log = "";
		server.child.stderr.on("data", (bytes) => {
			server.log = (server.log + bytes).slice(-20_000);
		});
		server.exited = once(server.child, "exit");
		try {
			server.origin = await within(START_WITHIN,
				"the server to say where it listens",
				Promise.race([server.#announced(), server.#failed()]));
		} catch (error) {
			server.child.kill("SIGKILL");
			throw new Error(`${error.message}\n${server.log}`);
		}
		return server;
	}

	async #announced()
	{
		const lines = readline.createInterface(
			{ input: this.child.stdout });

		for await (const line of lines) {
			const match = /^listening on (http:\/\/\S+)$/.exec(line);

			if (match) {
				this.child.stdout.resume();
				return match[1];
			}
		}
		return this.#failed();
	}

	async #failed()
	{
		const [code, signal] = await this.exited;

		throw new Error(`${this.child.spawnfile} ended with ` +
			`${signal ?? code} before it listened`);
	}

	async stop()
	{
		this.child.kill("SIGTERM");
		try {
			const [code, signal] = await within(STOP_WITHIN,
				"the server to stop", this.exited);

			if (code !== 0)
				throw new Error(`the server ended with ` +
					`${signal ?? code}\n${this.log}`);
		} finally {
			this.child.kill("SIGKILL");
		}
	}
}

function within(ms, what, promise)
{
	let timer;
	const late = new Promise((resolve, reject) => {
		timer = setTimeout(() =>
			reject(new Error(`waited ${ms} ms for ${what}`)), ms);
	});

	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/*
 * Runs checks one after the other, each in a browser context of its own. What a
 * page prints as an error fails its check, unless the check expects it. With
 * ONLY in the environment, those whose name has it.
 */
export class Runner {
	passed = 0;
	failed = 0;

	constructor(browser, baseURL, shots)
	{
		this.browser = browser;
		this.baseURL = baseURL;
		this.shots = shots;
	}

	async check(name, options, body)
	{
		if (!name.includes(process.env.ONLY ?? ""))
			return;
		const { expect = null, ...contextOptions } = options;
		const errors = [];
		const context = await this.browser.newContext(
			{ baseURL: this.baseURL, ...contextOptions });
		const page = await context.newPage();
		const complain = (text) => {
			if (!expect?.test(text))
				errors.push(text);
		};

		page.setDefaultTimeout(WAIT_WITHIN);
		page.on("console", (message) => {
			if (message.type() === "error" || message.type() === "warning")
				complain(message.text());
		});
		page.on("pageerror", (error) => complain(String(error)));
		try {
			await body(page);
			if (errors.length > 0)
				throw new Error(`the page complained:\n${
					errors.join("\n")}`);
			this.passed++;
			console.log(`ok   ${name}`);
		} catch (error) {
			this.failed++;
			console.log(`FAIL ${name}\n${error.stack}`);
			await this.#keep(page, name);
		} finally {
			await context.close();
		}
	}

	async #keep(page, name)
	{
		const file = name.replace(/[^a-z0-9]+/gi, "-").slice(0, 60);

		await page.screenshot({ path: `${this.shots}/FAIL-${file}.png` })
			.catch((error) => console.log(`no picture: ${error.message}`));
	}

	/* The closing line; the result is the exit status. */
	finish()
	{
		console.log(`${this.passed} passed, ${this.failed} failed`);
		return this.failed === 0 && this.passed > 0 ? 0 : 1;
	}
}
