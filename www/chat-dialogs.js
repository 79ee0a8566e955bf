/* SPDX-License-Identifier: MIT
 *
 * What the chat page asks its reader: a room to join, a name, the subject of a
 * room, and what a moderator is to do with whom.
 */
import { errorWords } from "./chat-words.js";
import { askIn, by } from "./dom.js";

const NAME = /^[A-Za-z0-9._-]{1,63}$/;

export function askRoom(chat, join)
{
	by("join-name").value = "";
	by("join-names").replaceChildren(...chat.suggested
		.filter((name) => !chat.room(name)?.joined)
		.map((name) => new Option(name)));
	askIn(by("join-dialog"), errorWords, () => {
		const name = by("join-name").value.trim();

		if (!NAME.test(name))
			throw new Error("A room's name is made of the letters A to " +
				"Z, digits, “.”, “_” and “-”.");
		return join(name);
	});
}

export function askNick(chat, rename)
{
	by("nick-name").value = chat.nick;
	askIn(by("nick-dialog"), errorWords, () => {
		const nick = by("nick-name").value.trim();

		if (nick === "")
			throw new Error("A name has at least one character.");
		return nick === chat.nick ? null : rename(nick);
	});
}

export function askSubject(room, set)
{
	by("subject-text").value = room.subject;
	askIn(by("subject-dialog"), errorWords, () =>
		set(by("subject-text").value.trim()));
}

/* The time is for what passes by itself, the reason for who is told one. */
function fitModeration()
{
	const action = by("mod-action").value;

	by("mod-more").hidden = action !== "mute" && action !== "ban";
	by("mod-why").hidden = action.startsWith("un");
}

export function askModeration(user, act)
{
	by("mod-user").value = user;
	by("mod-action").onchange = fitModeration;
	by("mod-reason").value = "";
	fitModeration();
	askIn(by("mod-dialog"), errorWords, () => {
		const action = by("mod-action").value;
		const who = by("mod-user").value.trim();
		const reason = by("mod-reason").value.trim();
		const fields = { user: who };

		if (who === "")
			throw new Error("Say who: the name, as the list shows it.");
		if (!by("mod-more").hidden)
			fields.seconds = Number(by("mod-seconds").value);
		if (!by("mod-why").hidden && reason)
			fields.reason = reason;
		return act(action, fields);
	});
}
