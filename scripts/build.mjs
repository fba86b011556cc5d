// Builds what the command runs and the package holds: dist/, schema/ and the generated models.
// dist/ is never emptied, only rid of files whose source is gone, so that a build does not pull
// the ground from under a command that is running.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = path.join(
  path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);

const node = (...args) => {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};

/** Removes from dist/ what no source in src/ makes any more. */
const prune = () => {
  const dist = path.join(root, 'dist');
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const source = path.relative(dist, file).replace(/(?:\.d\.ts|\.js)$/, '.ts');
    if (!existsSync(path.join(root, 'src', source))) rmSync(file);
  }
};

node(tsc, '--project', '.');
prune();
node('scripts/write-schemas.mjs');
if (existsSync(path.join(root, 'models/build/text-encoder.mjs'))) node('models/build/text-encoder.mjs');
