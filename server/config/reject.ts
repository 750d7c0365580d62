import { z } from "zod";

/** Refuses the value of a codec. `message` says what to write instead, `wrong` what is wrong with the value; neither repeats it, since it may be a secret. */
export function reject(payload: z.core.ParsePayload, message: string, wrong?: string): never {
  const params = wrong === undefined ? {} : { params: { wrong } };
  // `continue` lets a union report this issue instead of one about its alternatives.
  payload.issues.push({ code: "custom", input: payload.value, message, continue: true, ...params });
  return z.NEVER;
}
