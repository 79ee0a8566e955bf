/* SPDX-License-Identifier: MIT
 *
 * The pen on the board: moved by mouse, finger, stylus or the keys. What it
 * draws is handed on in pieces while it is still down, so that the others need
 * not wait for the end of a long line.
 */
import { MAX_POINTS, SIDE } from "./board-wire.js";

const PIECE = 200;	/* points */
const PIECE_MS = 300;
const STEP = SIDE / 100;	/* of an arrow key; with Shift five of them */

const STEPS = {
	ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0],
	ArrowUp: [0, -STEP], ArrowDown: [0, STEP],
};

export class Pen {
	#points = [];	/* of the piece that is being drawn */
	#since = 0;
	#pointer = null;
	x = SIDE / 2 | 0;
	y = SIDE / 2 | 0;
	down = false;

	/*
	 * `acts`: moved(x, y, keys), drawing(points, from), drawn(points),
	 * said(down).
	 */
	constructor(canvas, place, acts)
	{
		this.acts = acts;
		canvas.addEventListener("pointerdown", (event) => {
			if (event.button !== 0 || this.#pointer !== null)
				return;
			this.#pointer = event.pointerId;
			canvas.setPointerCapture(event.pointerId);
			this.#put(...place(event));
		});
		canvas.addEventListener("pointermove", (event) => {
			const all = event.getCoalescedEvents?.() ?? [];

			if (this.#pointer === null || this.#pointer === event.pointerId)
				for (const each of all.length > 0 ? all : [event])
					this.#move(...place(each), false);
		});
		for (const type of ["pointerup", "pointercancel"])
			canvas.addEventListener(type, ({ pointerId }) => {
				if (this.#pointer === pointerId)
					this.lift();
			});
		canvas.addEventListener("keydown", (event) => this.#key(event));
		canvas.addEventListener("blur", () => this.lift());
	}

	#key(event)
	{
		const step = STEPS[event.key];
		const times = event.shiftKey ? 5 : 1;
		const clip = (v) => Math.round(Math.min(SIDE, Math.max(0, v)));

		if (event.ctrlKey || event.altKey || event.metaKey)
			return;
		if (step) {
			this.#move(clip(this.x + step[0] * times),
				clip(this.y + step[1] * times), true);
		} else if (event.key === " " && !event.repeat) {
			if (this.down)
				this.lift();
			else
				this.#put(this.x, this.y);
			this.acts.said(this.down);
		} else if (event.key === "Escape" && this.down) {
			this.lift();
			this.acts.said(false);
		} else if (event.key !== " ") {
			return;
		}
		event.preventDefault();
	}

	#put(x, y)
	{
		this.down = true;
		this.#points = [];
		this.#since = performance.now();
		this.#move(x, y, false);
	}

	#move(x, y, keys)
	{
		this.x = x;
		this.y = y;
		this.acts.moved(x, y, keys);
		if (!this.down)
			return;
		this.#points.push(x, y);
		this.acts.drawing(this.#points,
			Math.max(0, this.#points.length - 4));
		if (this.#points.length >= Math.min(PIECE, MAX_POINTS) * 2 ||
		    performance.now() - this.#since > PIECE_MS)
			this.#hand([x, y]);
	}

	#hand(rest)
	{
		const points = this.#points;

		this.#points = rest;
		this.#since = performance.now();
		this.acts.drawn(points);
	}

	lift()
	{
		const { down } = this;

		this.#pointer = null;
		this.down = false;
		if (down && this.#points.length > 0)
			this.#hand([]);
	}
}
