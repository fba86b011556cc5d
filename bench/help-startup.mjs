// How long does a person wait for `mlat --help`? Claim: its median is within 60 ms of `node -e 0`,
// the floor that Node itself sets. Pairs of whole processes alternate, so that a change of the
// machine's speed falls on both alike.
//
//   npm run build && node bench/help-startup.mjs [pairs]
//
// Prints both medians and their difference; exits 1 when the claim does not hold.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PAIRS = Math.max(15, Number(process.argv[2] ?? 21) || 0);
const CLAIM_MS = 60;
const command = fileURLToPath(new URL('../bin/mlat.js', import.meta.url));

const wallMs = (...args) => {
  const start = process.hrtime.bigint();
  const { status, error, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const end = process.hrtime.bigint();
  if (error) throw error;
  if (status !== 0) throw new Error(`node ${args.join(' ')} exited with ${status}:\n${stderr}`);
  return Number(end - start) / 1e6;
};

const floor = () => wallMs('-e', '0');
const help = () => wallMs(command, '--help');

/** Nearest rank, as everywhere in mlat. */
const median = (values) => values.toSorted((a, b) => a - b)[Math.ceil(values.length / 2) - 1];

// One of each to fill the page cache.
floor();
help();

const floors = [];
const helps = [];
for (let pair = 0; pair < PAIRS; pair += 1) {
  if (pair % 2 === 0) {
    floors.push(floor());
    helps.push(help());
  } else {
    helps.push(help());
    floors.push(floor());
  }
}

const difference = median(helps) - median(floors);
const holds = difference <= CLAIM_MS;
console.log(
  `node -e 0 ${median(floors).toFixed(1)} ms, mlat --help ${median(helps).toFixed(1)} ms: ` +
    `${difference.toFixed(1)} ms more (medians of ${PAIRS} pairs, Node ${process.versions.node}); ` +
    `the claim of at most ${CLAIM_MS} ms ${holds ? 'holds' : 'does NOT hold'}`,
);
process.exitCode = holds ? 0 : 1;
