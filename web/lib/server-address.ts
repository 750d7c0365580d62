import { hrefOf } from "./navigation.ts";
import { type ViewQuery, viewParameters } from "./view-query.ts";

/** Address of the servers with the drawer of one, null for none, and the table's filters and range. */
export function serverHref(key: string | null, query: ViewQuery): string {
  return hrefOf({ page: "servers", key }, viewParameters(query));
}
