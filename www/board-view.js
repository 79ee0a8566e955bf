/* SPDX-License-Identifier: MIT
 *
 * The board as it is seen: strokes on a canvas, and the pens of the others
 * above it. All sides are equally long in the board's own measure, so a drawing
 * looks the same in every window.
 */
import { element } from "./dom.js";
import { SIDE } from "./board-wire.js";

export const COLOURS = ["Ink", "Red", "Orange", "Green", "Teal", "Blue",
	"Violet", "Grey"];
const WIDTHS = 1000;	/* a pen of width 1 is that part of the board's width */

export class BoardView {
	#palette = [];

	constructor({ canvas, cursors }, board)
	{
		this.canvas = canvas;
		this.cursors = cursors;
		this.board = board;
		this.paint = canvas.getContext("2d");
		this.pens = new Map();	/* who → its node */
		new ResizeObserver(() => this.resize()).observe(canvas);
		matchMedia("(prefers-color-scheme: dark)").addEventListener(
			"change", () => this.redraw());
	}

	resize()
	{
		const { clientWidth, clientHeight } = this.canvas;
		const scale = devicePixelRatio || 1;

		this.canvas.width = Math.round(clientWidth * scale);
		this.canvas.height = Math.round(clientHeight * scale);
		this.redraw();
	}

	redraw()
	{
		const style = getComputedStyle(this.canvas);

		this.#palette = COLOURS.map((_, i) =>
			style.getPropertyValue(`--pen-${i}`).trim());
		this.paint.clearRect(0, 0, this.canvas.width, this.canvas.height);
		for (const stroke of this.board.strokes)
			this.draw(stroke);
		for (const drawn of this.board.pending.values())
			if (drawn.kind === "stroke")
				this.draw(drawn);
	}

	/* From the point `from` on: what came before it is drawn already. */
	draw({ colour, width, points }, from = 0)
	{
		const { paint, canvas } = this;
		const x = (i) => points[i] / SIDE * canvas.width;
		const y = (i) => points[i + 1] / SIDE * canvas.height;

		paint.strokeStyle = this.#palette[colour];
		paint.lineWidth = Math.max(1, width * canvas.width / WIDTHS);
		paint.lineCap = paint.lineJoin = "round";
		paint.beginPath();
		paint.moveTo(x(from), y(from));
		for (let i = from; i < points.length; i += 2)
			paint.lineTo(x(i), y(i));
		paint.stroke();
	}

	/* Where an event points to, in the board's measure. */
	place({ clientX, clientY })
	{
		const box = this.canvas.getBoundingClientRect();
		const clip = (part) =>
			Math.round(Math.min(1, Math.max(0, part)) * SIDE);

		return [clip((clientX - box.left) / box.width),
			clip((clientY - box.top) / box.height)];
	}

	point(who, name, hue, x, y)
	{
		let pen = this.pens.get(who);

		if (!pen) {
			pen = element("div", "pen", element("span", "pen-name", name));
			pen.dataset.hue = hue;
			this.pens.set(who, pen);
			this.cursors.append(pen);
		}
		pen.style.left = `${x / SIDE * 100}%`;
		pen.style.top = `${y / SIDE * 100}%`;
		pen.classList.toggle("to-left", x > SIDE * 0.75);
	}

	/* Takes away the pens of those who have left. */
	prune(people)
	{
		for (const [who, pen] of this.pens)
			if (!people.has(who)) {
				pen.remove();
				this.pens.delete(who);
			}
	}
}
