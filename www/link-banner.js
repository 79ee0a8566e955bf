/* SPDX-License-Identifier: MIT
 *
 * What a page says of its connection while it is not there: why, when it tries
 * again, and a button for those who do not want to wait.
 */
import { button, element } from "./dom.js";
import { explainClose } from "./page.js";

const TICK = 250;	/* ms: a second is never shown for much longer */

const REASONS = new Map([
	[1001, "The server is restarting"],
	[1012, "The server is restarting"],
	[1013, "The server has let go of this page, which read too slowly or " +
		"came when there was too much to do"],
]);

/* The sentence for an end after which there is no other attempt. */
function endWords({ code, reason })
{
	const { meaning } = explainClose(code);

	return [`The server has ended the connection. ${meaning}`,
		reason ? `It says: “${reason}”.` : ""].filter(Boolean).join(" ");
}

/*
 * `banner` is a live region: what it says is read out, save for the seconds,
 * which would be read every second. Empty while the connection is there. The
 * result is a function that ends it, for pages that go to another server.
 */
export function watchLink(client, banner)
{
	const seconds = element("span", "count");
	let last = null;	/* the latest close */
	let due = 0;
	let timer = null;

	seconds.setAttribute("aria-hidden", "true");

	function tick()
	{
		const left = Math.ceil((due - performance.now()) / 1000);

		seconds.textContent = left > 0 ? ` in ${left}\u00a0s` : "";
	}

	function say(label, ...words)
	{
		const focused = banner.contains(document.activeElement);
		const nodes = [element("p", "", ...words)];

		if (label)
			nodes.push(button(label, "", () => client.reconnect()));
		banner.replaceChildren(...nodes);
		if (focused)
			nodes[1]?.focus();
	}

	function show(state)
	{
		clearInterval(timer);
		if (state === "open")
			banner.replaceChildren();
		else if (state === "offline")
			say("Try now", "There is no network. This page connects " +
				"again as soon as there is.");
		else if (state === "closed" && last)
			say("Connect again", endWords(last));
		else if (state === "connecting" && last)
			say("", "Connecting again…");
		else if (state === "waiting") {
			say("Try now", `${last?.opened || last === null
				? REASONS.get(last?.code) ?? "Connection lost"
				: "Not connected"}, trying again`, seconds, ".");
			tick();
			timer = setInterval(tick, TICK);
		}
	}

	const off = [
		client.on("close", (event) => {
			last = { ...event, opened: event.opened || last?.opened };
			due = performance.now() + (event.delay ?? 0);
			if (client.state === "waiting")
				show("waiting");
		}),
		client.on("state", show),
	];

	return () => {
		off.forEach((stop) => stop());
		clearInterval(timer);
		banner.replaceChildren();
	};
}
