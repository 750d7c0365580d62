import { ALERT_OPERATIONS } from "./operations/alert-operations.ts";
import { FLEET_OPERATIONS } from "./operations/fleet-operations.ts";
import { HISTORY_OPERATIONS } from "./operations/history-operations.ts";
import { INCIDENT_OPERATIONS } from "./operations/incident-operations.ts";
import { PROCESS_OPERATIONS } from "./operations/process-operations.ts";
import { SESSION_OPERATIONS } from "./operations/session-operations.ts";

/** The operations by path, in OpenAPI's notation: GET and HEAD, or POST for those with a body. */
export const OPERATIONS = {
  ...FLEET_OPERATIONS,
  ...HISTORY_OPERATIONS,
  ...INCIDENT_OPERATIONS,
  ...ALERT_OPERATIONS,
  ...SESSION_OPERATIONS,
  ...PROCESS_OPERATIONS,
};
