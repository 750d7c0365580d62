import type { InstanceStatus } from "../../server/contract/status.ts";
import { ConfigurationPanel } from "../components/configuration-panel.tsx";
import { InstanceList } from "../components/instance-list.tsx";
import { DesktopNotificationSetting } from "../components/notification-setting.tsx";
import { PresentNote } from "../components/present-note.tsx";
import { ProcessPanel } from "../components/process-panel.tsx";
import { SessionPanel } from "../components/session-panel.tsx";
import { VantageList } from "../components/vantage-list.tsx";
import "./settings.css";

/** The configuration in force, the instances, and who is signed in. */
export default function Settings({ instances }: { instances: readonly InstanceStatus[] }) {
  return (
    <div className="content">
      <h1 className="visually-hidden">Settings</h1>
      <PresentNote />
      <InstanceList instances={instances} />
      <VantageList />
      <div className="settings-columns">
        <ConfigurationPanel />
        <div className="settings-side">
          <SessionPanel />
          <section className="block panel" aria-label="This browser">
            <h2 className="panel-title">This browser</h2>
            <DesktopNotificationSetting />
          </section>
          <ProcessPanel />
        </div>
      </div>
    </div>
  );
}
