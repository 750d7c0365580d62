import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  findingsResponseSchema,
  incidentsResponseSchema,
  instancesResponseSchema,
  serversResponseSchema,
  statusResponseSchema,
} from "../../server/http/schemas/response-schemas.ts";
import { EXAMPLES } from "../../server/http/schemas/examples.ts";
import { exactSchema } from "../../server/http/schemas/exact-schema.ts";
import { numbersSchema, serverHistorySchema, serverSeriesSchema } from "../../server/http/schemas/history-schema.ts";
import { incidentSchema } from "../../server/http/schemas/incident-schema.ts";
import { problemSchema } from "../../server/http/schemas/problem-schema.ts";
import { serverStatusSchema } from "../../server/http/schemas/server-schema.ts";
import { streamJsonSchema } from "../../server/http/schemas/stream-schema.ts";
import { FALSE_UP, FakeFleet, makeServerKeys } from "../push/fake-fleet.ts";
import { startPushServer } from "../push/push-server.ts";

describe("a schema of the contract does not compile", () => {
  interface Light {
    readonly colour: "red" | "green";
    readonly since: string | null;
    readonly seen: readonly string[];
  }
  const colour = z.enum(["red", "green"]);
  const seen = z.array(z.string());

  test("unless it is exactly the contract's type", () => {
    const good = exactSchema<Light>()(z.object({ colour, since: z.string().nullable(), seen }));
    expect(good.safeParse({ colour: "red", since: null, seen: [] }).success).toBe(true);
    // Each of these is a line that the compiler refuses; were it to pass one, the comment above it would be the error.
    const refused = [
      // @ts-expect-error a field of the contract is missing
      exactSchema<Light>()(z.object({ colour, since: z.string().nullable() })),
      // @ts-expect-error a field that the contract does not have
      exactSchema<Light>()(z.object({ colour, since: z.string().nullable(), seen, brightness: z.number() })),
      // @ts-expect-error a word that the contract does not have
      exactSchema<Light>()(z.object({ colour: z.enum(["red", "green", "blue"]), since: z.string().nullable(), seen })),
      // @ts-expect-error a word of the contract is missing
      exactSchema<Light>()(z.object({ colour: z.enum(["red"]), since: z.string().nullable(), seen })),
      // @ts-expect-error null is not foreseen
      exactSchema<Light>()(z.object({ colour, since: z.string(), seen })),
    ];
    expect(refused).toHaveLength(5);
  });
});

describe("the examples of the description", () => {
  test.each([
    ["server", serverStatusSchema],
    ["servers", serversResponseSchema],
    ["instances", instancesResponseSchema],
    ["findings", findingsResponseSchema],
    ["incident", incidentSchema],
    ["incidents", incidentsResponseSchema],
    ["status", statusResponseSchema],
    ["history", serverHistorySchema],
    ["series", serverSeriesSchema],
    ["numbers", numbersSchema],
    ["noSuchServer", problemSchema],
  ] as const)("%s is what its schema says, without a field that it does not know", (name, schema) => {
    expect(schema.parse(EXAMPLES[name])).toEqual(EXAMPLES[name]);
  });
});

describe("/api/v1/stream.schema.json", () => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  addFormats.default(ajv);
  const validate = ajv.compile(streamJsonSchema());

  test("takes every message of a stream, also one with a field that comes later", async () => {
    const fleet = new FakeFleet(makeServerKeys(2));
    await using server = await startPushServer(fleet);
    const client = server.stream();
    const snapshot = await client.next();
    fleet.set("lb-1/web/s-0", FALSE_UP);
    await server.clock.advance(100);
    const delta = await client.next();
    for (const message of [snapshot, delta, { ...delta, later: 1 }]) {
      expect(validate(message), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  test.each([
    ["another type", { type: "hello" }],
    ["another version", { version: 2 }],
    ["an unknown verdict", { servers: [{ ...EXAMPLES.server, verdict: "maybe" }] }],
    ["a time that is none", { servers: [{ ...EXAMPLES.server, since: "yesterday" }] }],
    ["a missing field", { summary: undefined }],
  ])("refuses %s", (_what, wrong) => {
    const { next: _next, ...snapshot } = EXAMPLES.servers;
    expect(validate(snapshot)).toBe(true);
    expect(validate(JSON.parse(JSON.stringify({ ...snapshot, ...wrong })))).toBe(false);
  });
});
