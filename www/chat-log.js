/* SPDX-License-Identifier: MIT
 *
 * The conversation of the chat page: a list that follows what is new, unless
 * its reader has scrolled back.
 */
import { button, element } from "./dom.js";
import { formatClock, formatDay, hueOf } from "./chat-words.js";

const HUES = 6;		/* as many as chat.css has */
const GOES_ON = 5 * 60_000;	/* ms in which one's next message needs no name */
const AT_END = 48;	/* pixels that still count as the end */

export function hued(node, user)
{
	node.dataset.hue = hueOf(user, HUES);
	return node;
}

function sameDay(a, b)
{
	return new Date(a).toDateString() === new Date(b).toDateString();
}

export class ChatLog {
	#nodes = new Map();	/* entry → { node, day } */
	#room = null;

	/* `acts`: remove(entry), retry(entry), discard(entry), moderates() */
	constructor({ log, list, newest }, acts)
	{
		this.log = log;
		this.list = list;
		this.newest = newest;
		this.acts = acts;
		newest.addEventListener("click", () => {
			this.follow();
			log.focus();
		});
		log.addEventListener("scroll", () => {
			if (this.atEnd())
				newest.hidden = true;
		}, { passive: true });
		/* A keyboard that slides in takes the place of the oldest. */
		this.following = true;
		log.addEventListener("scrollend", () => {
			this.following = this.atEnd();
		}, { passive: true });
		new ResizeObserver(() => this.following && this.follow())
			.observe(log);
	}

	atEnd()
	{
		const { scrollHeight, scrollTop, clientHeight } = this.log;

		return scrollHeight - scrollTop - clientHeight < AT_END;
	}

	follow()
	{
		this.log.scrollTop = this.log.scrollHeight;
		this.newest.hidden = true;
		this.following = true;
	}

	show(room)
	{
		this.#room = room;
		this.#nodes.clear();
		this.list.replaceChildren();
		for (const entry of room?.entries ?? [])
			this.#append(entry);
		this.follow();
	}

	add(entry)
	{
		const stay = !this.atEnd() && !entry.own;

		this.#append(entry);
		if (!stay)
			this.follow();
		else if (entry.kind === "message")
			this.newest.hidden = false;
	}

	mend(entry)
	{
		const held = this.#nodes.get(entry);
		const node = held && this.#row(entry);

		if (!held)
			return;
		if (held.node.contains(document.activeElement))
			this.log.focus({ preventScroll: true });
		held.node.replaceWith(node);
		held.node = node;
		this.#join(entry);
	}

	drop(entry)
	{
		const held = this.#nodes.get(entry);
		const next = held?.node.nextElementSibling;

		if (!held)
			return;
		if (held.node.contains(document.activeElement))
			this.log.focus({ preventScroll: true });
		held.day?.remove();
		held.node.remove();
		this.#nodes.delete(entry);
		for (const [other, { node }] of this.#nodes)
			if (node === next) {
				this.#join(other);
				break;
			}
	}

	#append(entry)
	{
		const node = this.#row(entry);

		this.#nodes.set(entry, { node, day: null });
		this.list.append(node);
		this.#join(entry);
	}

	/* How an entry goes on from the one before it. */
	#join(entry)
	{
		const { entries } = this.#room;
		const held = this.#nodes.get(entry);
		const before = entries[entries.indexOf(entry) - 1];
		const day = before ? !sameDay(before.time, entry.time)
			: !sameDay(entry.time, Date.now());

		held.day?.remove();
		held.day = null;
		if (day) {
			held.day = element("li", "day",
				formatDay(entry.time, Date.now()));
			held.node.before(held.day);
		}
		held.node.classList.toggle("goes-on", !day &&
			entry.kind === "message" && before?.kind === "message" &&
			before.user === entry.user && before.nick === entry.nick &&
			entry.time - before.time < GOES_ON);
	}

	#row(entry)
	{
		if (entry.kind !== "message")
			return element("li", `note ${entry.kind}`, entry.text);

		const name = hued(element("strong", "", entry.nick), entry.user);
		const time = element("time", "", formatClock(entry.time));
		const text = element("p", "text",
			entry.state === "deleted" ? "This message was deleted."
				: entry.text);
		const row = element("li", "said",
			element("p", "by", name,
				entry.own && element("span", "own-tag", "you"),
				time), text);

		time.dateTime = new Date(entry.time).toISOString();
		row.dataset.state = entry.state;
		if (entry.state === "sending")
			text.append(element("span", "state", "Sending…"));
		if (entry.state === "failed")
			row.append(this.#failure(entry));
		if (entry.state === "sent" && entry.seq && this.acts.moderates())
			row.append(this.#deleteButton(entry));
		return row;
	}

	#failure(entry)
	{
		return element("div", "failure",
			element("p", "", `Not sent. ${entry.problem}`),
			element("div", "actions",
				button("Try again", "",
					() => this.acts.retry(entry)),
				button("Discard", "",
					() => this.acts.discard(entry))));
	}

	#deleteButton(entry)
	{
		const node = button("Delete", "quiet delete",
			() => this.acts.remove(entry));

		node.setAttribute("aria-label",
			`Delete the message of ${entry.nick}: ${
				entry.text.slice(0, 40)}`);
		return node;
	}
}
