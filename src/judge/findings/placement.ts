/** Findings about which provider ran a model's nodes, against which one was asked to. */
import type { Placement } from '../../results/placement-schema.js';
import type { Results } from '../../results/schema.js';
import { providerName, shortName } from '../../vocabulary/providers.js';
import { formatDuration } from '../../vocabulary/units.js';
import { perCell, type Detector } from './detector.js';

/** Operators told by name; the rest is counted. */
const TOLD = 5;

/** "cpu ran Relu (2) and Shape". */
const othersOf = ({ elsewhere }: Placement): string => {
  const providers = [...new Set(elsewhere.map(({ provider }) => provider))];
  return providers
    .map((provider) => {
      const own = elsewhere.filter((entry) => entry.provider === provider);
      const names = own
        .slice(0, TOLD)
        .map(({ operator, nodes }) => (nodes === 1 ? operator : `${operator} (${nodes})`));
      const rest = own.length - names.length;
      return `${shortName(provider)} ran ${names.join(', ')}${rest === 0 ? '' : ` and ${rest} operators more`}`;
    })
    .join('; ');
};

const copiesOf = ({ copies }: Placement): string =>
  copies.nodes === 0
    ? ''
    : `; ${copies.nodes} copies between them took ${formatDuration(copies.ns)} of a request, waiting for the device included`;

/** From this share of the nodes on, a fallback is more than the shape arithmetic that belongs on a CPU. */
const FEW = 0.05;

export const providerFallback: Detector = {
  id: 'provider-fallback',
  title: 'Part of the model ran on another provider',
  detect: perCell(({ label, placement }) => {
    if (placement === undefined || placement.onAsked === 0 || placement.onAsked === placement.total)
      return null;
    const { asked, total, onAsked } = placement;
    const share = 1 - onAsked / total;
    return {
      severity: share < FEW ? 'note' : 'warning',
      weight: share,
      cause: `${label}: ${total - onAsked} of ${total} nodes did not run on ${asked}: ${othersOf(placement)}${copiesOf(placement)}.`,
      action: `Replace the operators that ${asked} lacks, or take the latency as that of the mixture; a rule such as "nodes on ${asked} >= 95%" guards it.`,
    };
  }),
};

/** The latency of such a cell is another provider's, under the wrong name. */
export const providerUnused: Detector = {
  id: 'provider-unused',
  title: 'The provider that was asked for ran nothing',
  invalidates: true,
  detect: perCell(({ label, placement }) => {
    if (placement === undefined || placement.total === 0 || placement.onAsked > 0) return null;
    return {
      severity: 'serious',
      weight: 1,
      cause: `${label}: none of ${placement.total} nodes ran on ${placement.asked}: ${othersOf(placement)}.`,
      action: `Leave the cell out, or find out why ${placement.asked} takes no node of this model: its operators, its data types, its opset.`,
    };
  }),
};

export const placementUnknown: Detector = {
  id: 'placement-unknown',
  title: 'It is not known which provider ran the model',
  detect: perCell(({ label, placement }) =>
    placement?.problem === undefined
      ? null
      : {
          severity: 'warning',
          weight: 1,
          cause: `${label}: the profiled pass failed: ${placement.problem.replace(/\.$/, '')}.`,
          action: `Nodes may have run elsewhere than on ${placement.asked}; run the cell alone to see why its profile fails.`,
        },
  ),
};

const softwareDevice = (name: string, { environment }: Results): string | null => {
  const status = environment.providers?.find((candidate) => candidate.name === name);
  return status?.software === true ? (status.device ?? 'a software device') : null;
};

export const emulatedDevice: Detector = {
  id: 'emulated-device',
  title: 'A provider ran on an emulated device',
  detect: perCell(({ label, params }, _rounds, results) => {
    const name = providerName(params.provider);
    const device = softwareDevice(name, results);
    return device === null
      ? null
      : {
          severity: 'warning',
          weight: 1,
          group: name,
          cause: `${label}: ${name} ran on ${device}, which is the processor under another name.`,
          action: `Take it as a test that the model runs on ${name}; its latency says nothing about a GPU.`,
        };
  }),
};
