/* SPDX-License-Identifier: MIT
 *
 * The index page: puts this server's own address into the shell command.
 */
import { socketURL } from "./page.js";

document.getElementById("address").textContent =
	socketURL("/echo", location.href);
