/* SPDX-License-Identifier: MIT
 *
 * What the pages do with the document again and again. Text goes in as text:
 * nothing here, or in any page, makes markup of a string.
 */

export const by = (id) => document.getElementById(id);

/* Children may be nodes or texts; null and false are none. */
export function element(tag, className, ...children)
{
	const node = document.createElement(tag);

	if (className)
		node.className = className;
	node.append(...children.filter((child) =>
		child !== null && child !== false));
	return node;
}

export function button(label, className, act)
{
	const node = element("button", `button ${className}`.trim(), label);

	node.type = "button";
	node.addEventListener("click", act);
	return node;
}

/*
 * Says things to a screen reader by a polite region: at most once a second,
 * and what piled up meanwhile in one sentence that `sum(texts)` makes.
 */
export function announcer(region, sum)
{
	const EVERY = 1000;	/* ms */
	let texts = [];
	let timer = null;

	function speak()
	{
		timer = null;
		region.textContent = texts.length === 1 ? texts[0] : sum(texts);
		texts = [];
	}
	return (text) => {
		texts.push(text);
		timer ??= setTimeout(speak, EVERY);
	};
}

/*
 * Opens a dialog whose form runs `act`, which may take its time: the dialog
 * closes when it is done, and stays with what `words` makes of the Error that
 * it throws.
 */
export function askIn(dialog, words, act)
{
	const form = dialog.querySelector("form");
	const error = dialog.querySelector(".error");
	const first = dialog.querySelector("input, select, button");
	let busy = false;

	function complain(text)
	{
		error.textContent = text;
		first.setAttribute("aria-invalid", text !== "");
	}

	complain("");
	form.onsubmit = async (event) => {
		event.preventDefault();
		if (busy)
			return;
		busy = true;
		try {
			await act();
			dialog.close();
		} catch (failure) {
			complain(words(failure));
			first.focus();
		} finally {
			busy = false;
		}
	};
	for (const node of dialog.querySelectorAll("[data-close]"))
		node.onclick = () => dialog.close();
	dialog.showModal();
	first.focus();
	first.select?.();
}
