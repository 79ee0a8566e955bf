/* SPDX-License-Identifier: MIT
 *
 * The index page: puts this server's own address into the shell command.
 */
import { socketURL } from "./cleat.js";

document.getElementById("address").textContent =
	socketURL("/echo", location.href);
