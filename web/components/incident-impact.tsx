import type { Incident } from "../../server/contract/incident.ts";
import { formatPercent, formatThousands } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { PageLink } from "./page-link.tsx";

const MEMBERS_SHOWN = 50;

/** Who is hit: its servers with their own times, and each backend that sent them traffic. */
export function IncidentImpact({ incident }: { incident: Incident }) {
  const now = useDashboardClient().time().now;
  const { members, backends } = incident;
  return (
    <section className="block panel" aria-label="Blast radius">
      <h2 className="panel-title">Blast radius</h2>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Backend</th>
              <th scope="col">Sent to it</th>
              <th scope="col">Share</th>
              <th scope="col" className="impact-minor">
                Open now
              </th>
              <th scope="col">Healthy left</th>
              <th scope="col" className="impact-minor">
                Errors
              </th>
            </tr>
          </thead>
          <tbody>
            {backends.map((each) => (
              <tr key={`${each.instance}/${each.backend}`}>
                <th scope="row">
                  {each.instance} / <b>{each.backend}</b>
                </th>
                <td>
                  {formatThousands(each.sessions)} {each.unit}
                </td>
                <td>{each.share === null ? "–" : formatPercent(each.share)}</td>
                <td className="impact-minor">{formatThousands(each.held)}</td>
                <td>
                  {each.healthyLeft}
                  {each.backupsInUse > 0 && `, ${each.backupsInUse} backup`}
                </td>
                <td className="impact-minor" title="connect errors, response errors, 5xx responses">
                  {each.connectErrors + each.responseErrors + each.responses5xx}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h3 className="panel-title">Servers</h3>
      <ul className="members">
        {members.slice(0, MEMBERS_SHOWN).map((member) => (
          <li key={member.key}>
            <PageLink to={{ page: "servers", key: member.key }}>{member.key}</PageLink>
            <span className="muted">
              {member.active ? `since ${formatTimestamp(Date.parse(member.since), now)}` : "left"}
            </span>
            <span>
              {formatThousands(member.sessions)}
              {member.held > 0 && <span className="muted">, {formatThousands(member.held)} open</span>}
            </span>
          </li>
        ))}
      </ul>
      {members.length > MEMBERS_SHOWN && <p className="muted">and {members.length - MEMBERS_SHOWN} more</p>}
    </section>
  );
}
