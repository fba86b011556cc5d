/** Every ready scenario runs as it stands, from another folder, shortened to a few requests. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { mlat, readResults, root, workspace } from './mlat.js';

let cwd: string;

beforeAll(async () => {
  cwd = await workspace();
});

/** Sweeps with many cells are narrowed; test/models tries every cell against its model. */
const NARROWED: Readonly<Record<string, readonly string[]>> = {
  'batching.yaml': ['--batch', '1,64'],
  // Its rule on cold p90 asks for 29 processes.
  'cold-start.yaml': ['--sla', 'p99 <= 500ms', '--cold-starts', '5'],
  'quickstart.yaml': ['--cold-starts', '5'],
  'threads.yaml': ['--threads', '1,2', '--idle', '0ms'],
};

const scenarios = readdirSync(join(root, 'scenarios')).filter((name) => /\.(?:yaml|json)$/.test(name));

describe('scenarios/', () => {
  it.each(scenarios)('%s', async (name) => {
    const file = join(root, 'scenarios', name);
    const flags = '--rounds 1 --samples 3 --warmup 1 --budget 1h'.split(' ').concat(NARROWED[name] ?? []);
    const { code, stdout, stderr } = await mlat(cwd, 'bench', file, ...flags, '-o', name);
    // So few requests have no percentiles, so rules about them have no data: 10. Nothing else may be wrong.
    expect([code, stderr.includes('✗')]).toEqual([10, false]);
    const { cells, state } = readResults(join(cwd, name));
    expect(state).toBe('completed');
    // A cold start is a process and a request. Providers other than cpu may be missing here.
    const measured = cells.filter(({ params, state }) => params.provider === 'cpu' || state !== 'skipped');
    expect(measured.length).toBeGreaterThan(1);
    expect(
      measured
        .filter(({ params, state, n }) => state !== 'completed' || n !== (params.start === 'cold' ? 5 : 3))
        .map(({ label, state, n }) => [label, state, n]),
    ).toEqual([]);
    expect(stdout).toContain(name.replace(/\.\w+$/, ''));
  });
});
