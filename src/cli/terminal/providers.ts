/** The execution providers of this machine as `mlat doctor` shows them. */
import type { Environment } from '../../results/environment-schema.js';
import { lacking, type ProviderStatus } from '../../vocabulary/providers.js';

/** How the words of the table look. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly dim: (text: string) => string;
}

const found = ({ bundled, device, driver, checks }: ProviderStatus): string =>
  [
    device ?? (bundled ? 'inside the runtime' : 'found'),
    ...(driver === null ? [] : [`driver ${driver}`]),
    ...checks
      .filter(({ name, status }) => status === 'unknown' || (name === 'version' && status === 'ok'))
      .map(({ seen }) => seen),
  ].join(', ');

/** What a provider that this runtime could have needs, a line each; those of other platforms share one. */
export const providerLines = ({ providers = [] }: Environment, paint: Paint): string[] => {
  const listed = providers.filter((status) => status.listed);
  const others = providers.filter((status) => !status.listed).map(({ name }) => name);
  const width = Math.max(0, ...listed.map(({ name }) => name.length));
  const room = ' '.repeat(width);
  const lines = listed.flatMap((status) => {
    const name = status.name.padEnd(width);
    if (status.available) return [`  ${paint.good('ok  ')}  ${name}  ${found(status)}`];
    return lacking(status).flatMap(({ seen, action }, index) => [
      index === 0 ? `  ${paint.bad('no  ')}  ${name}  ${seen}` : `        ${room}  ${seen}`,
      ...(action === undefined ? [] : [`        ${room}  ${paint.dim(`-> ${action}`)}`]),
    ]);
  });
  return [
    ...lines,
    ...(others.length === 0
      ? []
      : [paint.dim(`        ${room}  not in this build of the runtime: ${others.join(', ')}`)]),
  ];
};
