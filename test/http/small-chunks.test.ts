import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { systemClock } from "../../server/clock.ts";
import { createRequestGate } from "../../server/http/request-gate.ts";

test("a body in very many small chunks ends its connection, one in few is read", async () => {
  const app = createRequestGate(
    (request, response) => {
      text(request).then(
        (body) => response.end(String(body.length)),
        () => {},
      );
    },
    systemClock,
    "",
    () => {},
  );
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const post = async (chunks: number): Promise<string> => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    socket.write(
      `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    socket.write(`${"1\r\nx\r\n".repeat(chunks)}0\r\n\r\n`);
    return text(socket).catch(() => "");
  };
  expect(await post(BOUNDS.requestSmallChunksMax)).toMatch(/256\r\n|256$/);
  expect(await post(BOUNDS.requestSmallChunksMax + 1)).toBe("");
  server.close();
});
