import type { ReactNode } from "react";
import { useIsWaitingLong } from "../state/use-is-waiting-long.ts";
import type { Resource } from "../state/use-resource.ts";
import { SkeletonRows } from "./empty-states.tsx";

interface ResourceViewProps<T> {
  readonly resource: Resource<T>;
  /** What it is: `Incidents`. */
  readonly name: string;
  readonly onRetry: () => void;
  readonly children: (value: T) => ReactNode;
}

/** A part that is loaded: placeholders before, why it failed with a way to try again, the value with a note while it is old. */
export function ResourceView<T>({ resource, name, onRetry, children }: ResourceViewProps<T>) {
  if (resource.kind === "loading") return <Placeholder name={name} />;
  const error = resource.kind === "failed" || resource.error !== null ? resource.error : null;
  return (
    <>
      {error !== null && (
        <div className="block part-failed" role="alert">
          <p>
            <b>{resource.kind === "ready" ? `${name} may be outdated.` : `${name} could not be loaded.`}</b> {error}
          </p>
          <button type="button" className="button" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
      {resource.kind === "ready" && children(resource.value)}
    </>
  );
}

function Placeholder({ name }: { name: string }) {
  const isShown = useIsWaitingLong();
  return (
    <div role="status" aria-busy="true" aria-label={`Waiting for ${name.toLowerCase()}`}>
      {isShown && (
        <div className="block">
          <SkeletonRows />
        </div>
      )}
    </div>
  );
}
