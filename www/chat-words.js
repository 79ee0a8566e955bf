/* SPDX-License-Identifier: MIT
 *
 * The chat page's sentences, and how it writes times. Pure functions.
 */

const SEVERAL = 3;	/* names; of more, only the number is told */

/* "ann", "ann and bob", "ann, bob and carl", "12 people" */
export function listNames(names)
{
	if (names.length > SEVERAL)
		return `${names.length.toLocaleString("en")} people`;
	if (names.length < 2)
		return names.join("");
	return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

export function typingWords(names)
{
	if (names.length === 0)
		return "";
	return `${listNames(names)} ${names.length === 1 ? "is" : "are"} typing…`;
}

/* Who came and who went, since the last thing that was said. */
export function presenceWords(came, went)
{
	return [came.length > 0 ? `${listNames(came)} joined` : "",
		went.length > 0 ? `${listNames(went)} left` : ""]
		.filter(Boolean).join(", ");
}

export function peopleWords(count)
{
	return count === 1 ? "1 person" : `${count.toLocaleString("en")} people`;
}

/*
 * `restarted`: the server has begun to count anew, so that what was said
 * before is gone; otherwise its history does not reach back far enough.
 */
export function gapWords(restarted)
{
	return restarted
		? "Some messages were missed. The server has started anew and " +
			"no longer has what was said before."
		: "Some messages were missed: more was said than the server keeps.";
}

/* What `members` has to offer when it lists nobody. */
export function crowdWords(count)
{
	return count === 0 ? "Nobody is here."
		: `${peopleWords(count)}: too many to list.`;
}

export function kickedWords({ reason, banned })
{
	const what = banned ? "You were banned from this room"
		: "You were removed from this room";

	return reason ? `${what}: ${reason}` : `${what}.`;
}

/* An error of the server or of the connection, as a reader wants to hear it. */
export function errorWords(error)
{
	if (error.code === "lost")
		return "The connection was lost: it may have arrived or not.";
	if (error.code === "timeout")
		return "There was no answer in time.";
	if (error.answer?.reason)
		return `${error.message}: ${error.answer.reason}`;
	return `${error.message}.`.replace(/([.!?…])\.$/, "$1");
}

/* 14:03, in the reader's own time zone */
export function formatClock(ms)
{
	const date = new Date(ms);
	const two = (n) => String(n).padStart(2, "0");

	return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function formatDay(ms, now)
{
	const day = new Date(ms).toDateString();

	if (day === new Date(now).toDateString())
		return "Today";
	if (day === new Date(now - 86_400_000).toDateString())
		return "Yesterday";
	return new Date(ms).toLocaleDateString("en",
		{ weekday: "long", day: "numeric", month: "long" });
}

/* One of `count` colours, always the same for the same name. */
export function hueOf(name, count)
{
	let sum = 0;

	for (const character of name)
		sum = (sum * 31 + character.codePointAt(0)) % 65_521;
	return sum % count;
}

export function bytesOf(text)
{
	return new TextEncoder().encode(text).length;
}
