import { ROLE_SCOPES, type Principal, type Reach, type Role } from "../contract/principal.ts";
import type { GroupRole } from "../contract/settings.ts";

/** A role, and what is seen with it. */
export interface RoleGrant extends Reach {
  readonly role: Role;
}

/** The first entry whose group is among `groups`, else the default role; null where there is neither. */
export function grantOf(
  groups: readonly string[],
  { roles, defaultRole }: { readonly roles: readonly GroupRole[]; readonly defaultRole: Role | null },
): RoleGrant | null {
  const own = new Set(groups);
  const found = roles.find(({ group }) => own.has(group));
  if (found !== undefined) return { role: found.role, instances: found.instances, teams: found.teams };
  return defaultRole === null ? null : { role: defaultRole, instances: null, teams: null };
}

/** The principal of a name with this grant. */
export function principalWith(
  name: string,
  via: Principal["via"],
  { role, instances, teams }: RoleGrant,
  expiresAt: number | null,
): Principal {
  const seesDetails = role !== "viewer";
  return { name, role, via, scopes: ROLE_SCOPES[role], seesDetails, instances, teams, vantage: null, expiresAt };
}
