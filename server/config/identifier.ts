import { text } from "./scalars.ts";

/** Name of a site or a network. */
export const identifier = text(
  "1 to 63 letters, digits, dots, - or _, a letter or digit first",
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
);
