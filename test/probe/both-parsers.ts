import { expect } from "vitest";
import type { HttpExchange } from "../../server/probe/http-response.ts";
import { startDeadline } from "../../server/probe/deadline.ts";
import { exchangeHttp } from "../../server/probe/http-exchange.ts";
import { readWithNodeParser } from "../../server/probe/node-http-parser.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { readHeaders } from "../../server/probe/response-heads.ts";
import { detachedReader } from "./detached-reader.ts";

const request = (method: string, keepAlive: boolean) =>
  ({ method, head: "", keepAlive, endsAtHeaders: null, decodesBody: true, upgrade: null }) as const;

/** The exchange of these bytes, received in one chunk, by Node's parser alone or by `exchangeHttp`. */
async function outcomeOf(
  bytes: Buffer,
  method: string,
  keepAlive: boolean,
  byNode: boolean,
): Promise<HttpExchange | "rejected"> {
  const reader = detachedReader();
  using deadline = startDeadline(new FakeClock(), 1_000);
  const asked = request(method, keepAlive);
  const exchanged = byNode
    ? readWithNodeParser(reader, bytes, asked, deadline)
    : exchangeHttp(reader, asked, deadline, (all) => all);
  if (!byNode) reader.socket.push(bytes);
  const settled = await exchanged.catch(() => "rejected" as const);
  const comparable = (exchange: HttpExchange): HttpExchange => ({
    ...exchange,
    head: readHeaders(exchange.head, exchange.headLength).map(({ name, value }) => `${name}: ${value}`),
    headLength: 0,
  });
  expect(reader.socket.destroyed).toBe(settled === "rejected" || !settled.isReusable);
  return settled === "rejected" ? settled : comparable(settled);
}

/** Checks that our parser and Node's read the same from these bytes. */
export async function expectSameOutcome(bytes: Buffer, method: string, keepAlive: boolean): Promise<void> {
  const [ours, nodes] = await Promise.all([
    outcomeOf(bytes, method, keepAlive, false),
    outcomeOf(bytes, method, keepAlive, true),
  ]);
  if (ours === "rejected" || nodes === "rejected") return expect(ours).toBe(nodes);
  // Node accepts an empty line after a response; our parser closes the connection.
  expect({ ...ours, isReusable: ours.isReusable && nodes.isReusable }).toEqual({
    ...nodes,
    isReusable: ours.isReusable,
  });
}
