/** The ready files for many machines: parsed, and their commands run with another program as mlat. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseShard } from '../../src/vocabulary/shards.js';

const example = (name: string): string =>
  fileURLToPath(new URL(`../../docs/examples/${name}`, import.meta.url));
const text = (name: string): string => readFileSync(example(name), 'utf8');

let bin: string;
beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), 'mlat-examples-'));
  // It prints its arguments, a line each; `npx mlat` is the same as mlat.
  writeFileSync(join(bin, 'mlat'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  writeFileSync(join(bin, 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
});
afterAll(() => rmSync(bin, { recursive: true, force: true }));

/** The arguments that mlat gets when a shell runs this. */
const argumentsOf = (args: readonly string[], env: Readonly<Record<string, string>> = {}): string[] =>
  execFileSync(args[0] ?? '', args.slice(1), {
    encoding: 'utf8',
    cwd: bin,
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, ...env },
  })
    .trimEnd()
    .split('\n');

/** What a command line measures, and where to. */
const shardOf = (args: readonly string[]): { index: number; count: number; output: string } => {
  expect(args.slice(0, 2)).toEqual(['bench', 'scenario.yaml']);
  const { index, count } = parseShard(args[args.indexOf('--shard') + 1] ?? '');
  return { index, count, output: args[args.indexOf('--output') + 1] ?? '' };
};

/** Every shard once, each to a folder of its own. */
const expectWhole = (commands: readonly (readonly string[])[]): void => {
  const shards = commands.map(shardOf);
  expect(shards.map(({ index, count }) => `${index}/${count}`)).toEqual(
    commands.map((_, index) => `${index + 1}/${commands.length}`),
  );
  expect(new Set(shards.map(({ output }) => output)).size).toBe(commands.length);
};

const merges = (args: readonly string[]): void => {
  expect(args[0]).toBe('merge');
  expect(args).toContain('--output');
};

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly jobs: Readonly<
    Record<
      'shard' | 'merge',
      {
        readonly steps: readonly Step[];
        readonly needs?: string;
        readonly strategy: { matrix: { shard: number[] } };
      }
    >
  >;
}

describe('the GitHub Actions workflow', () => {
  const { jobs } = parse(text('github-actions.yaml')) as Workflow;
  const { shard: indices } = jobs.shard.strategy.matrix;
  /** What the runner puts in place of its expressions. */
  const filled = (value: string, shard: number): string =>
    value
      .replaceAll('${{ matrix.shard }}', String(shard))
      .replaceAll('${{ strategy.job-total }}', String(indices.length));

  it('measures every shard once', () => {
    const measure = jobs.shard.steps.find(({ name }) => name === 'Measure')?.run ?? '';
    const commands = indices.map((shard) => filled(measure, shard));
    expect(commands.join('\n')).not.toContain('${{');
    expectWhole(commands.map((script) => argumentsOf(['bash', '-ec', script])));
  });

  it('hands every shard to the job that merges them', () => {
    expect(jobs.merge.needs).toBe('shard');
    const uploads = jobs.shard.steps.flatMap((step) =>
      step.with?.['name'] === undefined ? [] : [step.with['name']],
    );
    const names = indices.map((shard) => filled(uploads[0] ?? '', shard));
    expect(new Set(names).size).toBe(indices.length);
    const download = jobs.merge.steps.find((step) => step.with?.['pattern'] !== undefined)?.with;
    const prefix = download?.['pattern']?.replace('*', '') ?? '-';
    expect(names.every((name) => name.startsWith(prefix))).toBe(true);
    const script = jobs.merge.steps.find(({ name }) => name === 'Merge and judge')?.run ?? '';
    expect(script).toContain(`${download?.['path']}/*`);
    merges(argumentsOf(['bash', '-ec', script]));
  });
});

interface Container {
  readonly command: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly mountPath: string }[];
}
interface Job {
  readonly kind: string;
  readonly spec: {
    readonly completionMode?: string;
    readonly completions?: number;
    readonly suspend?: boolean;
    readonly template: { readonly spec: { readonly containers: readonly [Container] } };
  };
}

describe('the Kubernetes jobs', () => {
  const documents = parseAllDocuments(text('kubernetes.yaml'));
  const [shards, merge] = documents.map((document) => document.toJS() as Job) as [Job, Job];
  const container = shards.spec.template.spec.containers[0];

  it('are well-formed', () => {
    expect(documents.flatMap((document) => document.errors)).toEqual([]);
    expect([shards.kind, merge.kind]).toEqual(['Job', 'Job']);
    expect(shards.spec.completionMode).toBe('Indexed');
    expect(merge.spec.suspend).toBe(true);
  });

  it('measure every shard once, whose index counts from 0', () => {
    const { completions = 0 } = shards.spec;
    const env = Object.fromEntries(container.env?.map(({ name, value }) => [name, value]) ?? []);
    expect(env).toEqual({ SHARDS: String(completions) });
    expectWhole(
      Array.from({ length: completions }, (_, index) =>
        argumentsOf(container.command, { ...env, JOB_COMPLETION_INDEX: String(index) }),
      ),
    );
  });

  it('write to the volume that the second one merges from', () => {
    const { output } = shardOf(argumentsOf(container.command, { SHARDS: '4', JOB_COMPLETION_INDEX: '0' }));
    const mount = container.volumeMounts[0]?.mountPath ?? '?';
    expect(output.startsWith(`${mount}/`)).toBe(true);
    const args = argumentsOf(merge.spec.template.spec.containers[0].command);
    merges(args);
    expect(args[1]).toBe(output.replace(/\d+$/, '*'));
  });
});

describe('the Slurm script', () => {
  it('is a script that bash takes', () => {
    execFileSync('bash', ['-n', example('slurm.sh')]);
  });

  it.each([
    [1, 4],
    [0, 3],
    [11, 12],
  ])('measures every shard once for --array=%i-%i', (first, last) => {
    const count = last - first + 1;
    expectWhole(
      Array.from({ length: count }, (_, index) =>
        argumentsOf(['bash', example('slurm.sh')], {
          SLURM_ARRAY_JOB_ID: '77',
          SLURM_ARRAY_TASK_ID: String(first + index),
          SLURM_ARRAY_TASK_MIN: String(first),
          SLURM_ARRAY_TASK_COUNT: String(count),
        }),
      ),
    );
  });

  it('says an array that it can count', () => {
    expect(text('slurm.sh')).toMatch(/^#SBATCH --array=1-\d+$/m);
  });
});
