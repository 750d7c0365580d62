import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { TOKEN_ROLES } from "../contract/settings.ts";
import { mapping } from "./mapping.ts";
import { fileName } from "./request.ts";
import { choice, text } from "./scalars.ts";

/** Who may write: acknowledgements, notes and expectations. */
export const authKey = mapping({
  tokens: z
    .array(
      mapping({
        name: text("1 to 63 letters, digits, dots, - or _", /^[\w.-]{1,63}$/).describe("Whose token it is."),
        role: choice([...TOKEN_ROLES]).describe("operator may write, viewer only read."),
        tokenFile: fileName.describe("Holds the token."),
      }),
    )
    .max(BOUNDS.tokensMax)
    .describe(
      "With a token, writes need that of an operator, on any listener; without, only a loopback listener takes them.",
    )
    .prefault([]),
})
  .describe("Who may write.")
  .prefault({});
