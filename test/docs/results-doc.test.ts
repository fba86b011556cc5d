/** docs/results.md against the schema: every field is described, and its jq commands run. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultsJsonSchema } from '../../src/results/json-schema.js';
import { serialiseResults } from '../../src/results/document.js';
import { VERDICT_STATUSES } from '../../src/results/conclusions-schema.js';
import { CELL_STATES, SCHEMA_VERSION } from '../../src/results/schema.js';
import { failures } from '../report/documents.js';
import { blocksOf, codeSpans, page } from './markdown.js';

const DOC = page('docs/results.md');
const spans = codeSpans(DOC);
/** `cpu.model` describes `model` of `cpu`. */
const named = new Set([...spans].flatMap((span) => span.split('.')));

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly [keyword: string]: unknown;
}

/** Every field and every word of an enum that the schema knows, at any depth. */
const wordsOf = (schema: unknown): string[] => {
  if (Array.isArray(schema)) return schema.flatMap(wordsOf);
  if (schema === null || typeof schema !== 'object') return [];
  const { properties = {}, enum: words = [], ...rest } = schema as JsonSchema;
  return [
    ...Object.keys(properties),
    ...(words as string[]),
    ...Object.values(properties).flatMap(wordsOf),
    ...Object.values(rest).flatMap(wordsOf),
  ];
};

describe('docs/results.md', () => {
  it('describes every field of the schema', () => {
    const words = [...new Set(wordsOf(JSON.parse(resultsJsonSchema())))];
    expect(words).toContain('lostShare');
    expect(words).toContain('out-of-budget');
    // Values of axes and operators are those of the scenario.
    const elsewhere = [
      '<=',
      '<',
      '>=',
      '>',
      'disabled',
      'basic',
      'extended',
      'layout',
      'all',
      'sequential',
      'parallel',
    ];
    const theirs = ['maximize', 'minimize'];
    expect(words.filter((word) => !named.has(word) && ![...elsewhere, ...theirs].includes(word))).toEqual([]);
  });

  it('names every state, every status and the version', () => {
    for (const word of [...CELL_STATES, ...VERDICT_STATUSES]) expect([...spans]).toContain(word);
    expect(DOC).toContain(`\`schemaVersion\` is ${SCHEMA_VERSION}.`);
  });
});

const hasJq = (): boolean => {
  try {
    execFileSync('sh', ['-c', 'command -v jq'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe.runIf(hasJq())('its jq commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlat-jq-'));
  const commands = blocksOf(DOC).filter(({ info, text }) => info === 'sh' && text.startsWith('jq '));

  beforeAll(() => {
    writeFileSync(join(folder, 'results.json'), serialiseResults(failures()));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(commands.map(({ line, text }) => [line, text] as const))('in line %d run', (_, text) => {
    const output = execFileSync('sh', ['-ec', text], { cwd: folder, encoding: 'utf8' });
    expect(output).not.toBe('');
  });

  it('give the numbers of the document', () => {
    const p99 = commands.find(({ text }) => text.includes('p99: ('))?.text ?? '';
    const lines = execFileSync('sh', ['-ec', p99], { cwd: folder, encoding: 'utf8' }).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject(
      failures().cells.map((cell) => ({ cell: cell.label, p99: { value: cell.latency?.p99.value ?? null } })),
    );
  });
});
