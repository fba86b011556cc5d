/** Which machine measured what, in a document of one run or of several. */
import type { Environment } from './environment-schema.js';
import type { CellResult, Results } from './schema.js';

/** A kind of machine: all that share a fingerprint. */
export interface Machine {
  /** "A" for the one of the earliest run, then "B". */
  readonly name: string;
  readonly environment: Environment;
  /** The cells it measured or tried to, in the document's order. */
  readonly cells: readonly CellResult[];
}

/** Letters of the alphabet, then AA, AB. */
export const machineName = (index: number): string =>
  (index < 26 ? '' : machineName(Math.floor(index / 26) - 1)) + String.fromCodePoint(65 + (index % 26));

/** The names of a document's machines, by fingerprint. */
export const machineNames = (results: Results): ReadonlyMap<string, string> =>
  new Map(environmentsOf(results).map(({ fingerprint }, index) => [fingerprint, machineName(index)]));

/** The environments of a document, the earliest first: one of each fingerprint. */
export const environmentsOf = ({ environment, environments }: Results): readonly Environment[] =>
  environments ?? [environment];

/** The fingerprint of the machine that measured a cell; that of the run where the cell doesn't say. */
export const machineOf = (results: Results, cell: CellResult): string =>
  cell.machine ?? results.environment.fingerprint;

/** The environment that measured a cell. */
export const environmentOf = (results: Results, cell: CellResult): Environment =>
  environmentsOf(results).find(({ fingerprint }) => fingerprint === machineOf(results, cell)) ??
  results.environment;

/** The machines that measured this document's cells. One, unless it was merged from unequal machines. */
export const machinesOf = (results: Results): readonly Machine[] =>
  environmentsOf(results)
    .map((environment, index): Machine => ({
      name: machineName(index),
      environment,
      cells: results.cells.filter((cell) =>
        cell.machine === undefined
          ? !isAbsent(cell) && index === 0
          : cell.machine === environment.fingerprint,
      ),
    }))
    .filter(({ cells }) => cells.length > 0);

/** The name of each cell's machine, by id, in a document from unequal machines; null in any other. */
export const cellMachines = (results: Results): ReadonlyMap<string, string> | null => {
  const machines = machinesOf(results);
  return machines.length < 2
    ? null
    : new Map(machines.flatMap(({ name, cells }) => cells.map((cell) => [cell.id, name] as const)));
};

/** A cell that no run of a merged document was asked to measure. */
export const isAbsent = ({ reason }: CellResult): boolean => reason?.kind === MISSING_SHARD;

/** The kind of reason of such a cell. */
export const MISSING_SHARD = 'missing-shard';
