import type { ServerStatus } from "../../server/contract/status.ts";
import { cureSummary, cureText, serverCure } from "../lib/cure.ts";
import {
  curlCommand,
  drainCommands,
  keepText,
  restoreCommands,
  type RuntimeCommand,
  splitAdvice,
  undoCommands,
} from "../lib/operator-commands.ts";
import { formatList, formatPlural } from "../lib/quantity-format.ts";
import { CopyButton } from "./copy-button.tsx";
import "./mitigation-lines.css";

interface MitigationLinesProps {
  /** The servers of one fault, the first of which stands for all. */
  readonly members: readonly ServerStatus[];
  /** Healthy servers besides the first in its backend; null while none is known to be. */
  readonly healthyLeft: number | null;
  /** Nothing is to be done now: only the permanent fix is shown. */
  readonly isOver: boolean;
}

/** What to do about a fault: the commands for now and the permanent fix, a line each with its Copy. */
export function MitigationLines({ members, healthyLeft, isOver }: MitigationLinesProps) {
  const [first] = members;
  if (first === undefined) return null;
  return (
    <>
      {!isOver && <RuntimeCommands members={members} healthyLeft={healthyLeft} />}
      {first.advice !== "" && <FixLine server={first} />}
    </>
  );
}

/** The permanent fix in one line with its Copy, or what else to do, and the request that shows the difference. */
function FixLine({ server }: { server: ServerStatus }) {
  const { label, text } = splitAdvice(server.advice);
  const lines = serverCure(server.cure);
  const summary = cureSummary(lines);
  const curl = summary.count === 0 && server.verdict === "false-down" ? curlCommand(server) : null;
  return (
    <>
      <div className="action-line">
        <span className="action-label muted">{label}</span>
        {summary.count === 0 ? (
          <p>{text}</p>
        ) : (
          <>
            <span className="action-fix" title={text}>
              <code className="mono truncate">{summary.text}</code>
              <span className="muted num">{formatPlural(summary.count, "line")}</span>
            </span>
            <CopyButton text={cureText(lines)} label="the lines for haproxy.cfg" />
          </>
        )}
      </div>
      {curl !== null && (
        <div className="action-line">
          <span className="action-label muted">Compare</span>
          <span>
            <code className="mono">{curl}</code> <span className="muted">on the machine of {server.instance}</span>
          </span>
          <CopyButton text={curl} label={curl} />
        </div>
      )}
    </>
  );
}

const COMMANDS_MAX = 3;

/** Runtime API commands that drain or restore these servers, and what holds then. They need level admin; the socket that haprobe polls does not. */
function RuntimeCommands({ members, healthyLeft }: Omit<MitigationLinesProps, "isOver">) {
  const [first] = members;
  if (first === undefined) return null;
  const commands = [...drainCommands(members), ...restoreCommands(members)];
  if (commands.length === 0) {
    if (first.verdict !== "false-up" || members.some((member) => member.misrouted.healthyLeft > 0)) return null;
    return (
      <div className="action-line">
        <span className="action-label muted">Mitigate</span>
        <p>{keepText(first, healthyLeft)}</p>
      </div>
    );
  }
  const notes = new Set(members.flatMap(({ restore }) => restore?.note || []));
  return (
    <>
      <CommandLines label="Mitigate" commands={commands} />
      {[...notes].map((note) => (
        <p key={note} className="muted action-note">
          {note}
        </p>
      ))}
      <CommandLines label="Undo" commands={undoCommands(members)} />
    </>
  );
}

/** A line each for the first commands, and one with which all are copied. */
function CommandLines({ label, commands }: { label: string; commands: readonly RuntimeCommand[] }) {
  return (
    <>
      {commands.slice(0, COMMANDS_MAX).map(({ command, instances }, i) => (
        <div className="action-line" key={command}>
          <span className="action-label muted">{i === 0 ? label : ""}</span>
          <span>
            <code className="mono">{command}</code> <span className="muted">on {formatList(instances)}</span>
          </span>
          <CopyButton text={command} label={command} />
        </div>
      ))}
      {commands.length > COMMANDS_MAX && <MoreCommands commands={commands} />}
    </>
  );
}

/** How many are not shown; those of one HAProxy are copied together. */
function MoreCommands({ commands }: { commands: readonly RuntimeCommand[] }) {
  const isOfOne = new Set(commands.flatMap(({ instances }) => instances)).size === 1;
  return (
    <div className="action-line">
      <span className="action-label" />
      <span className="muted">and {commands.length - COMMANDS_MAX} more</span>
      {isOfOne && (
        <CopyButton
          text={commands.map(({ command }) => command).join("\n")}
          label={`all ${commands.length} commands`}
        />
      )}
    </div>
  );
}
