/** An error that the user of the demo can fix; the message says how. */
export class DemoError extends Error {
  override readonly name = "DemoError";
}
