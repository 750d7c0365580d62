import { useMediaQuery } from "@mantine/hooks";
import { lazy, Suspense } from "react";
import { PageBoundary } from "../components/page-boundary.tsx";
import { ServerList } from "../components/server-list.tsx";
import { navigate } from "../lib/navigation.ts";
import { serverHref } from "../lib/server-address.ts";
import type { FleetView } from "../state/use-fleet-view.ts";
import { useViewQuery } from "../state/use-view-query.ts";

const ServerDrawer = lazy(() => import("../components/server-drawer.tsx"));

interface ServersProps {
  readonly view: FleetView;
  /** Key of the server whose drawer is open. */
  readonly openKey: string | null;
}

/** Every server with filters and strips, and one of them in a drawer. */
export function Servers({ view, openKey }: ServersProps) {
  const [query] = useViewQuery();
  const coversPage = useMediaQuery("(max-width: 1023.98px)");
  const close = (): void => navigate(serverHref(null, query));
  return (
    <>
      <div className="content" inert={openKey !== null && coversPage}>
        <h1 className="visually-hidden">Servers</h1>
        <ServerList layout="servers" view={view} openKey={openKey} onClose={close} />
      </div>
      {openKey !== null && (
        <PageBoundary>
          <Suspense>
            <ServerDrawer serverKey={openKey} view={view} onClose={close} />
          </Suspense>
        </PageBoundary>
      )}
    </>
  );
}
