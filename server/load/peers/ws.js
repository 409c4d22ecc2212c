// A server on ws. Clients at /watch receive what clients at /say send.

import { WebSocketServer } from "ws";

import { entry } from "./entry.js";

const watchers = new Set();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT), perMessageDeflate: false });

server.on("connection", (socket, request) => {
  if (request.url === "/watch") {
    watchers.add(socket);
    socket.on("close", () => watchers.delete(socket));
  }
  socket.on("message", (text) => {
    const frame = JSON.stringify(entry(text.toString()));
    for (const watcher of watchers) watcher.send(frame);
  });
});
