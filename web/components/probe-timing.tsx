import type { ProbePhases } from "../../server/contract/probe-result.ts";
import { formatMilliseconds } from "../lib/quantity-format.ts";

const STAGE_LABELS = [
  ["connect", "connect"],
  ["tls", "TLS"],
  ["answer", "answer"],
] as const;

interface ProbeTimingProps {
  readonly phases: ProbePhases;
  readonly isFailure: boolean;
  /** Stage at which the probe ended. */
  readonly stage: string | null;
}

/** Phases of a probe as a waterfall; the failed stage has the verdict's colour. */
export function ProbeTiming({ phases, isFailure, stage }: ProbeTimingProps) {
  const total = Math.max(
    0.001,
    STAGE_LABELS.reduce((sum, [key]) => sum + (phases[key] ?? 0), 0),
  );
  return (
    <dl className="probe-timing num">
      {STAGE_LABELS.map(([key, name], index) => {
        const durationMs = phases[key];
        const startMs = STAGE_LABELS.slice(0, index).reduce((sum, [earlier]) => sum + (phases[earlier] ?? 0), 0);
        const left = (startMs / total) * 100;
        const width = Math.max(1, ((durationMs ?? 0) / total) * 100);
        return (
          <div key={key}>
            <dt className="muted">{name}</dt>
            <dd>
              <svg className="probe-timing-bar" width="100%" height="12" aria-hidden="true" focusable="false">
                <rect className="probe-timing-track" width="100%" height="12" rx="2" />
                {durationMs !== null && (
                  <rect
                    className={isFailure && stage === key ? "probe-timing-failed" : "probe-timing-value"}
                    x={`${Math.min(left, 99)}%`}
                    width={`${width}%`}
                    height="12"
                    rx="2"
                  />
                )}
              </svg>
              <span>{durationMs === null ? "–" : formatMilliseconds(durationMs)}</span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
