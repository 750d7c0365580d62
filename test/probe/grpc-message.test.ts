import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SERVING_STATUSES, encodeHealthRequest, parseHealthResponse } from "../../server/probe/grpc-message.ts";

/** A gRPC frame around these bytes. */
function frame(hex: string, compressed = 0): Buffer {
  const message = Buffer.from(hex, "hex");
  const header = Buffer.alloc(5);
  header[0] = compressed;
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

describe("a question", () => {
  test.each([
    ["about the whole server is empty", "", "0000000000"],
    ["about a service names it", "a.B", "00000000050a03612e42"],
    ["counts bytes, not characters", "é", "00000000040a02c3a9"],
    ["has lengths above 127 in two bytes", "x".repeat(200), `00000000cb0ac801${"78".repeat(200)}`],
  ])("%s", (_rule, service, hex) => {
    expect(encodeHealthRequest(service).toString("hex")).toBe(hex);
  });
});

describe("an answer", () => {
  test.each(SERVING_STATUSES.map((status, number) => [status, number] as const))("says %s by %i", (status, number) => {
    expect(parseHealthResponse(frame(`080${number}`))).toBe(status);
  });

  test.each([
    ["that is empty means the first of them", frame("")],
    ["with a number of a later version means the same", frame("0863")],
  ])("%s", (_rule, bytes) => {
    expect(parseHealthResponse(bytes)).toBe("UNKNOWN");
  });

  test("may hold fields of a later version, in every way of writing", () => {
    const later = ["1001", "1a0161", "250a0b0c0d", "290102030405060708"].join("");
    expect(parseHealthResponse(frame(`${later}0801`))).toBe("SERVING");
    expect(parseHealthResponse(frame(`0801${later}`))).toBe("SERVING");
  });

  test.each([
    ["without a whole frame", Buffer.from([0, 0, 0])],
    ["shorter than its length", frame("0801").subarray(0, 6)],
    ["longer than its length", Buffer.concat([frame("0801"), Buffer.from([0])])],
    ["that is compressed", frame("0801", 1)],
    ["whose number does not end", frame("08ffffffffffffffffffff01")],
    ["whose field is cut", frame("1a05")],
    ["with a group, which proto3 does not know", frame("0b")],
    ["of a megabyte", frame("00".repeat(1_000_000))],
  ])("%s is none", (_rule, bytes) => {
    expect(parseHealthResponse(bytes)).toBeNull();
  });

  test("of any bytes is read or refused, and never breaks", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const status = parseHealthResponse(frame(Buffer.from(bytes).toString("hex")));
        expect(status === null || SERVING_STATUSES.includes(status)).toBe(true);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
