import { randomUUID } from "node:crypto";

/**
 * The name of this haprobe's log on its hubs: that of the data directory, until the log begins anew. It is one for all
 * hubs, since on hubs that share a database another name would replace it.
 */
export class HubLog {
  #ownLogId: string | null = null;
  #id = "";
  /** This process has begun another log. */
  hasBegunAnew = false;

  get id(): string {
    return this.#id;
  }

  /** The name for this log of the data directory, which is `known` where no forwarder has opened it yet. */
  open(ownLogId: string, known: string): string {
    if (ownLogId !== this.#ownLogId) {
      this.#ownLogId = ownLogId;
      this.#id = known;
      this.hasBegunAnew = false;
    }
    return this.#id;
  }

  /** Another name, under which the log begins with the newest verdicts. */
  beginAnew(): string {
    this.#id = randomUUID();
    this.hasBegunAnew = true;
    return this.#id;
  }
}
