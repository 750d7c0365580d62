import type { Socket } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { Target, TcpProbe } from "../contract/target.ts";
import { endWith } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { bodyFits } from "./body-expectation.ts";
import type { Deadline } from "./deadline.ts";
import type { Ending } from "./ending.ts";
import type { ProbeTools } from "./probe-tools.ts";
import { probeUrl } from "./probe-url.ts";
import { keptText } from "./shown-text.ts";
import { goTo } from "./visit.ts";

/**
 * Connects, with TLS where the rule says so, and passes; where the rule expects words, it says its own and waits for
 * them. Always by a fresh connection. Never rejects.
 */
export function probeTcp(target: Target, probe: TcpProbe, tools: ProbeTools, deadline: Deadline): Promise<Ending> {
  const visit = {
    target,
    url: probeUrl(target, probe.tls === null ? "tcp" : "tls", ""),
    tls: probe.tls,
    protocols: [],
    mayReuse: false,
    talk: (attempt: Attempt, { socket }: { readonly socket: Socket }) => talk(attempt, probe, socket, deadline),
  };
  return goTo(visit, tools, deadline);
}

async function talk(attempt: Attempt, probe: TcpProbe, socket: Socket, deadline: Deadline): Promise<Ending> {
  if (probe.expect.kind === "any") {
    // It was asked for nothing more, so this is as far as it came.
    const stage = attempt.overTls ? "tls" : "connect";
    return endWith(attempt, { outcome: "passed", kind: "answered", stage, fault: null });
  }
  const askedAt = attempt.clock.now();
  const { said, fits } = await listen(socket, probe, deadline);
  attempt.phases.answer = attempt.clock.now() - askedAt;
  const body = keptText(said);
  const answered = { kind: "answered", stage: "answer", body } as const;
  if (fits) return endWith(attempt, { ...answered, outcome: "passed", fault: null });
  const detail = "what it said is not as expected";
  return endWith(attempt, { ...answered, outcome: "failed", fault: "probe-unexpected-body", detail });
}

/** 64 KiB come in fewer pieces; whoever sends more wants to have each of them looked at. */
const PIECES_MAX = 64;

/**
 * Speaks and reads until it fits, or until the other side ends or has said 64 KiB. Rejects with the deadline's reason,
 * with the socket's error, and with a reset where it ended without a word.
 */
function listen(
  socket: Socket,
  probe: TcpProbe,
  deadline: Deadline,
): Promise<{ readonly said: string; readonly fits: boolean }> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    let pieces = 0;
    const settle = (act: () => void): void => {
      deadline.onEnd(null);
      socket.destroy();
      act();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const read = (ended: boolean): void => {
      const said = bytes.toString("utf8");
      const fits = bodyFits(probe.expect, said, ended);
      const full = bytes.length >= BOUNDS.probeBodyReadBytes || pieces >= PIECES_MAX;
      if (fits || full || (ended && bytes.length > 0)) return settle(() => resolve({ said, fits }));
      if (ended) settle(() => reject(Object.assign(new Error("closed without a word"), { code: "ECONNRESET" })));
    };
    socket.on("data", (chunk: Buffer) => {
      deadline.progressed();
      pieces += 1;
      bytes = Buffer.concat([bytes, chunk]).subarray(0, BOUNDS.probeBodyReadBytes);
      read(false);
    });
    socket.on("end", () => read(true));
    socket.on("error", fail);
    deadline.onEnd(fail);
    if (deadline.ended) return;
    if (probe.send !== "") socket.write(probe.send);
  });
}
