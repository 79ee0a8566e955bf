/* SPDX-License-Identifier: MIT
 *
 * www/cleat.d.ts says what www/cleat.js has: no more, no less.
 */
import assert from "node:assert/strict";
import fs from "node:fs/promises";
import { test } from "node:test";

import * as module from "../../www/cleat.js";
import { World } from "./world.mjs";

const read = (name) =>
	fs.readFile(new URL(`../../www/${name}`, import.meta.url), "utf8");
const bare = (text) => text.replace(/\/\*.*?\*\//gs, "");
const types = bare(await read("cleat.d.ts"));
const source = bare(await read("cleat.js"));

/* The names that a block of the declarations begins its lines with. */
function members(head)
{
	const block = types.match(new RegExp(`${head} \\{\\n(.*?)\\n\\}`, "s"))[1];

	return [...block.matchAll(/^\t(?:readonly )?(\w+)[?(:<]/gm)]
		.map(([, name]) => name).sort();
}

const own = (prototype) => Object.getOwnPropertyNames(prototype)
	.filter((name) => name !== "constructor").sort();

test("exports", () => {
	const declared = [...types.matchAll(/^export (?:function|const|class) (\w+)/gm)]
		.map(([, name]) => name);

	assert.deepEqual(declared.sort(), Object.keys(module).sort());
});

test("the members of a client and of classes", () => {
	const client = Object.getPrototypeOf(new World().connect());
	const error = new module.CleatError("a", "b");

	assert.deepEqual(members("export interface Client"), own(client));
	assert.deepEqual(members("export class Resume"),
		own(module.Resume.prototype));
	assert.deepEqual(members("export class CleatError extends Error"),
		["answer", "code", "constructor"]);
	assert.deepEqual([error.code, error.message, error.answer],
		["a", "b", null]);
});

test("subscriptions and the rules of follow()", () => {
	const w = new World();
	const subscription = w.connect().follow("a", { enter: () => ({}) });

	assert.deepEqual(members("export interface Subscription"),
		Object.keys(subscription).sort());
	assert.deepEqual(Object.keys(w.client.subscribe("b", () => {})).sort(),
		Object.keys(subscription).sort());
	const used = new Set([...source.matchAll(/follow\.rules\.(\w+)/g)]
		.map(([, name]) => name));

	for (const name of ["since", "position", "entered"])	/* otherwise */
		used.add(name);
	assert.deepEqual(members("export interface FollowRules"),
		[...used].sort());
});

test("events", () => {
	const list = source.match(/const EVENTS = \[(.*?)\]/s)[1];

	assert.deepEqual(members("export interface Events"),
		[...list.matchAll(/"(\w+)"/g)].map(([, name]) => name).sort());
});

test("options, the names in groups and their defaults", () => {
	const block = source.match(/const DEFAULTS = \{\n(.*?)\n\};/s)[1];
	const names = [...block.matchAll(/^\t(\w+):/gm)].map(([, name]) => name);

	assert.deepEqual(members("export interface Options"), names.sort());
	for (const name of names)
		assert.doesNotThrow(() => new World().connect({ [name]: undefined }));
	for (const [, group, inner] of block.matchAll(/^\t(\w+): \{ (.+?) \},$/gm))
		for (const [, key] of inner.matchAll(/(\w+):/g))
			assert.match(types, new RegExp(`\\b${group}\\?:[^;]*[^}]*\\b${
				key}\\?:`), `${group}.${key}`);
});

test("docs/CLIENT.md: the codes, the options, the events, the states", async () => {
	const page = await read("../docs/CLIENT.md");
	const rows = (pattern) => [...page.matchAll(pattern)]
		.map(([, ...fields]) => fields);

	assert.deepEqual(rows(/^\| (\d+) \| (.*) \| (.*) \|$/gm),
		[...module.CLOSE_CODES].map(([code, { name, action }]) =>
			[`${code}`, name, action]));
	for (const name of [...members("export interface Options"),
		...members("export interface Events"),
		...[...types.matchAll(/^\t\| "(\w+)"/gm)].map(([, state]) => state)])
		assert.match(page, new RegExp(`^\\| \`${name}\` \\|`, "m"));
});
