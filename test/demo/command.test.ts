import { describe, expect, test } from "vitest";
import { parseCommand, USAGE } from "../../demo/command.ts";
import { FAULT_NAMES, SERVERS } from "../../demo/faults.ts";

describe("the arguments after npm run demo --", () => {
  const right: readonly (readonly [line: string, command: object])[] = [
    ["", { kind: "start", listen: null, story: false }],
    ["--story", { kind: "start", listen: null, story: true }],
    ["--listen 127.0.0.1:9000 --story", { kind: "start", listen: "127.0.0.1:9000", story: true }],
    ["break cp-2 etcd", { kind: "break", server: "cp-2", fault: "etcd" }],
    ["break cp-1 die", { kind: "break", server: "cp-1", fault: "die" }],
    ["heal", { kind: "heal", server: null }],
    ["heal cp-3", { kind: "heal", server: "cp-3" }],
    ["status", { kind: "status" }],
    ["help", { kind: "help" }],
    ["--help", { kind: "help" }],
    ["break --help", { kind: "help" }],
  ];
  test.each(right)("%j is parsed", (line, command) => {
    expect(parseCommand(line.split(" ").filter((word) => word !== ""))).toEqual(command);
  });

  const wrong: readonly (readonly [line: string, message: string])[] = [
    [
      "brake cp-2 etcd",
      'there is no command "brake". Did you mean break? It is one of break, heal, status, help, or no argument to start the demo',
    ],
    ["break", "break which server? cp-1, cp-2, cp-3"],
    ["break cp2 etcd", 'there is no server "cp2". Did you mean cp-2? It is one of cp-1, cp-2, cp-3'],
    ["break web-1 etcd", 'there is no server "web-1". It is one of cp-1, cp-2, cp-3'],
    ["break cp-2", "break cp-2 how? etcd, hang, deny, drain, die"],
    ["break cp-2 explode", 'there is no fault "explode". It is one of etcd, hang, deny, drain, die'],
    ["break cp-2 constructor", 'there is no fault "constructor". It is one of etcd, hang, deny, drain, die'],
    ["break cp-1 etcd cp-2", "break takes one server and one fault"],
    ["heal all", 'there is no server "all". It is one of cp-1, cp-2, cp-3'],
    ["heal cp-1 cp-2", "heal takes one server, or no argument for all"],
    ["status now", "status takes no argument"],
    ["heal --story", "--story and --listen belong to the start of the demo"],
    ["--tale", "Unknown option '--tale'"],
    ["--listen", "Option '--listen <value>' argument missing"],
  ];
  test.each(wrong)("%j is wrong, and the error lists the right words", (line, message) => {
    expect(parseCommand(line.split(" "))).toEqual({ kind: "wrong", message });
  });

  test("the usage names every server and every fault", () => {
    expect(USAGE).toContain(SERVERS.join(", "));
    expect(USAGE).toContain(FAULT_NAMES.join(", "));
  });
});
