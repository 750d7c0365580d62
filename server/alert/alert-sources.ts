import type { AlertSettings } from "../contract/alert-settings.ts";
import type { IncidentFacts } from "./message/incident-alert.ts";
import type { OpenAlert } from "./pipeline/open-alert.ts";

/** What the alerts of this process are made of, beside the store. */
export interface AlertSources {
  readonly settings: () => AlertSettings;
  readonly facts: IncidentFacts;
  /** The notices that hold now. */
  readonly notices: () => readonly OpenAlert[];
  /** False until notices are known after a start: until then none of them has ended. */
  readonly areNoticesKnown: () => boolean;
}
