import type { AccessGuard } from "../access/access-guard.ts";
import { toAccessRequest } from "../access/access-request.ts";
import type { ConfigReader } from "../contract/config-status.ts";
import { CONTRACT_VERSION } from "../contract/status.ts";
import type { BodySender } from "./body-sender.ts";
import type { Route } from "./route.ts";
import type { ConfigResponse, SessionResponse } from "./schemas/config-schema.ts";

/** The configuration in force, and whose token a request carries. */
export function configRoutes(parts: {
  config: ConfigReader;
  access: AccessGuard;
  sender: BodySender;
}): readonly Route[] {
  const { config, access, sender } = parts;

  return [
    {
      path: "/api/v1/config",
      handle(request, response) {
        if (!sender.admitList(request, response)) return;
        sender.sendJson(request, response, { version: CONTRACT_VERSION, ...config.status() } satisfies ConfigResponse);
      },
    },
    {
      path: "/api/v1/session",
      scope: "public",
      async handle(request, response) {
        if (access.dependsOnSender) response.vary("cookie, authorization");
        const status = await access.describeSender(toAccessRequest(request));
        response.locals["isPrivate"] = access.dependsOnSender;
        sender.sendJson(request, response, { version: CONTRACT_VERSION, ...status } satisfies SessionResponse);
      },
    },
  ];
}
