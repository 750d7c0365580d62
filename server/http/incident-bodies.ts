import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { escapeUnprintableInLines } from "../contract/quote.ts";

const name = z
  .string()
  .trim()
  .min(1)
  .max(BOUNDS.incidentNameChars)
  .regex(/^[^\p{Cc}\p{Bidi_Control}\u2028\u2029]+$/u, "has control characters")
  .optional()
  .meta({ description: "Name of the person; that of the token where it is left out." });

const text = z.string().trim().max(BOUNDS.incidentNoteChars).transform(escapeUnprintableInLines);

/** Body of `/acknowledge`. */
export const acknowledgeBody = z.strictObject({ name, note: text.prefault("") });

/** Body of `/notes`. */
export const noteBody = z.strictObject({ name, note: text.refine((note) => note !== "", "is empty") });

/** Body of `/expected`. */
export const expectedBody = z.strictObject({
  name,
  why: text
    .refine((why) => why !== "", "is empty")
    .nullable()
    .meta({ description: "Why it is expected; null: it is not after all." }),
});
