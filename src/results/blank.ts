/** A cell of which nothing is known yet. */
import type { CellResult } from './schema.js';

/** A pending cell without rounds. */
export const blankCell = (cell: Pick<CellResult, 'id' | 'params' | 'label'>): CellResult => ({
  id: cell.id,
  params: cell.params,
  label: cell.label,
  state: 'pending',
  model: null,
  pool: null,
  rounds: [],
  n: 0,
  latency: null,
  throughput: null,
  errors: 0,
  warmup: null,
  memory: null,
  windows: [],
  stages: [],
  accuracy: null,
  outputs: null,
  histogram: null,
});
