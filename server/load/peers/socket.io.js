// A server on socket.io. Clients with ?watch receive what the others send.

import { Server } from "socket.io";

import { entry } from "./entry.js";

const server = new Server(Number(process.env.PORT), { transports: ["websocket"], perMessageDeflate: false });

server.on("connection", (socket) => {
  if ("watch" in socket.handshake.query) socket.join("room");
  socket.on("say", (text) => server.to("room").emit("entry", entry(text)));
});
