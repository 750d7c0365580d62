import type { ConfigReader } from "../contract/config-status.ts";
import { CONTRACT_VERSION } from "../contract/status.ts";
import { emptyBody } from "./alert-routes.ts";
import type { BodySender } from "./body-sender.ts";
import type { Route } from "./route.ts";
import type { ConfigResponse } from "./schemas/config-schema.ts";
import { refusePartial } from "./security-middleware.ts";
import { withBody } from "./with-body.ts";

/** The configuration in force, and its reload. */
export function configRoutes(parts: { config: ConfigReader; sender: BodySender }): readonly Route[] {
  const { config, sender } = parts;

  return [
    {
      path: "/api/v1/config",
      handle(request, response) {
        if (refusePartial(response, true) || !sender.admitList(request, response)) return;
        sender.sendJson(request, response, { version: CONTRACT_VERSION, ...config.status() } satisfies ConfigResponse);
      },
    },
    {
      method: "post",
      path: "/api/v1/config/reload",
      scope: "admin",
      handle: withBody(emptyBody, async (_body, request, response) => {
        await config.reload();
        sender.sendJson(request, response, { version: CONTRACT_VERSION, ...config.status() } satisfies ConfigResponse);
      }),
    },
  ];
}
