import { expect, test } from "vitest";
import { formatUnifiedDiff } from "../../server/advise/unified-diff.ts";

test("a file with thousands of mistakes is read once, whatever the number of diffs", () => {
  let reads = 0;
  const file = {
    path: "/etc/haproxy/haproxy.cfg",
    get text() {
      reads += 1;
      return "backend a\n  server s 10.0.0.1:80 check\n";
    },
  };
  const edit = { file: file.path, line: 2, removed: 0, inserted: ["  option httpchk"] } as const;
  const diffs = Array.from({ length: 3 }, () => formatUnifiedDiff(file, [edit]));
  expect(diffs[2]).toBe(
    "--- a/etc/haproxy/haproxy.cfg\n+++ b/etc/haproxy/haproxy.cfg\n@@ -1,2 +1,3 @@\n backend a\n+  option httpchk\n   server s 10.0.0.1:80 check\n",
  );
  expect(reads).toBe(1);
});
