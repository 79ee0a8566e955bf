/* SPDX-License-Identifier: MIT
 *
 * Questions to ask of any page: has every control a name, can every text be
 * read against what lies behind it, is the document in order, does it fit.
 * Each returns a list of complaints; an empty one is good news.
 */
import assert from "node:assert/strict";

const CONTROLS = new Set(["button", "link", "textbox", "checkbox", "radio",
	"combobox", "listbox", "slider", "spinbutton", "image", "img"]);

/* As assistive technology sees it, from the browser's own tree. */
export async function namelessControls(page)
{
	const session = await page.context().newCDPSession(page);
	const { nodes } = await session.send("Accessibility.getFullAXTree");

	await session.detach();
	return nodes.filter((node) => !node.ignored &&
		CONTROLS.has(node.role?.value) && !node.name?.value?.trim())
		.map((node) => `a ${node.role.value} without a name`);
}

export function disorder(page)
{
	return page.evaluate(() => {
		const all = (selector) => [...document.querySelectorAll(selector)];
		const ids = all("[id]").map((node) => node.id);
		const found = [];

		if (!document.documentElement.lang)
			found.push("no lang");
		if (!document.title)
			found.push("no title");
		if (all("h1").length !== 1)
			found.push(`${all("h1").length} h1`);
		for (const id of ids.filter((id, i) => ids.indexOf(id) !== i))
			found.push(`id ${id} twice`);
		for (const node of all("[aria-labelledby], [aria-describedby]"))
			for (const id of ["aria-labelledby", "aria-describedby"]
				.flatMap((name) => (node.getAttribute(name) ?? "")
					.split(" ")))
				if (id && !document.getElementById(id))
					found.push(`reference to ${id}, which is not there`);
		for (const image of all("img:not([alt])"))
			found.push(`image without alt: ${image.src}`);
		return found;
	});
}

/* WCAG 1.4.3: 4.5 to 1, or 3 to 1 for large text. */
export function faintTexts(page)
{
	return page.evaluate(() => {
		const channels = (colour) =>
			(colour.match(/[\d.]+/g) ?? []).map(Number);
		const luminance = (rgb) => {
			const [r, g, b] = rgb.slice(0, 3).map((c) =>
				c / 255 <= 0.04045 ? c / 255 / 12.92
					: ((c / 255 + 0.055) / 1.055) ** 2.4);

			return 0.2126 * r + 0.7152 * g + 0.0722 * b;
		};
		const behind = (node) => {
			for (let at = node; at; at = at.parentElement) {
				const rgba = channels(
					getComputedStyle(at).backgroundColor);

				if (rgba.length === 3 || rgba[3] === 1)
					return rgba;
			}
			return matchMedia("(prefers-color-scheme: dark)").matches
				? [18, 18, 18] : [255, 255, 255];
		};
		const walker = document.createTreeWalker(document.body,
			NodeFilter.SHOW_TEXT);
		const found = [];

		while (walker.nextNode()) {
			const text = walker.currentNode.textContent.trim();
			const node = walker.currentNode.parentElement;

			if (!text || !node.checkVisibility() ||
			    node.closest("script, .unseen"))
				continue;
			const style = getComputedStyle(node);
			const pair = [luminance(channels(style.color)),
				luminance(behind(node))].sort((a, b) => b - a);
			const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
			const large = parseFloat(style.fontSize) >= 24;

			if (ratio < (large ? 3 : 4.5))
				found.push(`${ratio.toFixed(2)} to 1: ${
					text.slice(0, 40)}`);
		}
		return found;
	});
}

export function overflow(page)
{
	return page.evaluate(() => {
		const wide = document.documentElement.scrollWidth;

		if (wide <= innerWidth)
			return [];
		return [...document.querySelectorAll("body *")]
			.filter((node) =>
				node.getBoundingClientRect().right > innerWidth + 1)
			.map((node) => `${node.tagName} ${node.className} reaches ${
				node.getBoundingClientRect().right}`);
	});
}

/* Names of the focusable things in the order of Tab, each with a visible ring. */
export async function walkByTab(page, count)
{
	const stops = [];

	for (let i = 0; i < count; i++) {
		await page.keyboard.press("Tab");
		stops.push(await page.evaluate(() => {
			const node = document.activeElement;
			const ringed = node.classList.contains("unseen")
				? node.nextElementSibling : node;
			const style = getComputedStyle(ringed);

			return {
				name: node.id || node.textContent.trim(),
				ring: style.outlineStyle !== "none" &&
					parseFloat(style.outlineWidth) >= 2,
			};
		}));
	}
	return stops;
}

/* All questions of a page, once nothing moves, and a picture of it. */
export async function survivesAudit(page, label)
{
	await page.evaluate(() => Promise.allSettled(
		document.getAnimations().map(({ finished }) => finished)));
	assert.deepEqual(await overflow(page), [], label);
	assert.deepEqual(await namelessControls(page), [], label);
	assert.deepEqual(await disorder(page), [], label);
	assert.deepEqual(await faintTexts(page), [], label);
	await page.evaluate(() => scrollTo(0, 0));
	await page.screenshot({ path: `${process.env.SHOTS}/${label}.png`,
		fullPage: true });
}
