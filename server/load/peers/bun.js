// A server on Bun. Clients at /watch receive what clients at /say send.

import { entry } from "./entry.js";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT),
  fetch(request) {
    const watches = new URL(request.url).pathname === "/watch";
    return server.upgrade(request, { data: { watches } }) ? undefined : new Response("a socket is expected", { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    open(socket) {
      if (socket.data.watches) socket.subscribe("room");
    },
    message(_socket, text) {
      server.publish("room", JSON.stringify(entry(text)));
    },
  },
});
