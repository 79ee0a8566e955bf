/* SPDX-License-Identifier: MIT
 *
 * The board page: joins what is known of the board (board-model.js), its bytes
 * (board-wire.js), the pen, the picture and the connection.
 */
import { connect } from "./cleat.js";
import { Board } from "./board-model.js";
import { Pen } from "./board-pen.js";
import { BoardView, COLOURS } from "./board-view.js";
import { clear, cursor, fitName, hello, ping, read, stroke }
	from "./board-wire.js";
import { hueOf, listNames, peopleWords } from "./chat-words.js";
import { announcer, askIn, by, element } from "./dom.js";
import { watchLink } from "./link-banner.js";

const CURSOR_EVERY = 50;	/* ms */
const CURSOR_BEHIND = 16_384;	/* bytes unsent, above which no cursor is */
const LISTED = 30;	/* names; of more, only the number */

const board = new Board(crypto.getRandomValues(new Uint32Array(1))[0]);
const view = new BoardView({ canvas: by("board"), cursors: by("cursors") },
	board);
const client = connect("/board", { heartbeat: { message: ping() } });
const announce = announcer(by("announce"), (texts) =>
	texts.slice(-3).join(". "));
let name = fitName(new URLSearchParams(location.search).get("user") ?? "") ||
	`Guest ${100 + Math.floor(Math.random() * 900)}`;
let colour = 0;

/* --- what the page shows ------------------------------------------------ */

const hue = (who) => hueOf(who, COLOURS.length);

function apply(changes)
{
	for (const change of changes)
		SHOW[change.what](change);
	by("blank").hidden = board.strokes.length > 0 || board.pending.size > 0 ||
		pen.down;
}

const SHOW = {
	welcome({ wiped, renewed })
	{
		if (wiped && renewed)
			announce("The server no longer has what was drawn before: " +
				"the board shows what it has.");
		tell(wiped && renewed ? "The server no longer had all that was " +
			"drawn. This is what it has." : "");
		if (wiped)
			view.redraw();
		sendPending();
	},
	people: showPeople,
	came: ({ who, name: other }) => who !== board.me &&
		announce(`${other} is here`),
	went: ({ name: other }) => announce(`${other} has left`),
	cursor({ who })
	{
		const { name: other, x, y } = board.people.get(who);

		view.point(who, other, hue(who), x, y);
	},
	stroke({ stroke: drawn, own })
	{
		if (!own)	/* our own is there already */
			view.draw(drawn);
	},
	wiped({ name: other, own })
	{
		view.redraw();
		tell(own ? "" : `${other ?? "Somebody"} has wiped the board.`);
		announce(`${own ? "You have" : `${other ?? "Somebody"} has`
		} wiped the board`);
	},
};

function tell(text)
{
	by("told").textContent = text;
}

function showPeople()
{
	const people = [...board.people].sort(([, a], [, b]) =>
		a.name.localeCompare(b.name));

	view.prune(board.people);
	by("count").textContent = board.joined ? people.length : "";
	if (people.length > LISTED) {
		by("people").replaceChildren(element("li", "",
			`${peopleWords(people.length)}: too many to list.`));
		return;
	}
	by("people").replaceChildren(...people.map(([who, person]) => {
		const chip = element("span", "chip");

		chip.dataset.hue = hue(who);
		return element("li", "", chip, element("span", "who", person.name),
			who === board.me && element("span", "you", "you"));
	}));
}

/* --- what goes out ------------------------------------------------------ */

let stalled = false;	/* more was drawn than the connection takes */

/* Kept until it comes back, and sent again until then: it is drawn once. */
function send(drawn)
{
	if (!board.joined || stalled)
		return;
	try {
		client.send(drawn.kind === "clear" ? clear(drawn.number)
			: stroke(drawn));
	} catch (error) {
		if (error.code !== "full")
			throw error;
		stalled = true;
		client.drained().catch(() => {}).then(() => {
			stalled = false;
			sendPending();
		});
	}
}

function sendPending()
{
	for (const drawn of board.pending.values())
		send(drawn);
}

const sendCursor = (() => {
	let timer = null;
	let last = [0, 0];

	return (x, y) => {
		last = [x, y];
		timer ??= setTimeout(() => {
			timer = null;
			if (board.joined && client.bufferedAmount < CURSOR_BEHIND)
				client.send(cursor(...last));
		}, CURSOR_EVERY);
	};
})();

const pen = new Pen(by("board"), (event) => view.place(event), {
	moved(x, y, keys)
	{
		const own = by("own-pen");

		sendCursor(x, y);
		own.hidden = !keys;
		own.style.left = `${x / 655.35}%`;
		own.style.top = `${y / 655.35}%`;
	},
	drawing(points, from)
	{
		by("blank").hidden = true;
		view.draw({ colour, width: Number(by("width").value), points },
			from);
	},
	drawn(points)
	{
		send(board.draw(colour, Number(by("width").value), points));
	},
	said: (down) => announce(down ? "Pen down" : "Pen up"),
});

/* --- what the reader does ----------------------------------------------- */

function fillColours()
{
	by("colours").append(...COLOURS.map((label, i) => {
		const input = element("input");
		const swatch = element("span", "swatch");

		Object.assign(input, { type: "radio", name: "colour", value: i,
			checked: i === colour });
		input.addEventListener("change", () => {
			colour = i;
		});
		swatch.dataset.hue = i;
		return element("label", "swatch-label", input, swatch,
			element("span", "unseen", label));
	}));
}

function rename(event)
{
	const wanted = fitName(by("name").value);

	event.preventDefault();
	by("name-error").textContent = wanted ? ""
		: "A name has at least one character.";
	by("name").setAttribute("aria-invalid", !wanted);
	if (!wanted || wanted === name)
		return;
	name = wanted;
	client.close();	/* a connection says once who it is */
	client.reconnect();
}

function listen()
{
	by("name").value = name;
	by("naming").addEventListener("submit", rename);
	by("board").addEventListener("blur", () => {
		by("own-pen").hidden = true;
	});
	by("wipe").addEventListener("click", () => askIn(by("wipe-dialog"),
		(error) => error.message, () => send(board.wipe())));
}

client.on("open", () => client.send(hello({ tag: board.tag, name,
	...board.position })));
client.on("message", ({ data }) => apply(board.take(read(data))));
client.on("close", () => apply(board.lost()));
watchLink(client, by("banner"));
fillColours();
listen();
