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
  /** Stage in which the probe ended. */
  readonly stage: string | null;
}

/** Where the time of a probe went, as a waterfall; the stage that failed wears the verdict's colour. */
export function ProbeTiming({ phases, isFailure, stage }: ProbeTimingProps) {
  const total = Math.max(
    0.001,
    STAGE_LABELS.reduce((sum, [key]) => sum + (phases[key] ?? 0), 0),
  );
  return (
    <dl className="phases num">
      {STAGE_LABELS.map(([key, name], index) => {
        const took = phases[key];
        const before = STAGE_LABELS.slice(0, index).reduce((sum, [earlier]) => sum + (phases[earlier] ?? 0), 0);
        const left = (before / total) * 100;
        const width = Math.max(1, ((took ?? 0) / total) * 100);
        return (
          <div key={key}>
            <dt className="quiet">{name}</dt>
            <dd>
              <svg className="phase-bar" width="100%" height="12" aria-hidden="true" focusable="false">
                <rect className="phase-ground" width="100%" height="12" rx="2" />
                {took !== null && (
                  <rect
                    className={isFailure && stage === key ? "phase-failed" : "phase-time"}
                    x={`${Math.min(left, 99)}%`}
                    width={`${width}%`}
                    height="12"
                    rx="2"
                  />
                )}
              </svg>
              <span className="phase-took">{took === null ? "–" : formatMilliseconds(took)}</span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
