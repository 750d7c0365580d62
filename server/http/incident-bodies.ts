import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { escapeUnprintableInLines } from "../contract/quote.ts";

/** Name of the person behind a write. */
export const personName = z
  .string()
  .trim()
  .min(1)
  .max(BOUNDS.incidentNameChars)
  .regex(/^[^\p{Cc}\p{Bidi_Control}\u2028\u2029]+$/u, "has control characters")
  .optional()
  .meta({ description: "Name of the person; that of the token where it is left out." });

const text = z.string().trim().max(BOUNDS.incidentNoteChars).transform(escapeUnprintableInLines);

/** What a person writes, with control characters escaped. */
export const requiredText = text.refine((written) => written !== "", "is empty");

/** Body of `/acknowledge`. */
export const acknowledgeBody = z.strictObject({ name: personName, note: text.prefault("") });

/** Body of `/notes`. */
export const noteBody = z.strictObject({ name: personName, note: requiredText });

/** Body of `/expected`. */
export const expectedBody = z.strictObject({
  name: personName,
  why: requiredText.nullable().meta({ description: "Why it is expected; null: it is not after all." }),
});
