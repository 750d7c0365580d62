import { ServerList } from "../components/server-list.tsx";
import type { FleetView } from "../state/use-fleet-view.ts";

/** Every server with filters and strips. */
export function Servers({ view }: { view: FleetView }) {
  return (
    <div className="content">
      <h1 className="visually-hidden">Servers</h1>
      <ServerList view={view} />
    </div>
  );
}
