/* SPDX-License-Identifier: MIT
 *
 * The board's messages as bytes, version 1: the layout stands at the top of
 * sdk/examples/board.c. Numbers are little-endian, and those of 64 bits are
 * numbers below 2^53 or, where they only name somebody, strings.
 */

export const VERSION = 1;
export const SIDE = 65_535;	/* x and y go from 0 to here */
export const MAX_POINTS = 1000;	/* of one STROKE */
export const MAX_NAME = 32;	/* bytes */

const HELLO = 1;
const CURSOR = 2;
const STROKE = 3;
const CLEAR = 4;
const PING = 9;

const HEAD = 8;
const WHO = 8;
const EPOCH = 16;
const SEQ = 36;
const STAMP = 20;
const POINTS = 56;

function bytes(kind, size)
{
	const view = new DataView(new ArrayBuffer(size));

	view.setUint8(0, kind);
	return view;
}

/* The most of a name that fits, cut between characters; none of control. */
export function fitName(name)
{
	const encoder = new TextEncoder();
	let fitting = "";

	for (const character of name.replace(/\p{Cc}/gu, "").trim()) {
		if (encoder.encode(fitting + character).length > MAX_NAME)
			break;
		fitting += character;
	}
	return fitting.trim();
}

export function hello({ tag, epoch, seq, name })
{
	const text = new TextEncoder().encode(name);
	const view = bytes(HELLO, 24 + text.length);

	view.setUint8(1, VERSION);
	view.setUint32(4, tag, true);
	view.setBigUint64(8, BigInt(epoch), true);
	view.setBigUint64(16, BigInt(seq), true);
	new Uint8Array(view.buffer).set(text, 24);
	return view.buffer;
}

export function cursor(x, y)
{
	const view = bytes(CURSOR, HEAD);

	view.setUint16(2, x, true);
	view.setUint16(4, y, true);
	return view.buffer;
}

/* `points`: x, y, x, y ... */
export function stroke({ colour, width, number, points })
{
	const view = bytes(STROKE, HEAD + points.length * 2);

	view.setUint8(1, colour);
	view.setUint8(2, width);
	view.setUint32(4, number, true);
	points.forEach((value, i) => view.setUint16(HEAD + i * 2, value, true));
	return view.buffer;
}

export function clear(number)
{
	const view = bytes(CLEAR, HEAD);

	view.setUint32(4, number, true);
	return view.buffer;
}

export function ping()
{
	return bytes(PING, HEAD).buffer;
}

/* --- what comes in ------------------------------------------------------ */

function readText(text)
{
	const [, what, who, name] = /^(join|leave) (\d+)(?: (.+))?$/s.exec(text) ??
		[];

	return what ? { kind: what, who, name: name ?? "" } : null;
}

const big = (view, at) => Number(view.getBigUint64(at, true));
const nameless = (view, at) => String(view.getBigUint64(at, true));

function stamp(view, at)
{
	return Number(new TextDecoder().decode(
		new Uint8Array(view.buffer, at, STAMP)));
}

/* What was stored: who, by which number, and where it stands in the order. */
function stored(kind, view)
{
	return { kind, number: view.getUint32(4, true), who: nameless(view, WHO),
		epoch: stamp(view, EPOCH), seq: stamp(view, SEQ) };
}

function readStroke(view)
{
	const count = (view.byteLength - POINTS) / 2;
	const points = Array.from({ length: count }, (_, i) =>
		view.getUint16(POINTS + i * 2, true));

	return { ...stored("stroke", view), colour: view.getUint8(1),
		width: view.getUint8(2), points };
}

/* The message as an object with a kind; null: none of the board's. */
export function read(data)
{
	if (typeof data === "string")
		return readText(data);

	const view = new DataView(data);
	const size = view.byteLength;
	const kind = size >= HEAD ? view.getUint8(0) : 0;

	if (kind === HELLO && size === 32)
		return { kind: "welcome", version: view.getUint8(1),
			complete: view.getUint8(2) === 1,
			missed: view.getUint32(4, true), you: nameless(view, 8),
			epoch: big(view, 16), seq: big(view, 24) };
	if (kind === CURSOR && size === 16)
		return { kind: "cursor", x: view.getUint16(2, true),
			y: view.getUint16(4, true), who: nameless(view, WHO) };
	if (kind === STROKE && size > POINTS && size % 4 === 0)
		return readStroke(view);
	if (kind === CLEAR && size === POINTS)
		return stored("clear", view);
	return null;
}
