/* SPDX-License-Identifier: MIT
 *
 * The chat page against the real chat-hub: people who talk, are away, come
 * back, behave badly, or read too slowly.
 */
import assert from "node:assert/strict";

import { survivesAudit, walkByTab } from "./audit.mjs";
import { LOOKS } from "./harness.mjs";
import { comeBack, GONE, Live } from "./live.mjs";

/* --- the page's parts --------------------------------------------------- */

/* As a user, or as a guest without a name. */
async function openChat(page, user = "", origin = "")
{
	await page.goto(`${origin}/chat.html${user && `?user=${user}`}`);
	await page.locator("#members .you").waitFor();
	return page;
}

const join2 = async (page, live, a = "ann", b = "bob") => {
	const other = await openChat(await live.person(page), b);

	await openChat(page, a);
	await member(other, a).waitFor();
	return other;
};

const member = (page, name) => page.locator("#members li",
	{ has: page.locator(`.who > span:text-is("${name}")`) });
const said = (page, text) => page.locator(".said",
	{ has: page.locator(".text", { hasText: text }) });
const room = (page, name) => page.locator("#rooms button",
	{ hasText: name });
/* In the list: what is announced says the same. */
const note = (page, text) =>
	page.locator("#entries .note", { hasText: text });
const banner = (page, text) =>
	page.locator("#banner", { hasText: text }).waitFor();

async function say(page, text)
{
	await page.locator("#text").fill(text);
	await page.locator("#text").press("Enter");
}

/* Said, and come back from the server. */
async function heard(page, text)
{
	await say(page, text);
	await said(page, text).and(page.locator('[data-state="sent"]')).waitFor();
}

const texts = (page) => page.locator(".said .text").allTextContents();

/* --- talking ------------------------------------------------------------ */

async function talksTogether(page, live)
{
	const other = await join2(page, live);

	await page.getByText("Nobody has said anything yet.").waitFor();
	assert.equal(await page.locator("#count").textContent(), "2");
	await other.locator("#text").pressSequentially("Ah");
	await page.getByText("bob is typing…").waitFor();
	assert.equal(await page.locator("#typing").evaluate((node) =>
		node.closest("[aria-live], [role=status], [role=log]")), null);
	await say(other, "Ahoy 船 👩‍🚀\nsecond line");
	await said(page, "Ahoy 船 👩‍🚀\nsecond line").waitFor();
	await page.waitForFunction(() =>
		document.getElementById("typing").textContent === "");
	await page.locator("#announce", { hasText: "bob: Ahoy" })
		.waitFor({ state: "attached" });
	await heard(page, "Aye");
	await said(other, "Aye").waitFor();
	await other.close();
	await note(page, "bob left").waitFor();
	assert.equal(await page.locator("#count").textContent(), "1");

	/* Whoever comes later is shown what was said, and not told it anew. */
	const late = await openChat(await live.person(page), "carl");

	await said(late, "Aye").waitFor();
	assert.deepEqual(await texts(late), ["Ahoy 船 👩‍🚀\nsecond line", "Aye"]);
	assert.equal(await late.locator("#announce").textContent(), "");
	await note(page, "carl joined").waitFor();
}

async function isNotFooled(page, live)
{
	const evil = "<img src=x onerror=alert(1)><b>bold</b>";
	const other = await join2(page, live);

	await say(other, evil);
	await said(page, "<img").waitFor();
	assert.deepEqual(await texts(page), [evil]);
	await page.getByRole("button", { name: "Subject" }).click();
	await page.getByLabel("What this room is about").fill(evil);
	await page.keyboard.press("Enter");
	await other.locator("#subject", { hasText: evil }).waitFor();
	await other.locator(".note", { hasText: evil }).waitFor();
	await member(other, "ann").getByText("Write").click();
	await say(other, evil);
	await room(page, "@bob").click();
	await said(page, "<img").waitFor();
	for (const each of [page, other])
		assert.equal(await each.locator(
			"main img, main b, main [onerror]").count(), 0);
}

async function talksInPrivate(page, live)
{
	const other = await join2(page, live);
	const third = await openChat(await live.person(page), "carl");

	await member(page, "bob").getByRole("button",
		{ name: "Write to bob privately" }).click();
	await page.getByText("Only bob reads what you write here").waitFor();
	await heard(page, "psst");
	await room(other, "@ann").getByText("1").waitFor();
	assert.equal(await other.title(), "(1) lobby · Cleat");
	await room(other, "@ann").click();
	await said(other, "psst").waitFor();
	assert.equal(await other.title(), "@ann · Cleat");
	await say(other, "yes?");
	await said(page, "yes?").waitFor();
	assert.equal(await room(third, "@").count(), 0);
	await other.close();
	await room(page, "lobby").click();
	await member(page, "bob").waitFor({ state: "detached" });
	await room(page, "@bob").click();
	await say(page, "still there?");
	await page.getByText("Not sent. Nobody here has this nick.").waitFor();
	await page.getByRole("button", { name: "Discard" }).click();
	assert.deepEqual(await texts(page), ["psst", "yes?"]);
}

async function movesBetweenRooms(page, live)
{
	const other = await join2(page, live);

	await room(other, "help").click();
	await other.getByText("Nobody has said anything yet.").waitFor();
	await heard(page, "one");
	await heard(page, "two");
	await room(other, "lobby").getByText("2").waitFor();
	await other.locator("#text").fill("a draft");
	await room(other, "lobby").click();
	await said(other, "two").waitFor();
	assert.equal(await other.locator("#text").inputValue(), "");
	await room(other, "help").click();
	assert.equal(await other.locator("#text").inputValue(), "a draft");

	await page.getByRole("button", { name: "Join a room" }).click();
	await page.getByLabel("Name of the room").fill("no room!");
	await page.keyboard.press("Enter");
	await page.getByText("A room's name is made of").waitFor();
	await page.getByLabel("Name of the room").fill("harbour");
	await page.keyboard.press("Enter");
	await page.locator("#room-title", { hasText: "harbour" }).waitFor();
	await page.getByRole("button", { name: "Leave" }).click();
	await page.locator("#room-title", { hasText: "lobby" }).waitFor();
	assert.equal(await room(page, "harbour").count(), 0);
}

async function takesNames(page, live)
{
	const line = await live.line();
	const other = await openChat(await live.person(page), "bob");
	const rename = async (name, answer) => {
		await page.getByRole("button", { name: "Change name" }).click();
		await page.getByLabel("The name that others see").fill(name);
		await page.keyboard.press("Enter");
		await answer.waitFor();
	};
	const error = (text) => page.locator("#nick-error", { hasText: text });
	const cancel = () => page.getByRole("button", { name: "Cancel" }).click();

	await openChat(page, "", line.origin);
	await rename("  ", error("A name has at least one character."));
	await cancel();
	await rename("a b", error("letters, digits"));
	await cancel();
	await rename("admin", error("This nick is reserved."));
	await cancel();
	await rename("bob", error("nick"));
	await cancel();
	await rename("zoe", page.locator("#nick", { hasText: /^zoe$/ }));
	await note(other, /guest-\d+ is zoe now/).waitFor();
	await member(other, "zoe").waitFor();

	/* A guest who comes back is another user, of the same name. */
	line.cut();
	await member(other, "zoe").waitFor({ state: "detached" });
	line.mend();
	await comeBack(page);
	await page.locator("#nick", { hasText: /^zoe$/ }).waitFor();
	await member(other, "zoe").waitFor();
}

/* --- away and back again ------------------------------------------------ */

async function losesNothing(page, live)
{
	const other = await openChat(await live.person(page), "bob");
	const line = await live.line();

	await openChat(page, "ann", line.origin);
	await heard(page, "before");
	await said(other, "before").waitFor();
	line.cut();
	await banner(page, /Connection lost, trying again in \d+\ss\./);
	assert.equal(await page.locator("#banner .count")
		.getAttribute("aria-hidden"), "true");
	await note(other, "ann left").waitFor();
	await heard(other, "away 1");
	await heard(other, "away 2");
	await say(page, "from afar");
	await page.getByText("Sending…").waitFor();
	line.mend();
	await comeBack(page);
	await said(other, "from afar").waitFor();
	await heard(page, "after");
	assert.deepEqual(await texts(page),
		["before", "away 1", "away 2", "from afar", "after"]);
	await said(other, "after").waitFor();
	assert.deepEqual(await texts(other), await texts(page));
	assert.equal(await page.locator(".gap").count(), 0);
	assert.equal(await page.locator("#count").textContent(), "2");
}

/* Given to the network, and lost there: said again under the same id. */
async function saysAgain(page, live)
{
	const other = await openChat(await live.person(page), "bob");
	const line = await live.line();

	await openChat(page, "ann", line.origin);
	await heard(page, "before");
	line.swallow();
	await say(page, "swallowed");
	line.cut();
	await banner(page, "trying again");
	line.mend();
	await comeBack(page);
	await said(other, "swallowed").waitFor();

	/* And what has arrived, but was not acknowledged, is not said twice. */
	await member(page, "bob").waitFor();
	line.stall();
	await say(page, "unheard");
	await said(other, "unheard").waitFor();
	line.cut();
	await banner(page, "trying again");
	line.mend();
	await comeBack(page);
	await heard(page, "after");
	await said(other, "after").waitFor();
	for (const each of [page, other])
		assert.deepEqual(await texts(each),
			["before", "swallowed", "unheard", "after"]);
}

async function saysWhatIsMissed(page, live)
{
	const other = await openChat(await live.person(page), "bob");
	const line = await live.line();

	await openChat(page, "ann", line.origin);
	await heard(page, "before");
	line.cut();
	await banner(page, "trying again");
	for (let i = 1; i <= 13; i++)	/* the server keeps ten */
		await heard(other, `away ${i}.`);
	line.mend();
	await comeBack(page);
	await note(page, "more was said than the server keeps").waitFor();
	await said(page, "away 13.").waitFor();
	const shown = await texts(page);

	assert.equal(shown[0], "before");
	assert.deepEqual(shown.slice(1),
		Array.from({ length: 10 }, (_, i) => `away ${i + 4}.`));
}

async function survivesRestart(page, live)
{
	await openChat(page, "ann");
	await heard(page, "before");
	await live.restart(() => banner(page, "trying again"));
	await comeBack(page);
	await note(page, "The server has started anew").waitFor();
	await heard(page, "after");
	assert.deepEqual(await texts(page), ["before", "after"]);
}

/* A page that does not read costs itself the connection, and nobody else. */
async function letsGoOfTheSlow(page, live)
{
	const other = await openChat(await live.person(page), "bob");
	const line = await live.line();

	await openChat(page, "ann", line.origin);
	await member(other, "ann").waitFor();
	line.stall();
	const count = await other.evaluate(async () => {
		const { connect } = await import("/cleat.js");
		const loud = connect("/chat/?user=loud", { hello: true });
		const text = "x".repeat(16_000);
		const gone = () => document.body.innerText.includes("ann left");
		let count = 0;

		await loud.request("join", { room: "lobby" });
		for (; !gone(); count++)
			await loud.request("say", { room: "lobby",
				text: `${count} ${text}` }, { answer: "ack" });
		await loud.request("say", { room: "lobby", text: "the last" },
			{ answer: "ack" });
		return count;
	});

	await said(other, "the last").waitFor();
	assert.ok(count > 10, `let go after ${count}`);
	line.flow();
	await banner(page, "The server has let go of this page, which read " +
		"too slowly");
	await comeBack(page);
	await said(page, "the last").waitFor();
	await heard(page, "here again");
}

/* --- moderators --------------------------------------------------------- */

async function moderates(page, live)
{
	const other = await join2(page, live);
	const act = async (what, reason = null) => {
		await page.getByRole("button", { name: "Moderate bob" }).click();
		await page.getByLabel("What to do").selectOption(what);
		if (reason)
			await page.getByLabel("Reason").fill(reason);
		await page.getByRole("button", { name: "Do it" }).click();
		await note(page, `Done: ${what} bob`).first().waitFor();
	};

	assert.equal(await page.getByText("moderator").isVisible(), true);
	/* Who has an authenticated name keeps it. */
	assert.equal(await page.getByRole("button", { name: "Change name" })
		.count(), 0);
	for (const name of [/Moderate/, "Subject", /Delete/])
		assert.equal(await other.getByRole("button", { name }).count(), 0);
	await act("mute", "too loud");
	await say(other, "but");
	await other.getByText("Not sent. You may not speak now: too loud")
		.waitFor();
	await act("unmute");
	await other.getByRole("button", { name: "Try again" }).click();
	await said(page, "but").waitFor();
	await said(page, "but").hover();
	await page.getByRole("button", { name: /^Delete the message of bob/ })
		.click();
	for (const each of [page, other])
		await said(each, "This message was deleted.").waitFor();
	await act("kick", "go and rest");
	await note(other, "You were removed from this room: go and rest")
		.waitFor();
	await other.getByText("You are not in this room.").waitFor();
	await other.getByRole("button", { name: "Join again" }).click();
	await member(other, "ann").waitFor();
	await heard(other, "rested");
	await act("ban");
	await note(other, "You were banned from this room.").waitFor();
	await other.getByRole("button", { name: "Join again" }).click();
	await note(other, "You could not join: You are banned").waitFor();
	await page.getByRole("button", { name: "Moderate", exact: true }).click();
	await page.getByLabel("Who", { exact: true }).fill("");
	await page.getByRole("button", { name: "Do it" }).click();
	await page.getByText("Say who").waitFor();
	await page.getByLabel("Who", { exact: true }).fill("bob");
	await page.getByLabel("What to do").selectOption("unban");
	assert.equal(await page.getByLabel("Reason").isVisible(), false);
	await page.getByRole("button", { name: "Do it" }).click();
	await note(page, "Done: unban bob").waitFor();
	await other.getByRole("button", { name: "Join again" }).click();
	await member(other, "ann").waitFor();
	await page.locator(".said", { hasText: "rested" }).waitFor();
}

/* By the name that the list shows, though the server knows another. */
async function moderatesGuests(page, live)
{
	const guest = await openChat(await live.person(page));

	await openChat(page, "ann");
	await guest.getByRole("button", { name: "Change name" }).click();
	await guest.getByLabel("The name that others see").fill("Zoe");
	await guest.keyboard.press("Enter");
	await member(page, "Zoe").waitFor();
	await page.getByRole("button", { name: "Moderate", exact: true }).click();
	await page.getByLabel("Who", { exact: true }).fill("zoe");
	await page.getByLabel("What to do").selectOption("kick");
	await page.getByRole("button", { name: "Do it" }).click();
	await note(page, /Done: kick zoe \(guest-\d+\)/).waitFor();
	await note(guest, "You were removed from this room").waitFor();
}

async function saysWhatIsTooLong(page)
{
	await openChat(page, "ann");
	await say(page, "é".repeat(10_000));
	await page.getByText("This is too long: 20,000 bytes, and at most " +
		"16,384 fit into a message.").waitFor();
	assert.equal(await page.locator(".said").count(), 0);
	await page.locator("#text").fill("shorter");
	await page.waitForFunction(() =>
		document.getElementById("problem").textContent === "");
	await page.locator("#text").press("Enter");
	await said(page, "shorter").waitFor();
	await say(page, "   ");
	await heard(page, "something");
	assert.deepEqual(await texts(page), ["shorter", "something"]);
}

/* --- for everybody ------------------------------------------------------ */

async function worksByKeyboard(page, live)
{
	const order = ["Cleat", "Chat", "Board", "Console",
		"Echo", "Tutorial", "join", "lobby", "helpjoin", "set-subject",
		"leave", "log", "text", "Send", "moderate", "Write", "Moderate"];

	await join2(page, live);
	await heard(page, "focus is in the text");
	assert.equal(await page.evaluate(() => document.activeElement.id),
		"text");
	await page.locator("#text").press("Shift+Enter");
	await page.keyboard.insertText("second");
	assert.equal(await page.locator("#text").inputValue(), "\nsecond");
	await page.locator("#text").fill("");
	await page.getByRole("button", { name: "Subject" }).focus();
	await page.keyboard.press("Enter");
	assert.equal(await page.evaluate(() => document.activeElement.id),
		"subject-text");
	await page.keyboard.press("Escape");
	assert.equal(await page.evaluate(() => document.activeElement.id),
		"set-subject");
	await page.locator(".skip").focus();
	const stops = (await walkByTab(page, order.length + 1))
		.filter(({ name }) => name !== "Delete");

	assert.deepEqual(stops.map(({ name }) => name), order);
	assert.deepEqual(stops.filter(({ ring }) => !ring), []);
}

async function scrollsBack(page, live)
{
	const other = await join2(page, live);

	for (let i = 0; i < 40; i++)
		await say(other, `line ${i}.`);
	await said(page, "line 39.").waitFor();
	await page.locator("#log").focus();
	await page.keyboard.press("Home");
	await page.waitForFunction(() =>
		document.getElementById("log").scrollTop === 0);
	await say(other, "news");
	await page.getByRole("button", { name: "New messages" }).click();
	await page.waitForFunction(() => {
		const log = document.getElementById("log");

		return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
	});
	await page.locator("#newest").waitFor({ state: "hidden" });
}

async function looksRight(page, live, label)
{
	const other = await openChat(await live.person(page),
		"a-name-of-many-letters");
	const isPhone = page.viewportSize().width < 500;

	await page.goto("/chat.html?user=ann");
	await page.getByText("Nobody has said anything yet.").waitFor();
	await survivesAudit(page, `${label}-chat-empty`);
	await page.getByRole("button", { name: "Subject" }).click();
	await survivesAudit(page, `${label}-chat-dialog`);
	await page.getByLabel("What this room is about").fill(
		"Ropes, knots and the boats that hang on them");
	await page.keyboard.press("Enter");
	await heard(other, "Has anybody seen the new rope?");
	await heard(other, `https://example.org/${"x".repeat(200)}`);
	await room(other, "help").click();
	await say(page, "On the quay.\nIt is the blue one.");
	await heard(page, "Take somebody with you: it is heavy.");
	await heard(other, "I need help with the crane");
	await room(page, "help").click();
	await heard(page, "Coming");
	await room(page, "lobby").click();
	await heard(other, "Thanks");
	await room(page, "help").getByText("1").waitFor();
	await survivesAudit(page, `${label}-chat-busy`);
	if (isPhone) {
		await page.getByRole("button", { name: /^People/ }).click();
		await survivesAudit(page, `${label}-chat-people`);
		await page.getByRole("button", { name: /^People/ }).click();
	}
	live.kill();
	await banner(page, "trying again");
	await say(page, "Is anybody there?");
	await page.getByText("Sending…").waitFor();
	await survivesAudit(page, `${label}-chat-lost`);
}

const CHECKS = [
	["people talk, come and go", talksTogether],
	["what others write is text and nothing else", isNotFooled],
	["private words are for one", talksInPrivate],
	["rooms are joined, left and counted", movesBetweenRooms],
	["names are asked for, refused and kept", takesNames],
	["nothing is lost or doubled while one is away", losesNothing],
	["what the network swallows is said again, once", saysAgain],
	["what the server no longer has is said", saysWhatIsMissed],
	["a server that starts anew is told", survivesRestart],
	["who reads too slowly is let go, and the others never wait",
		letsGoOfTheSlow],
	["moderators moderate", moderates],
	["moderators may name guests as they see them", moderatesGuests],
	["a text that is too long stays", saysWhatIsTooLong],
	["everything works by keyboard", worksByKeyboard],
	["a reader who scrolls back stays there", scrollsBack],
	...LOOKS.map(([label, look]) => [`it fits and can be read: ${label}`,
		(page, live) => looksRight(page, live, label), look]),
];

export async function checkChat(run, scratch)
{
	const live = await Live.make(scratch, "chat", `{ path = "/chat/*";
		handler = "chat-hub"; history_messages = 10;
		queue_bytes = "256 KiB"; write_within = "0";
		config: { rooms = [ "lobby", "help" ]; open = true;
			trust_query = true; max_text = "16 KiB";
			rate = 10000.0; burst = 10000;
			roles = ( { user = "ann"; role = "mod"; } ); }; }`);

	for (const [name, body, options] of CHECKS)
		await live.check(run, `chat: ${name}`,
			{ ...options, expect: GONE }, body);
}
