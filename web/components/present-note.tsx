import { usePast } from "../state/dashboard-client-context.ts";

/** Says that a page shows the present although the others show a past moment: what it shows is not kept. */
export function PresentNote() {
  if (usePast() === null) return null;
  return (
    <p className="block part-failed present-note" role="status">
      <b>This page shows the present</b>, not that moment.
    </p>
  );
}
