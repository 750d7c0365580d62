import type { Request, Response } from "express";
import { clientOf } from "../access/client.ts";
import { BOUNDS } from "../bounds.ts";
import type { Incident, IncidentAction } from "../contract/incident.ts";
import type { IncidentActions, IncidentArchive, LiveState } from "../contract/ports.ts";
import type { BodySender } from "./body-sender.ts";
import { acknowledgeBody, expectedBody, noteBody } from "./incident-bodies.ts";
import { sendProblem, sendStoreProblem } from "./problems.ts";
import type { Route } from "./route.ts";
import { principalOf, seenBy } from "./security-middleware.ts";
import { withBody } from "./with-body.ts";

/** A write that was applied, for the log. */
export interface AppliedWrite {
  readonly incident: string;
  readonly action: IncidentAction;
  /** Name of the token that permitted it; null where none was needed. */
  readonly token: string | null;
  readonly client: string;
}

/** What people can do to an incident: acknowledge it, add a note, and mark it as expected. */
export function incidentWriteRoutes(parts: {
  live: LiveState;
  actions: IncidentActions;
  archive: IncidentArchive | null;
  sender: BodySender;
  onWrite: (write: AppliedWrite) => void;
}): readonly Route[] {
  const { live, actions, archive, sender, onWrite } = parts;

  async function apply(
    request: Request,
    response: Response,
    given: string | undefined,
    toAction: (name: string) => IncidentAction,
  ): Promise<void> {
    const token = principalOf(response).name;
    const name = given ?? token;
    if (name === null) return sendProblem(response, 400, "name: is missing.");
    const id = String(request.params["id"]);
    const action = toAction(name);
    let incident: Incident | null;
    try {
      const before = live.incident(id) ?? (await archive?.find(id)) ?? null;
      if (before !== null && seenBy(response).incident(before) === null) {
        return sendProblem(response, 404, "There is no such incident, or it is no longer kept.");
      }
      if (action.kind === "noted" && before !== null && before.notes.length >= BOUNDS.incidentNotesMax) {
        return sendProblem(response, 409, `An incident has at most ${BOUNDS.incidentNotesMax} notes.`);
      }
      incident = before === null ? null : await actions.applyAction(id, action);
    } catch (error) {
      return sendStoreProblem(response, error, "Incidents of earlier cannot be written now.");
    }
    if (incident === null) return sendProblem(response, 404, "There is no such incident, or it is no longer kept.");
    onWrite({ incident: id, action, token, client: clientOf(request).address });
    sender.sendJson(request, response, seenBy(response).incident(incident) ?? incident);
  }

  return [
    {
      method: "post",
      path: "/api/v1/incidents/:id/acknowledge",
      handle: withBody(acknowledgeBody, ({ name, note: text }, request, response) =>
        apply(request, response, name, (by) => ({ kind: "acknowledged", name: by, text })),
      ),
    },
    {
      method: "post",
      path: "/api/v1/incidents/:id/notes",
      handle: withBody(noteBody, ({ name, note: text }, request, response) =>
        apply(request, response, name, (by) => ({ kind: "noted", name: by, text })),
      ),
    },
    {
      method: "post",
      path: "/api/v1/incidents/:id/expected",
      handle: withBody(expectedBody, ({ name, why }, request, response) =>
        apply(request, response, name, (by) => ({ kind: "marked-expected", name: by, why })),
      ),
    },
  ];
}
