/** Which provider ran the nodes of a cell's model, as text. */
import type { CellResult, Results } from '../../results/schema.js';
import { providerName, shortName } from '../../vocabulary/providers.js';
import { formatDuration } from '../../vocabulary/units.js';
import { plural } from './format.js';
import type { Look } from './look.js';

const asksForOther = ({ params }: CellResult): boolean => providerName(params.provider) !== 'cpu';

/** True when a table says how many nodes ran on the provider asked for: only where one can fall back. */
export const showsPlacement = ({ cells }: Results): boolean =>
  cells.some((cell) => asksForOther(cell) && cell.placement !== undefined);

/** "12/14": nodes that ran on the provider asked for, of all. */
export const placementText = ({ placement }: CellResult, { paint }: Look): string => {
  if (placement === undefined || placement.total === 0) return paint.dim('-');
  const { onAsked, total } = placement;
  const text = `${onAsked}/${total}`;
  if (onAsked === total) return text;
  return onAsked === 0 ? paint.bad(text) : paint.warn(text);
};

/** Everything about a cell's placement in one line; "" when it was not looked at. */
export const placementFact = ({ placement }: CellResult): string => {
  if (placement === undefined) return '';
  if (placement.problem !== undefined) return `not known, the profiled pass failed: ${placement.problem}`;
  const { asked, onAsked, total, elsewhere, copies, outside, runs, distortion } = placement;
  const others = elsewhere.map(
    ({ provider, operator, nodes }) =>
      `${operator}${nodes === 1 ? '' : ` (${nodes})`} on ${shortName(provider)}`,
  );
  return [
    `${onAsked} of ${plural(total, 'node')} on ${asked}`,
    ...(others.length === 0 ? [] : [others.join(', ')]),
    ...(copies.nodes === 0
      ? []
      : [
          `${plural(copies.nodes, 'copy', 'copies')} between providers, ${formatDuration(copies.ns)} a request`,
        ]),
    ...(outside === null
      ? []
      : [
          `${formatDuration(outside)} outside of the nodes${asked === 'cpu' ? '' : ' (inputs, outputs, waiting for the device)'}`,
        ]),
    `from ${plural(runs, 'profiled request')}${distortion === null ? '' : `, ${distortion.toFixed(2)} times as long as without the profile`}`,
  ].join('; ');
};

/** "webgpu on SwiftShader (software)" for the providers that cells ask for beside cpu; "" when none is known. */
export const devicesFact = ({ cells, environment }: Results): string => {
  const asked = new Set(cells.filter(asksForOther).map((cell) => providerName(cell.params.provider)));
  return (environment.providers ?? [])
    .filter(({ name, available, device }) => asked.has(name) && available && device !== null)
    .map(
      ({ name, device, driver }) =>
        `${name} on ${device ?? ''}${driver === null ? '' : `, driver ${driver}`}`,
    )
    .join('; ');
};
