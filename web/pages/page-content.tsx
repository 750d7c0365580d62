import { lazy } from "react";
import { PageLink } from "../components/page-link.tsx";
import { type Route, routeOf } from "../lib/route.ts";
import type { FleetView } from "../state/use-fleet-view.ts";
import { Overview } from "./overview.tsx";
import { Servers } from "./servers.tsx";

// Each is a file of its own, loaded when it is opened.
const FirstRun = lazy(() => import("./first-run.tsx"));
const Sites = lazy(() => import("./sites.tsx"));
const Incidents = lazy(() => import("./incidents.tsx"));
const Numbers = lazy(() => import("./numbers.tsx"));
const Findings = lazy(() => import("./findings.tsx"));
const Notifications = lazy(() => import("./notifications.tsx"));
const Settings = lazy(() => import("./settings.tsx"));

/** The page of a route. */
export function PageContent({ route, view }: { route: Route; view: FleetView }) {
  switch (route.page) {
    case "overview":
    case "servers":
      if (view.servers.length === 0) {
        return view.moment === null ? <FirstRun instances={view.instances} /> : <NothingRecorded />;
      }
      return "key" in route ? <Servers view={view} openKey={route.key} /> : <Overview view={view} />;
    case "sites":
      return <Sites view={view} />;
    case "incidents":
      return <Incidents id={route.id} />;
    case "numbers":
      return <Numbers />;
    case "findings":
      return <Findings />;
    case "notifications":
      return <Notifications id={route.id} />;
    case "settings":
      return <Settings instances={view.instances} />;
    case "not-found":
      return <NotFound />;
  }
}

/** A past moment of which no server is known. */
function NothingRecorded() {
  return (
    <div className="content">
      <div className="block part-failed">
        <p>
          <b>Nothing was recorded at this time.</b> The later change is the first one that was, if there is any.
        </p>
      </div>
    </div>
  );
}

function NotFound() {
  return (
    <div className="content">
      <div className="block part-failed">
        <p>
          <b>No such page.</b>
        </p>
        <PageLink to={routeOf("overview")} className="button">
          Overview
        </PageLink>
      </div>
    </div>
  );
}
