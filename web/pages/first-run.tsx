import type { InstanceStatus } from "../../server/contract/status.ts";
import { CodeBlock } from "../components/code-block.tsx";
import { CommandText } from "../components/command-text.tsx";
import { type FirstRunTry, firstRunSteps, triedInstances } from "../lib/first-run.ts";
import { useResource } from "../state/use-resource.ts";
import "./first-run.css";

const REFRESH_MS = 5_000;

interface StatusAnswer {
  readonly notReady: readonly string[];
  readonly tried: readonly { readonly stats: string; readonly result: string }[];
}

/** Shown without a server: what was tried and how it answered, the likeliest cause with its cure, and the steps. */
export default function FirstRun({ instances }: { instances: readonly InstanceStatus[] }) {
  return instances.length === 0 ? <NoInstances /> : <Instances instances={instances} />;
}

function Instances({ instances }: { instances: readonly InstanceStatus[] }) {
  const { tries, likeliest } = triedInstances(instances);
  const cause = tries[likeliest];
  const responds = instances.some(({ state }) => state === "ok");
  return (
    <section className="first-run">
      <h1 className="first-run-title">{responds ? "No server reported yet" : "No HAProxy responds yet"}</h1>
      <p className="first-run-intro">
        haprobe goes on polling. This page fills by itself as soon as HAProxy reports a server.
      </p>
      <Tries tries={tries} likeliest={likeliest} />
      {cause !== undefined && !responds && <Steps stats={cause.stats} />}
    </section>
  );
}

function NoInstances() {
  const [status] = useResource<StatusAnswer>("api/v1/status", REFRESH_MS);
  if (status.kind !== "ready") return null;
  const { tried, notReady } = status.value;
  const tries = tried.map(({ stats, result }) => ({ stats, result, remedy: "" }));
  return (
    <section className="first-run">
      <h1 className="first-run-title">No HAProxy found yet</h1>
      <p className="first-run-intro">
        {tries.length > 0 && "haprobe tried the usual addresses and goes on trying every 5 s. "}
        This page fills by itself as soon as one responds.
      </p>
      {tries.length > 0 && (
        <Tries tries={tries} likeliest={tries.findIndex(({ result }) => result.startsWith("perm"))} />
      )}
      <ul className="first-run-intro">
        {notReady.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <Steps stats={null} />
    </section>
  );
}

function Tries({ tries, likeliest }: { tries: readonly FirstRunTry[]; likeliest: number }) {
  return (
    <dl className="first-run-tries block">
      {tries.map(({ stats, result, remedy }, i) => (
        <div key={stats} className={i === likeliest ? "first-run-cause verdict-suspected" : ""}>
          <dt className="mono">{stats}</dt>
          <dd>
            {i === likeliest ? <b className="verdict-text">{result}</b> : result}
            {i === likeliest && remedy !== "" && (
              <>
                . <CommandText text={remedy} />
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Steps({ stats }: { stats: string | null }) {
  return (
    <ol className="first-run-steps">
      {firstRunSteps(stats).map(({ title, text, lines, label }) => (
        <li key={title}>
          <p>
            <b>{title}</b> <span className="muted">{text}</span>
          </p>
          {lines.length > 0 && <CodeBlock lines={lines} label={label} />}
        </li>
      ))}
    </ol>
  );
}
