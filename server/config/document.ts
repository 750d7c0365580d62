import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { BOUNDS } from "../bounds.ts";
import { type Environment, substituteVariables } from "./environment.ts";
import { parseYaml, TOO_MANY_TOKENS } from "./parse-yaml.ts";
import { yamlErrorMessage } from "./yaml-error-message.ts";

/** Steps from the top of the file to a value. */
export type Path = readonly PropertyKey[];

/** A position in the file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A fault of the text itself, found before the schema is applied. */
export interface TextFault {
  /** Null where the YAML cannot be parsed; then no other error is reported. */
  readonly path: Path | null;
  readonly position: Position;
  readonly message: string;
}

/** A file as plain values with its variables filled in, and the position of each. */
export interface ConfigDocument {
  readonly value: unknown;
  readonly faults: readonly TextFault[];
  /** The position of the key; of the value for an entry of a list. */
  keyPosition(path: Path): Position;
  /** The position of the value; of its nearest parent in the file if it is absent. */
  valuePosition(path: Path): Position;
  /** Variables in the value, which may be secrets: it must not be repeated. */
  variables(path: Path): readonly string[];
}

/** True for a YAML mapping, that is an object and no list. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads YAML 1.2. `allowed` limits the variables; null: any. Anchors and aliases work; merge keys, tags and keys that are no texts are refused. Never throws for the contents of the file. */
export function readDocument(text: string, env: Environment, allowed: readonly string[] | null = null): ConfigDocument {
  const reader = new DocumentReader(env, allowed);
  const value = reader.read(text);
  return {
    value,
    faults: reader.faults,
    keyPosition: (path) => reader.position(reader.spotOf(path).key),
    valuePosition: (path) => reader.position(reader.spotOf(path).value),
    variables: (path) => reader.spotOf(path).variables,
  };
}

/** Offsets of a key and of its value, and the variables in it. */
interface Spot {
  readonly key: number;
  readonly value: number;
  readonly variables: readonly string[];
}

function spotKey(path: Path): string {
  return JSON.stringify(path);
}

class DocumentReader {
  readonly faults: TextFault[] = [];
  readonly #spots = new Map<string, Spot>();
  readonly #env: Environment;
  readonly #allowed: readonly string[] | null;
  readonly #lines = new LineCounter();
  /** Filled while reading, so that an alias finds the last anchor before it. */
  readonly #anchors = new Map<string, Node>();
  /** The node being read and its parents: an alias to one of them is a cycle. */
  readonly #open = new Set<Node>();
  #values = 0;

  constructor(env: Environment, allowed: readonly string[] | null) {
    this.#env = env;
    this.#allowed = allowed;
  }

  read(text: string): unknown {
    try {
      return this.#read(text);
    } catch (error) {
      // The YAML parser calls itself for each level.
      if (!(error instanceof RangeError)) throw error;
      const message = error === TOO_MANY_TOKENS ? error.message : "the file is nested too deeply";
      this.faults.push({ path: null, position: this.position(0), message });
      return undefined;
    }
  }

  #read(text: string): unknown {
    const document = parseYaml(text, this.#lines);
    let line = 0;
    for (const error of document.errors) {
      const position = this.position(error.pos[0]);
      // Further errors in the same line follow from the first.
      if (position.line !== line) this.faults.push({ path: null, position, message: yamlErrorMessage(error, text) });
      line = position.line;
    }
    return this.faults.length > 0 ? undefined : this.#node(document.contents, [], 0);
  }

  position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    // An empty file has no lines at all.
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** The spot of the path, or of the nearest parent in the file. */
  spotOf(path: Path): Spot {
    for (let length = path.length; length > 0; length -= 1) {
      const spot = this.#spots.get(spotKey(path.slice(0, length)));
      if (spot !== undefined) return length === path.length ? spot : { ...spot, key: spot.value };
    }
    return this.#spots.get(spotKey([])) ?? { key: 0, value: 0, variables: [] };
  }

  #fault(path: Path, offset: number, message: string): undefined {
    this.faults.push({ path, position: this.position(offset), message });
  }

  /** The value of a node; undefined after a fault. */
  #node(node: Node | null, path: Path, keyOffset: number): unknown {
    // An empty value has no position of its own.
    const empty = node === null || (isScalar(node) && node.range?.[0] === node.range?.[1]);
    const offset = empty ? keyOffset : (node.range?.[0] ?? keyOffset);
    this.#spots.set(spotKey(path), { key: path.length === 0 ? offset : keyOffset, value: offset, variables: [] });
    this.#values += 1;
    if (this.#values > BOUNDS.configValuesMax) {
      if (this.#values > BOUNDS.configValuesMax + 1) return undefined;
      return this.#fault(path, offset, `more than ${BOUNDS.configValuesMax} values, aliases included`);
    }
    if (node === null) return null;
    if (isAlias(node)) return this.#alias(node.source, path, offset);
    if (node.tag !== undefined) {
      return this.#fault(path, offset, "a tag such as !!str has no effect; leave it out, and put a text in quotes");
    }
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, node);
    }
    this.#open.add(node);
    const value = this.#plain(node, path, keyOffset, offset);
    this.#open.delete(node);
    return value;
  }

  #plain(node: Node, path: Path, keyOffset: number, offset: number): unknown {
    if ((isMap(node) || isSeq(node)) && node.items.length > BOUNDS.configListMax) {
      return this.#fault(path, keyOffset, `a list or mapping has at most ${BOUNDS.configListMax} entries`);
    }
    if (isMap(node)) return this.#mapping(node, path);
    if (isSeq(node)) {
      return node.items.map((item, index) =>
        this.#node(item as Node, [...path, index], (item as Node).range?.[0] ?? offset),
      );
    }
    return isScalar(node) ? this.#scalar(node, path, keyOffset, offset) : undefined;
  }

  #alias(name: string, path: Path, offset: number): unknown {
    const found = this.#anchors.get(name);
    if (found === undefined) {
      return this.#fault(path, offset, `*${name} has no anchor; expected &${name} before it, or quotes around a text`);
    }
    if (this.#open.has(found)) return this.#fault(path, offset, `*${name} holds itself`);
    return this.#node(found, path, offset);
  }

  #scalar(node: Scalar, path: Path, keyOffset: number, offset: number): unknown {
    if (typeof node.value !== "string") return node.value;
    const filled = substituteVariables(node.value, this.#env, this.#allowed);
    if (filled.kind === "wrong") return this.#fault(path, offset, filled.message);
    this.#spots.set(spotKey(path), { key: keyOffset, value: offset, variables: filled.variables });
    return filled.text;
  }

  #mapping(node: YAMLMap, path: Path): unknown {
    const mapping: Record<string, unknown> = {};
    const lines = new Map<string, number>();
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const offset = key.range?.[0] ?? 0;
      const name = keyName(key);
      if (name === null) {
        this.#fault(path, offset, "a key has to be a text; put it in quotes");
        continue;
      }
      if (name === "__proto__") {
        this.#fault([...path, name], offset, "this name cannot be a key");
        continue;
      }
      if (name === "<<") {
        this.#fault(
          [...path, name],
          offset,
          "<< (merge) is not supported; write the keys out, or use an alias for a value",
        );
        continue;
      }
      const before = lines.get(name);
      if (before !== undefined) {
        this.#fault(path, offset, `the key ${JSON.stringify(name)} is there twice, first in line ${before}; keep one`);
        continue;
      }
      lines.set(name, this.position(offset).line);
      mapping[name] = this.#node(value, [...path, name], offset);
    }
    return mapping;
  }
}

/** Text of a key; null for a mapping, a list, an alias or a scalar that is no text. */
function keyName(key: Node): string | null {
  if (!isScalar(key) || key.tag !== undefined) return null;
  return typeof key.value === "string" ? key.value : null;
}
