import type { Socket } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { Target, TcpProbe } from "../contract/target.ts";
import { completeWith, type ProbeAttempt } from "./probe-attempt.ts";
import { GrowingTextMatcher } from "./body-expectation.ts";
import type { Deadline } from "./deadline.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import type { ProbeResources } from "./probe-resources.ts";
import { probeUrl } from "./probe-url.ts";
import { truncateBody } from "./untrusted-text.ts";
import { runProbe } from "./probe-run.ts";

/**
 * Connects, with TLS where the rule says so, and passes; where the rule expects data, it sends the rule's bytes and
 * waits for a match. Always on a fresh connection. Never rejects.
 */
export function probeTcp(
  target: Target,
  probe: TcpProbe,
  resources: ProbeResources,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  const run = {
    target,
    url: probeUrl(target, probe.tls === null ? "tcp" : "tls", ""),
    tls: probe.tls,
    alpnProtocols: [],
    allowReuse: false,
    exchange: (attempt: ProbeAttempt, { socket }: { readonly socket: Socket }) =>
      exchangeTcp(attempt, probe, socket, deadline),
  };
  return runProbe(run, resources, deadline);
}

async function exchangeTcp(
  attempt: ProbeAttempt,
  probe: TcpProbe,
  socket: Socket,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  if (probe.expect.kind === "any") {
    // Without an expectation the probe ends at this stage.
    const stage = attempt.overTls ? "tls" : "connect";
    return completeWith(attempt, { outcome: "passed", kind: "answered", stage, fault: null });
  }
  const startedAt = attempt.clock.now();
  const { text, matches, isInPieces } = await readUntilMatch(socket, probe, deadline);
  if (isInPieces || (!matches && text.length > BOUNDS.probeFailingBytes)) attempt.isWasteful = true;
  attempt.phases.answer = attempt.clock.now() - startedAt;
  const body = truncateBody(text);
  const answered = { kind: "answered", stage: "answer", body } as const;
  if (matches) return completeWith(attempt, { ...answered, outcome: "passed", fault: null });
  const detail = "the received data is not as expected";
  return completeWith(attempt, { ...answered, outcome: "failed", fault: "probe-unexpected-body", detail });
}

/**
 * Sends, and reads until the data matches, the server ends or a limit is reached. Rejects with the deadline's reason, the
 * socket's error, or a reset where the server ended without data.
 */
function readUntilMatch(
  socket: Socket,
  probe: TcpProbe,
  deadline: Deadline,
): Promise<{ readonly text: string; readonly matches: boolean; readonly isInPieces: boolean }> {
  return new Promise((resolve, reject) => {
    const matcher = new GrowingTextMatcher(probe.expect);
    let bytes = Buffer.alloc(0);
    let reads = 0;
    let smallReads = 0;
    const settle = (act: () => void): void => {
      deadline.setEndHandler(null);
      socket.destroy();
      act();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const read = (ended: boolean): void => {
      const text = bytes.toString("utf8");
      const matches = matcher.matches(text, ended);
      const full =
        matcher.isExhausted || bytes.length >= BOUNDS.probeBodyReadBytes || reads >= BOUNDS.probeResponseReads;
      if (matches || full || (ended && bytes.length > 0))
        return settle(() => resolve({ text, matches, isInPieces: smallReads > BOUNDS.probeSmallReads }));
      if (ended) settle(() => reject(Object.assign(new Error("closed without data"), { code: "ECONNRESET" })));
    };
    socket.on("data", (chunk: Buffer) => {
      deadline.markProgress();
      reads += 1;
      if (chunk.length < BOUNDS.probeSmallChunkBytes) smallReads += 1;
      bytes = Buffer.concat([bytes, chunk]).subarray(0, BOUNDS.probeBodyReadBytes);
      read(false);
    });
    socket.on("end", () => read(true));
    socket.on("error", fail);
    deadline.setEndHandler(fail);
    if (deadline.ended) return;
    if (probe.send !== "") socket.write(probe.send);
  });
}
