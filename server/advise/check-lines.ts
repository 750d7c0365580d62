/** The request of an HTTP check, and the rules for its answer. */
export interface WantedCheck {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  /** What follows `http-check expect`, a line each. */
  readonly expect: readonly string[];
}

/** The lines with which HAProxy asks a server over HTTP, from 2.2 on. */
export function httpCheckLines(wanted: WantedCheck): readonly string[] {
  return ["option httpchk", sendLine(wanted), ...expectLines(wanted)];
}

export function sendLine({ method, path, host }: WantedCheck): string {
  return `http-check send meth ${method} uri ${path} ver HTTP/1.1 hdr Host ${host}`;
}

export function expectLines({ expect }: WantedCheck): readonly string[] {
  return expect.map((rule) => `http-check expect ${rule}`);
}

/** The request in one line, for HAProxy before 2.2. */
export function oldHttpchkLine({ method, path, host }: WantedCheck): string {
  return `option httpchk ${method} ${path} HTTP/1.1\\r\\nHost:\\ ${host}`;
}
