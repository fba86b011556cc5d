/** Reads YAML or JSON text into a Draft: plain values, and the line and column of each. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLError, YAMLMap } from 'yaml';
import type { Location, Problem } from '../vocabulary/errors.js';
import { Draft, type Path, type Place } from './draft.js';

/** Longer texts and larger documents are not scenarios, but a wrong file or a mistake with aliases. */
const LONGEST = 1_000_000;
const MOST_PARTS = 20_000;

export interface Source {
  /** Null when the text cannot be read at all. */
  readonly draft: Draft | null;
  readonly problems: readonly Problem[];
}

const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'Check the indentation and the brackets around this line.',
  BAD_SCALAR_START: 'Put the text in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Check the indentation, and put text that holds ": " in quotes.',
  MISSING_CHAR: 'Close the quote or bracket.',
  MULTILINE_IMPLICIT_KEY: 'Is a ":" missing after the key, or is the indentation off?',
  MULTIPLE_DOCS: 'Remove the line "---" and put each scenario into its own file.',
  TAB_AS_INDENT: 'Indent with spaces.',
};

const syntaxProblem = (error: YAMLError, location: Location): Problem => {
  const hint = SYNTAX_HINTS[error.code] ?? 'Correct the YAML here.';
  // The library's second clause names its own functions.
  const [first = ''] = error.message.split(/[\n;]/);
  return { location, message: `not valid YAML: ${first.trim()}.`, hint };
};

/** Walks the nodes of one document and notes places and problems. */
class Reader {
  readonly places = new Map<string, Place>();
  readonly problems: Problem[] = [];
  readonly #document: Document;
  readonly #at: (offset: number) => Location;
  readonly #open = new Set<Node>();
  #parts = 0;

  constructor(document: Document, at: (offset: number) => Location) {
    this.#document = document;
    this.#at = at;
  }

  locate(node: Node | null | undefined): Location {
    return this.#at(node?.range?.[0] ?? 0);
  }

  /** The plain value of a node; places are noted under `path`. `key` is where its key stands. */
  read(node: Node | null | undefined, path: Path, key?: Location): unknown {
    this.#parts += 1;
    if (this.#parts > MOST_PARTS) return undefined;
    const target = this.#resolve(node);
    // An empty value has no text of its own to point at, so its key stands for it.
    const empty = target === null || (isScalar(target) && target.value === null && target.source === '');
    const value = empty && key !== undefined ? key : this.locate(target ?? node);
    this.places.set(JSON.stringify(path), { value, ...(key === undefined ? {} : { key }) });
    if (target === null) return null;
    if (this.#open.has(target)) {
      this.problems.push({
        location: this.locate(node),
        message: 'this alias stands inside the value it repeats.',
        hint: 'Write the value out.',
      });
      return null;
    }
    this.#open.add(target);
    const plain = this.#plain(target, path);
    this.#open.delete(target);
    return plain;
  }

  get tooLarge(): boolean {
    return this.#parts > MOST_PARTS;
  }

  #plain(node: Node, path: Path): unknown {
    if (isSeq(node)) return node.items.map((item, index) => this.read(item as Node, [...path, index]));
    if (isMap(node)) return this.#mapping(node, path);
    return isScalar(node) ? node.value : null;
  }

  #resolve(node: Node | null | undefined): Node | null {
    if (!isAlias(node)) return node ?? null;
    const target = node.resolve(this.#document);
    if (target === undefined) {
      this.problems.push({
        location: this.locate(node),
        message: `no anchor "&${node.source}" stands before this alias.`,
        hint: `Define it further up, or put the text "*${node.source}" in quotes.`,
      });
      return null;
    }
    return target;
  }

  #mapping(node: YAMLMap, path: Path): Record<string, unknown> {
    const pairs = node.items as Pair<Node, Node | null>[];
    const result: Record<string, unknown> = {};
    // Merged keys first, so that the mapping's own keys replace them and their places.
    for (const pair of pairs.filter(isMerge)) this.#merge(pair.value, path, result);
    for (const pair of pairs.filter((candidate) => !isMerge(candidate))) {
      const { key } = pair;
      if (
        !isScalar(key) ||
        key.value === '__proto__' ||
        (key.value !== null && typeof key.value === 'object')
      ) {
        this.problems.push({
          location: this.locate(key),
          message: 'this cannot be a key.',
          hint: 'Use plain text as the key.',
        });
        continue;
      }
      const name = String(key.value);
      // A key in place of a merged one must not inherit the places of the merged value's parts.
      if (Object.hasOwn(result, name)) this.#forget([...path, name]);
      result[name] = this.read(pair.value, [...path, name], this.locate(key));
    }
    return result;
  }

  #forget(path: Path): void {
    const inside = JSON.stringify(path).slice(0, -1);
    for (const key of this.places.keys()) if (key.startsWith(`${inside},`)) this.places.delete(key);
  }

  #merge(source: Node | null, path: Path, into: Record<string, unknown>): void {
    const target = this.#resolve(source);
    // In a list of mappings, the earlier ones win: the merge type of YAML 1.1.
    const parts = isSeq(target) ? (target.items as Node[]).toReversed() : [target];
    for (const part of parts) {
      const mapping = this.#resolve(part);
      if (isMap(mapping) && !this.#open.has(mapping)) {
        this.#open.add(mapping);
        Object.assign(into, this.#mapping(mapping, path));
        this.#open.delete(mapping);
      } else {
        this.problems.push({
          location: this.locate(part ?? source),
          message: '"<<" merges mappings.',
          hint: 'Give it an alias of a mapping, such as "<<: *common".',
        });
      }
    }
  }
}

const isMerge = (pair: Pair<Node, Node | null>): boolean =>
  isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN';

/**
 * Reads the text of a scenario. Syntax errors come as problems; a key that is given twice still
 * leaves a document to check, other errors do not, since what follows them would mislead.
 */
export const readSource = (text: string, file: string): Source => {
  const unreadable = (message: string, hint: string): Source => ({
    draft: null,
    problems: [{ location: { file }, message, hint }],
  });
  const hint = 'Give the path of a scenario in YAML or JSON; "mlat init model.onnx" writes one.';
  if (text.length > LONGEST || text.includes('\0')) return unreadable('this is not a scenario file.', hint);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
  });
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };

  const isRepeated = (error: YAMLError): boolean => error.code === 'DUPLICATE_KEY';
  const repeated = document.errors.filter(isRepeated).map((error) => {
    const key = /^["']?([^\s:"']+)/.exec(text.slice(error.pos[0]))?.[1] ?? '';
    return {
      location: at(error.pos[0]),
      message: `the key "${key}" is given twice.`,
      hint: 'Keep one of them.',
    };
  });
  const fatal = [...document.errors.filter((error) => !isRepeated(error)), ...document.warnings];
  if (fatal.length > 0) {
    // One mistake makes several errors, so only the first of each line is told.
    const told = new Set<number | undefined>();
    const problems = fatal
      .map((error) => syntaxProblem(error, at(error.pos[0])))
      .filter(({ location }) => !told.has(location?.line) && told.add(location?.line));
    return { draft: null, problems: [...repeated, ...problems] };
  }
  if (document.contents === null) return unreadable('the file is empty.', hint);
  if (!isMap(document.contents) && !isAlias(document.contents)) {
    return unreadable('a scenario is a mapping, such as "model: model.onnx".', hint);
  }

  const reader = new Reader(document, at);
  const value = reader.read(document.contents, []);
  if (reader.tooLarge) {
    return unreadable(
      `this document has over ${MOST_PARTS} parts.`,
      'Read large inputs from a file, and check the aliases.',
    );
  }
  // Keys that start with x- are the user's own: a place for anchors.
  const own = Object.fromEntries(Object.entries(value as object).filter(([key]) => !key.startsWith('x-')));
  return { draft: new Draft(own, reader.places), problems: [...repeated, ...reader.problems] };
};
