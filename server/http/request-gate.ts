import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { clientOf, setClient, TrustedProxies } from "../access/client.ts";
import { Quota } from "../access/quota.ts";
import { endConnection } from "../access/read-limit.ts";
import { readRequestTarget } from "../access/request-target.ts";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { OnRefused } from "../contract/refusal.ts";
import { takeTurn } from "../slices.ts";
import { sendProblemAndClose, sendProblemBelowExpress } from "./problems.ts";

/**
 * Passes requests to `app` with a valid target, one at a time on each connection, at most `requestsMax` in all. A
 * response that is not sent within `responseTimeoutMs` ends its connection, so a client that does not read holds nothing.
 * `/livez` is answered besides and at once: a supervisor would restart a healthy process. All others take turns with the
 * other work of the event loop, so that hundreds of them delay neither it nor a poll.
 */
export function createRequestGate(
  app: RequestListener,
  clock: Clock,
  basePath: string,
  onRefused: OnRefused,
  proxies: TrustedProxies = new TrustedProxies([]),
): RequestListener {
  const requests = new Quota(BOUNDS.requestsMax);
  /** Pipelined requests by connection; an entry exists while a request is under way. */
  const waiting = new WeakMap<Socket, (() => void)[]>();

  function start(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const target = readRequestTarget(request, basePath);
    const reading = proxies.readClient(request);
    if (reading.kind === "client") setClient(request, reading.client);
    const isLivez = target.kind === "target" && target.path === "/livez";
    const release = isLivez ? releaseNothing : requests.tryTake(clientOf(request).address);
    const cancel = clock.after(BOUNDS.responseTimeoutMs, () => socket.destroy());
    response.once("close", () => {
      cancel();
      release?.();
      const next = waiting.get(socket)?.shift();
      if (next === undefined || socket.destroyed) waiting.delete(socket);
      else next();
    });
    if (release === null) onRefused("request");
    if (reading.kind === "bad") return sendProblemAndClose(response, 400, reading.detail);
    if (target.kind === "bad") return sendProblemAndClose(response, 400, target.detail);
    request.url = target.path;
    request.headers.host = target.host;
    if (isLivez) return app(request, response);
    const handle = release === null ? refuse : () => app(request, response);
    takeTurn(clock, BOUNDS.sliceMs, () => {
      // A client that is gone gets no answer.
      if (!response.destroyed) handle(response);
    });
  }

  return (request, response) => {
    const { socket } = request;
    if (request.headers["transfer-encoding"] !== undefined) limitSmallChunks(request);
    const queue = waiting.get(socket);
    if (queue === undefined) {
      waiting.set(socket, []);
      start(request, response);
    } else if (queue.length < BOUNDS.requestsPipelinedMax) {
      queue.push(() => start(request, response));
    } else {
      endConnection(socket);
    }
  };
}

/** Ends the connection of a body in very many small chunks: each costs as much as some hundred bytes, and is kept until it is read. */
function limitSmallChunks(request: IncomingMessage): void {
  let small = 0;
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null) => {
    if (chunk !== null && chunk.length < BOUNDS.requestSmallChunkBytes) small += 1;
    if (small <= BOUNDS.requestSmallChunksMax) return push(chunk);
    endConnection(request.socket);
    return false;
  };
}

function releaseNothing(): void {}

/** The connection stays: clients that come again on further ones would fill the queue of the listener, and /livez waits in it. */
function refuse(response: ServerResponse): void {
  response.setHeader("retry-after", "1");
  sendProblemBelowExpress(response, 503, "Too many requests are under way.");
}
