import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { canDrain, curlCommand, drainCommand, keepText, readyCommand, splitAdvice } from "../lib/operator-commands.ts";
import { rowCommand, socketCommand } from "../lib/stats-socket.ts";
import { serverCure } from "../lib/cure.ts";
import { useHealthyLeft } from "../state/use-healthy-left.ts";
import { CopyButton } from "./copy-button.tsx";
import { CureBlock } from "./cure-block.tsx";
import { Fold } from "./fold.tsx";

interface ServerCommandsProps {
  readonly server: ServerStatus;
  readonly instance: InstanceStatus | undefined;
  /** The command that sends the probe by hand; null where it is not known. */
  readonly curl: string | null;
}

/** Commands for now: drain or restore the server, ask HAProxy, repeat the probe. */
export function ServerCommands({ server, instance, curl }: ServerCommandsProps) {
  const stats = instance?.stats ?? "";
  const inShell = (command: string | null): string | null =>
    command === null ? null : (socketCommand(command, stats) ?? command);
  const healthyLeft = useHealthyLeft(server);
  const { restore } = server;
  const isLast = server.verdict === "false-up" && server.phase === "confirmed" && server.misrouted.healthyLeft === 0;
  const commands: readonly (readonly [label: string, text: string | null])[] = [
    ["Drain", canDrain(server) ? inShell(drainCommand(server)) : null],
    ["Restore", inShell(restore?.command ?? readyCommand(server))],
    ["Undo", inShell(restore?.undo ?? null)],
    ["Ask HAProxy", rowCommand(server.backend, server.server, stats)],
    ["Probe manually", curl ?? curlCommand(server)],
  ];
  return (
    <section className="drawer-section" aria-label="Mitigate">
      <h3 className="detail-title">
        Mitigate <span className="detail-age">haprobe itself never changes HAProxy</span>
      </h3>
      {isLast && <p className="drawer-command">{keepText(server, healthyLeft)}</p>}
      {restore !== null && restore.note !== "" && <p className="drawer-command">{restore.note}</p>}
      {commands.map(([label, text]) =>
        text === null ? null : (
          <div className="drawer-command" key={label}>
            <span className="action-label muted">{label}</span>
            <code className="mono">{text}</code>
            <CopyButton text={text} label={label} />
          </div>
        ),
      )}
    </section>
  );
}

/** What cures the fault for good: the advice, and the lines that haproxy.cfg lacks. */
export function PermanentFix({ server }: { server: ServerStatus }) {
  if (server.advice === "" && server.cure.length === 0) return null;
  const { label, text } = splitAdvice(server.advice);
  return (
    <Fold title={label}>
      <section className="drawer-section" aria-label={label}>
        <h3 className="detail-title">{label}</h3>
        {text !== "" && <p className="drawer-advice">{text}</p>}
        {server.cure.length > 0 && <CureBlock lines={serverCure(server.cure)} label="the lines for haproxy.cfg" />}
      </section>
    </Fold>
  );
}
