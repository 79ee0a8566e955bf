/* SPDX-License-Identifier: MIT
 *
 * For pages on which several people meet: a server for each check, so that
 * nobody meets those of the check before, and more people than one.
 */
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";

import { Server, WAIT_WITHIN } from "./harness.mjs";

const { CLEATD, PLUGINDIR, WWW } = process.env;

/* What a browser prints of a connection that is lost, or not to be had. */
export const GONE = /WebSocket connection to .* failed|ERR_/;

/* "Try now", unless the page is quicker, until the connection is there. */
export function comeBack(page)
{
	return page.waitForFunction(() => {
		const banner = document.getElementById("banner");

		banner.querySelector("button")?.click();
		return banner.textContent === "";
	});
}

export class Live {
	#people = [];
	#lines = [];

	static async make(scratch, name, routes, more = "")
	{
		const live = new Live();

		live.config = path.join(scratch, `${name}.conf`);
		await fs.writeFile(live.config, `workers = 2;
http: { root = ${JSON.stringify(WWW)}; };
plugins: { dir = ${JSON.stringify(PLUGINDIR)}; };
routes = (${routes});
${more}
`);
		return live;
	}

	/* `body(page, live)`, with a server of its own. */
	async check(run, name, options, body)
	{
		this.server = await Server.start(CLEATD, this.config);
		try {
			await run.check(name,
				{ ...options, baseURL: this.server.origin },
				(page) => body(page, this));
		} finally {
			for (const context of this.#people.splice(0))
				await context.close();
			for (const line of this.#lines.splice(0))
				line.close();
			this.kill();
		}
	}

	/* Somebody else, in a browser context of their own. */
	async person(page, options = {})
	{
		const context = await page.context().browser().newContext(
			{ baseURL: this.server.origin, ...options });
		const other = await context.newPage();

		this.#people.push(context);
		other.setDefaultTimeout(WAIT_WITHIN);
		return other;
	}

	/* A way to the server that can be cut for those who use it. */
	async line()
	{
		const line = await Line.to(new URL(this.server.origin).port);

		this.#lines.push(line);
		return line;
	}

	kill()
	{
		this.server.child.kill("SIGKILL");
	}

	/* Comes back at the same address; `meanwhile` runs while it is away. */
	async restart(meanwhile = async () => {})
	{
		this.kill();
		await this.server.exited;
		await meanwhile();
		this.server = await Server.start(CLEATD, this.config,
			new URL(this.server.origin).host);
	}
}

/* Passes bytes on to the server; once cut, it drops whoever comes. */
class Line {
	#sockets = new Set();
	#fars = new Map();	/* socket to the server → its client's */
	#whole = true;

	static async to(port)
	{
		const line = new Line();

		line.server = net.createServer((near) => {
			const far = net.connect(port, "127.0.0.1");

			line.#fars.set(far, near);
			for (const [one, other] of [[near, far], [far, near]]) {
				line.#sockets.add(one);
				one.on("error", () => {});
				one.on("close", () => {
					line.#sockets.delete(one);
					other.destroy();
				});
				one.pipe(other);
			}
			if (!line.#whole)
				near.destroy();
		});
		await new Promise((resolve) =>
			line.server.listen(0, "127.0.0.1", resolve));
		line.origin = `http://127.0.0.1:${line.server.address().port}`;
		return line;
	}

	cut()
	{
		this.#whole = false;
		for (const socket of this.#sockets)
			socket.destroy();
	}

	mend()
	{
		this.#whole = true;
	}

	/* Whoever is at this end reads nothing more, until it flows again. */
	stall()
	{
		for (const far of this.#fars.keys())
			far.unpipe().pause();
	}

	/* What its clients say does not arrive any more. */
	swallow()
	{
		for (const near of this.#fars.values())
			near.unpipe().resume();
	}

	flow()
	{
		for (const [far, near] of this.#fars)
			far.pipe(near);
	}

	close()
	{
		this.cut();
		this.server.close();
	}
}
