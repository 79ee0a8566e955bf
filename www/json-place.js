/* SPDX-License-Identifier: MIT
 *
 * Where a text stops being JSON. Browsers say it in many ways, or not at all.
 */

const SPACE = /[ \t\n\r]*/y;
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const OTHER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const MAX_DEPTH = 500;

class Scan {
	at = 0;

	constructor(text)
	{
		this.text = text;
	}

	/* Goes on over what fits; false: it does not, and `at` stays. */
	over(pattern)
	{
		pattern.lastIndex = this.at;
		if (!pattern.test(this.text))
			return false;
		this.at = pattern.lastIndex;
		return true;
	}

	sign(character)
	{
		this.over(SPACE);
		if (this.text[this.at] !== character)
			return false;
		this.at++;
		return true;
	}

	value(depth)
	{
		if (depth > MAX_DEPTH)
			return false;
		if (this.sign("{"))
			return this.list("}", () => this.over(TEXT) &&
				this.sign(":") && this.value(depth + 1));
		if (this.sign("["))
			return this.list("]", () => this.value(depth + 1));
		return this.over(TEXT) || this.over(OTHER);
	}

	list(end, item)
	{
		if (this.sign(end))
			return true;
		do {
			this.over(SPACE);
			if (!item())
				return false;
		} while (this.sign(","));
		return this.sign(end);
	}
}

/* The index of the first character that does not fit; -1 if all do. */
export function mistakeAt(text)
{
	const scan = new Scan(text);

	if (!scan.value(0))
		return scan.at;
	scan.over(SPACE);
	return scan.at < text.length ? scan.at : -1;
}

/* "at line 2, column 5", or "at the end" */
export function placeOf(text, at)
{
	const before = text.slice(0, at).split("\n");

	return text.slice(at).trim() === "" ? "at the end"
		: `at line ${before.length}, column ${before.at(-1).length + 1}`;
}
