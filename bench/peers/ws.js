// SPDX-License-Identifier: MIT
//
// ws.js: ws on Node, with bufferutil where npm could install it. It echoes,
// without compression, and prints where it listens.
const { WebSocketServer } = require("ws");

const server = new WebSocketServer({
	host: "127.0.0.1",
	port: 0,
	backlog: 4096,
	perMessageDeflate: false,
});
server.on("connection", (socket) => {
	socket.on("message", (data, binary) => socket.send(data, { binary }));
});
server.on("listening", () => {
	console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
