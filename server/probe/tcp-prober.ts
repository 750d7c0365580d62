import type { Socket } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { Target, TcpProbe } from "../contract/target.ts";
import { completeWith } from "./probe-attempt.ts";
import type { ProbeAttempt } from "./probe-attempt.ts";
import { matchesExpectation } from "./body-expectation.ts";
import type { Deadline } from "./deadline.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import type { ProbeResources } from "./probe-resources.ts";
import { probeUrl } from "./probe-url.ts";
import { truncateBody } from "./untrusted-text.ts";
import { runProbe } from "./probe-run.ts";

/**
 * Connects, with TLS where the rule says so, and passes; where the rule expects words, it says its own and waits for
 * them. Always by a fresh connection. Never rejects.
 */
export function probeTcp(
  target: Target,
  probe: TcpProbe,
  tools: ProbeResources,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  const visit = {
    target,
    url: probeUrl(target, probe.tls === null ? "tcp" : "tls", ""),
    tls: probe.tls,
    alpnProtocols: [],
    allowReuse: false,
    exchange: (attempt: ProbeAttempt, { socket }: { readonly socket: Socket }) =>
      exchangeTcp(attempt, probe, socket, deadline),
  };
  return runProbe(visit, tools, deadline);
}

async function exchangeTcp(
  attempt: ProbeAttempt,
  probe: TcpProbe,
  socket: Socket,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  if (probe.expect.kind === "any") {
    // It was asked for nothing more, so this is as far as it came.
    const stage = attempt.overTls ? "tls" : "connect";
    return completeWith(attempt, { outcome: "passed", kind: "answered", stage, fault: null });
  }
  const askedAt = attempt.clock.now();
  const { said, fits } = await readUntilMatch(socket, probe, deadline);
  attempt.phases.answer = attempt.clock.now() - askedAt;
  const body = truncateBody(said);
  const answered = { kind: "answered", stage: "answer", body } as const;
  if (fits) return completeWith(attempt, { ...answered, outcome: "passed", fault: null });
  const detail = "what it said is not as expected";
  return completeWith(attempt, { ...answered, outcome: "failed", fault: "probe-unexpected-body", detail });
}

/** 64 KiB come in fewer pieces; whoever sends more wants to have each of them looked at. */
const CHUNKS_MAX = 64;

/**
 * Speaks and reads until it fits, or until the other side ends or has said 64 KiB. Rejects with the deadline's reason,
 * with the socket's error, and with a reset where it ended without a word.
 */
function readUntilMatch(
  socket: Socket,
  probe: TcpProbe,
  deadline: Deadline,
): Promise<{ readonly said: string; readonly fits: boolean }> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    let pieces = 0;
    const settle = (act: () => void): void => {
      deadline.setEndHandler(null);
      socket.destroy();
      act();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const read = (ended: boolean): void => {
      const said = bytes.toString("utf8");
      const fits = matchesExpectation(probe.expect, said, ended);
      const full = bytes.length >= BOUNDS.probeBodyReadBytes || pieces >= CHUNKS_MAX;
      if (fits || full || (ended && bytes.length > 0)) return settle(() => resolve({ said, fits }));
      if (ended) settle(() => reject(Object.assign(new Error("closed without a word"), { code: "ECONNRESET" })));
    };
    socket.on("data", (chunk: Buffer) => {
      deadline.markProgress();
      pieces += 1;
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
