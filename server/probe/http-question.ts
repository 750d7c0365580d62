/** A request without a body; header names in lower case. */
export interface HttpQuestion {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Asks the server to leave the connection open. */
  readonly keepAlive: boolean;
}

// What could end a line, or cannot be written as one byte a character.
const NO_PATH = /[^\x21-\xff]/;
const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** The question as bytes, one for each character. Throws for a path or value that would not stay in its line. */
export function headOf({ method, path, headers, keepAlive }: HttpQuestion): string {
  if (NO_PATH.test(path)) throw new TypeError("the path has characters that no request can have");
  let head = `${method} ${path} HTTP/1.1\r\n`;
  for (const [name, value] of headers) {
    if (NO_VALUE.test(value)) throw new TypeError(`the header ${name} has characters that no request can have`);
    head += `${name}: ${value}\r\n`;
  }
  // A method that is meant to bring something says that it brings nothing.
  if (method === "POST") head += "content-length: 0\r\n";
  return `${head}connection: ${keepAlive ? "keep-alive" : "close"}\r\n\r\n`;
}
