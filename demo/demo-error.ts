/** Something that whoever runs the demo can mend; the message says how. */
export class DemoError extends Error {
  override readonly name = "DemoProblem";
}
