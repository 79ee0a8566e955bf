/* SPDX-License-Identifier: MIT
 *
 * The two lists beside the conversation of the chat page: rooms, people.
 */
import { button, element } from "./dom.js";
import { hued } from "./chat-log.js";
import { crowdWords } from "./chat-words.js";

function roomItem(chat, room, choose)
{
	const label = room.peer ? `@${room.peer}` : room.name;
	const node = element("button", "",
		element("span", "room-name", label));

	node.type = "button";
	node.dataset.room = room.name;
	if (room === chat.current)
		node.setAttribute("aria-current", "true");
	if (room.unread > 0)
		node.append(element("span", "unread",
			room.unread > 99 ? "99+" : `${room.unread}`,
			element("span", "unseen", " unread")));
	else if (!room.joined)
		node.append(element("span", "away", "not joined"));
	node.addEventListener("click", () => choose(room));
	return element("li", "", node);
}

/* The rooms that one is in, then those that the server suggests. */
export function showRooms(list, chat, { choose, join })
{
	const focused = list.contains(document.activeElement)
		? document.activeElement.dataset.room : null;
	const others = chat.suggested.filter((name) => !chat.rooms.has(name));

	list.replaceChildren(
		...[...chat.rooms.values()].map((room) =>
			roomItem(chat, room, choose)),
		...others.map((name) => {
			const node = element("button", "",
				element("span", "room-name", name),
				element("span", "away", "join"));

			node.type = "button";
			node.dataset.room = name;
			node.addEventListener("click", () => join(name));
			return element("li", "", node);
		}));
	list.querySelector("[aria-current]")?.scrollIntoView(
		{ block: "nearest", inline: "nearest" });
	if (focused !== null)
		[...list.querySelectorAll("button")].find((node) =>
			node.dataset.room === focused)?.focus();
}

function named(nick, user)
{
	const node = hued(element("span", "", nick), user);

	node.title = nick;	/* a long one is cut */
	return node;
}

function personItem(chat, user, nick, { write, moderate })
{
	const tools = element("span", "tools");

	if (user !== chat.user) {
		const private_ = button("Write", "quiet", () => write(nick));

		private_.setAttribute("aria-label", `Write to ${nick} privately`);
		tools.append(private_);
		if (chat.moderates) {
			const mod = button("Moderate", "quiet",
				() => moderate(user));

			mod.setAttribute("aria-label", `Moderate ${nick}`);
			tools.append(mod);
		}
	}
	return element("li", "",
		element("span", "who", named(nick, user),
			user === chat.user &&
				element("span", "you", " (you)")),
		tools);
}

/* Redrawn only when it differs: who tabs through it must not lose the place. */
export function showPeople({ list, count, crowd }, chat, acts)
{
	const room = chat.current;
	const known = room?.joined && !room.peer ? room : null;
	const people = [...(known?.members ?? [])].sort(([, a], [, b]) =>
		a.localeCompare(b));
	const shown = JSON.stringify([people, chat.user, chat.role]);

	count.textContent = known ? known.count.toLocaleString("en") : "";
	crowd.textContent = known && people.length === 0
		? crowdWords(known.count)
		: room?.peer ? "Only the two of you." : "";
	if (list.dataset.shown === shown)
		return;
	list.dataset.shown = shown;
	list.replaceChildren(...people.map(([user, nick]) =>
		personItem(chat, user, nick, acts)));
}
