import { discreetly, type Kind, quoted, readEntries, right, wrong } from "./field.ts";

/** Labels of an instance: `label.X` of a rule is compared with them. */
export const labels: Kind<Readonly<Record<string, string>>> = {
  expected: "a mapping of names to texts, such as {team: platform}",
  hint: { type: "object", additionalProperties: { type: "string" } },
  read: (value) =>
    readEntries(value, "a text of at most 256 characters", (name, item) => {
      if (!/^[a-z][a-z0-9_-]{0,62}$/i.test(name)) {
        return discreetly("is no name of a label", "expected letters, digits, - and _, a letter first, at most 63");
      }
      if (typeof item === "number" || typeof item === "boolean") {
        return wrong(`is ${item}, not a text`, `write "${item}" in quotes`);
      }
      if (typeof item !== "string" || item.length > 256) return wrong(`is ${quoted(item)}`);
      return right(item);
    }),
};
