import type { HttpProbe, Target } from "../contract/target.ts";
import { readAnswer, statusFits } from "./answer.ts";
import type { HttpAnswer, HttpExchange } from "./answer.ts";
import { endWith, endWithError } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import type { Secrets } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import type { Ending } from "./ending.ts";
import { exchange } from "./exchange.ts";
import { httpQuestion } from "./http-question.ts";
import { saysTlsPort } from "./learnt-https.ts";
import { wireOf } from "./line.ts";
import type { Line } from "./line.ts";
import type { ProbeTools } from "./probe-tools.ts";
import { probeUrl } from "./probe-url.ts";
import { withoutSecrets } from "./shown-text.ts";
import { goTo } from "./visit.ts";

/**
 * Asks a target over HTTP or HTTPS, on a connection of its own unless the rule says otherwise: as HAProxy's check
 * does, so that a dead listener or an expired certificate is seen. A guessed target that says it speaks TLS is asked
 * again by https, within the same deadline, and from then on. Never rejects.
 */
export function probeHttp(target: Target, probe: HttpProbe, tools: ProbeTools, deadline: Deadline): Promise<Ending> {
  const mayLearn = target.guessed && probe.scheme === "http";
  return mayLearn ? askAndLearn(target, probe, tools, deadline) : ask(target, probe, tools, deadline);
}

async function askAndLearn(target: Target, probe: HttpProbe, tools: ProbeTools, deadline: Deadline): Promise<Ending> {
  const learnt = tools.learnt.has(target.key);
  const ending = await ask(target, learnt ? overTls(probe) : probe, tools, deadline);
  if (ending.kind !== "finding") return ending;
  const { fault, httpStatus, body } = ending.finding;
  if (learnt) {
    // It may have gone back to plain HTTP: the next probe finds out.
    if (fault === "probe-tls-failed") tools.learnt.unlearn(target.key);
    return ending;
  }
  if (!saysTlsPort(httpStatus, body)) return ending;
  tools.learnt.learn(target.key);
  return ask(target, overTls(probe), tools, deadline);
}

/** The same object each time, for what is remembered of it. */
const asTls = new WeakMap<HttpProbe, HttpProbe>();

function overTls(probe: HttpProbe): HttpProbe {
  const tls = asTls.get(probe) ?? { ...probe, scheme: "https" };
  asTls.set(probe, tls);
  return tls;
}

/** Methods that may be sent once more where a kept connection turns out to be dead. */
const REPEATABLE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

function ask(target: Target, probe: HttpProbe, tools: ProbeTools, deadline: Deadline): Promise<Ending> {
  const keeps = REPEATABLE.has(probe.method) && tools.lines.keeps(target);
  const talk = (attempt: Attempt, line: Line, secrets: Secrets): Promise<Ending> => {
    const askedAt = tools.clock.now();
    const question = httpQuestion(probe, secrets.authorization, keeps);
    return exchange(wireOf(line), question, deadline, (exchanged) => {
      if (exchanged.cut === null) attempt.phases.answer = tools.clock.now() - askedAt;
      const ending = endWithAnswer(attempt, probe, exchanged, secrets);
      // After anything else than a pass the next probe looks with a fresh connection.
      if (exchanged.leftOpen && ending.kind === "finding" && ending.finding.outcome === "passed") {
        attempt.socket = null;
        tools.lines.put(target, line);
      } else line.socket.destroy();
      return ending;
    });
  };
  const tls = probe.scheme === "https" ? probe.tls : null;
  return goTo({ target, url: urlOf(target, probe), tls, protocols: [], mayReuse: keeps, talk }, tools, deadline);
}

/** Where each target was asked last: nearly always the next time, too. */
const urls = new WeakMap<HttpProbe, { readonly target: Target; readonly url: string }>();

function urlOf(target: Target, probe: HttpProbe): string {
  const known = urls.get(probe);
  if (known?.target === target) return known.url;
  const url = probeUrl(target, probe.scheme, probe.path);
  urls.set(probe, { target, url });
  return url;
}

/**
 * Reads an answer. One that was cut short proves its status all the same: where the status alone is wrong, that is
 * the finding, and else the cut is.
 */
function endWithAnswer(attempt: Attempt, probe: HttpProbe, { answer, cut }: HttpExchange, secrets: Secrets): Ending {
  const httpStatus = answer.status;
  const found = readAnswer(probe, secrets.redact.length === 0 ? answer : redacted(answer, secrets.redact));
  if (cut !== null && statusFits(probe, httpStatus)) {
    return endWithError(attempt, cut, { httpStatus, body: found.body });
  }
  return endWith(attempt, { ...found, kind: "answered", stage: "answer", httpStatus });
}

function redacted(answer: HttpAnswer, secrets: readonly string[]): HttpAnswer {
  return {
    ...answer,
    statusText: withoutSecrets(answer.statusText, secrets),
    location: withoutSecrets(answer.location, secrets),
    body: withoutSecrets(answer.body, secrets),
  };
}
