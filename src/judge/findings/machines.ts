/** Findings about a document that was joined from several runs: what they can't tell together. */
import type { Environment } from '../../results/environment-schema.js';
import { isAbsent } from '../../results/machines.js';
import type { Results } from '../../results/schema.js';
import { unequalMachines as machinesThatDiffer } from '../extent.js';
import { listOf } from '../phrases.js';
import type { Detector, Symptom } from './detector.js';

/** What makes machines unequal: the parts of a fingerprint, as a person names them. */
const PARTS: readonly (readonly [string, (environment: Environment) => unknown])[] = [
  ['processor', ({ cpu }) => cpu.model],
  ['instruction sets', ({ cpu }) => cpu.features?.join(' ')],
  ['allowed CPUs', ({ cpu }) => cpu.allowed],
  ['CPU quota', ({ cpu }) => cpu.quota],
  [
    'devices',
    ({ providers = [] }) =>
      providers
        .filter(({ available }) => available)
        .map(({ name, device, driver }) => [name, device, driver].join(' '))
        .join(', '),
  ],
  ['system', ({ os }) => `${os.platform} ${os.arch}`],
  ['runtime', ({ runtime }) => `${runtime.name} ${runtime.version}`],
  ['Node.js', ({ node }) => node.split('.')[0]],
];

const differencesOf = (environments: readonly Environment[]): string[] =>
  PARTS.filter(([, read]) => new Set(environments.map(read)).size > 1).map(([name]) => name);

export const unequalMachines: Detector = {
  id: 'unequal-machines',
  title: 'Measured on unequal machines',
  detect: (results): Symptom[] => {
    const machines = machinesThatDiffer(results);
    if (machines.length === 0) return [];
    const named = machines.map(
      ({ name, environment, cells }) =>
        `${name} (${environment.cpu.model}, ${environment.cpu.allowed} CPUs, ${cells.length} cells)`,
    );
    const differences = differencesOf(machines.map(({ environment }) => environment));
    const how = differences.length === 0 ? '' : `, which differ in ${listOf(differences)}`;
    return [
      {
        cell: null,
        severity: 'warning',
        weight: machines.length,
        cause: `The cells come from machines ${listOf(named)}${how}: a difference between cells of two machines is the machines' as much as the cells'.`,
        action:
          'Compare cells of one machine only, or measure all shards on machines of one kind and merge again.',
      },
    ];
  },
};

/** Cells of different runs were not interleaved in time, and equal machines are still two machines. */
export const separateRuns: Detector = {
  id: 'separate-runs',
  title: 'Cells measured in separate runs',
  detect: (results): Symptom[] => {
    const shards = new Set(results.runs?.map(({ shard }) => shard?.index ?? null));
    if (shards.size < 2 || machinesThatDiffer(results).length > 0) return [];
    return [
      {
        cell: null,
        severity: 'note',
        weight: 1,
        cause: `The cells come from ${results.runs?.length ?? 0} runs on equal machines. Inside a run all cells share the machine's good and bad minutes; across runs they don't, and the intervals leave that out.`,
        action:
          'Where two cells of different shards are close, measure both in one run before you choose between them.',
      },
    ];
  },
};

/** Cells in a message before the rest is only counted. */
const NAMED = 4;

export const missingShard: Detector = {
  id: 'missing-shard',
  title: 'A shard is missing',
  detect: ({ cells }: Results): Symptom[] => {
    const groups = new Map<string, string[]>();
    for (const { reason, label } of cells.filter(isAbsent)) {
      const message = reason?.message ?? '';
      groups.set(message, [...(groups.get(message) ?? []), label]);
    }
    return [...groups].map(([message, labels]) => {
      const more = labels.length > NAMED ? ` and ${labels.length - NAMED} more` : '';
      return {
        cell: null,
        severity: 'warning',
        weight: labels.length,
        group: message,
        cause: `${labels.length} of ${cells.length} cells were not measured (${labels.slice(0, NAMED).join('; ')}${more}): ${message}.`,
        action: 'Measure the shard and merge again: the decision leaves its cells out.',
      };
    });
  },
};
