/** `mlat inspect`: what is in an ONNX file, without running it. */
import { relative, resolve } from 'node:path';
import { readModelInfo } from '../../model/read.js';
import type { ModelInfo, ValueInfo } from '../../model/types.js';
import { UserError, type ExitCode } from '../../vocabulary/errors.js';
import { formatBytes, formatCount } from '../../vocabulary/units.js';
import type { Io } from '../io.js';

/** Reads a model named on the command line; its name in errors is the one that was typed. */
export const readModelNamed = async (io: Io, file: string): Promise<ModelInfo> => {
  try {
    return await readModelInfo(resolve(io.cwd, file));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      error.problems.map((problem) => ({
        ...problem,
        location: {
          file: problem.location === undefined ? file : relative(io.cwd, problem.location.file) || file,
        },
      })),
      error.exitCode,
    );
  }
};

const shapeText = (value: ValueInfo): string =>
  value.shape === null
    ? 'rank unknown'
    : `[${value.shape.map((dim) => (dim === '' ? '?' : String(dim))).join(', ')}]`;

const valueText = (value: ValueInfo): string =>
  value.kind === 'tensor'
    ? `${value.dtype} ${shapeText(value)}`
    : `${value.kind}: not a tensor, so mlat does not fetch it`;

/** Name and value in two columns. */
const columns = (rows: readonly (readonly [string, string])[], indent = '  '): string[] => {
  const width = Math.min(40, Math.max(0, ...rows.map(([name]) => name.length)));
  return rows.map(([name, text]) => `${indent}${name.padEnd(width)}  ${text}`);
};

const MAX_OPERATORS = 20;

const render = (info: ModelInfo): string => {
  const operators = Object.entries(info.operators).toSorted((a, b) => b[1] - a[1]);
  const nodes = operators.reduce((sum, [, count]) => sum + count, 0);
  const shown = operators.slice(0, MAX_OPERATORS);
  const weights = Object.entries(info.weightBytes).toSorted((a, b) => b[1] - a[1]);
  const lines = [
    info.file,
    ...columns([
      ['size', `${formatBytes(info.bytes)}${info.externalData.length === 0 ? '' : ' without external data'}`],
      [
        'opset',
        Object.entries(info.opsets)
          .map(([domain, opset]) => `${domain} ${opset}`)
          .join(', '),
      ],
      ['IR version', String(info.irVersion)],
      ['producer', info.producer === '' ? 'not said' : info.producer],
      ['parameters', formatCount(info.parameters)],
      [
        'weights',
        weights.length === 0
          ? 'none'
          : weights.map(([dtype, bytes]) => `${dtype} ${formatBytes(bytes)}`).join(', '),
      ],
      ['sha256', info.sha256],
    ]),
    ...(info.externalData.length === 0
      ? []
      : [
          '',
          'external data',
          ...columns(
            info.externalData.map(({ file, bytes }) => [
              file,
              bytes === null ? 'missing' : formatBytes(bytes),
            ]),
          ),
        ]),
    '',
    'inputs',
    ...columns(info.inputs.map((value) => [value.name, valueText(value)])),
    '',
    'outputs',
    ...columns(info.outputs.map((value) => [value.name, valueText(value)])),
    '',
    `named dimensions: ${info.symbolicDims.length === 0 ? 'none' : info.symbolicDims.join(', ')}`,
    '',
    `operators (${nodes} nodes)`,
    ...columns(shown.map(([name, count]) => [name, String(count)])),
    ...(operators.length > shown.length ? [`  and ${operators.length - shown.length} more kinds`] : []),
  ];
  return `${lines.join('\n')}\n`;
};

/** Runs `mlat inspect`. */
export const inspect = async (
  io: Io,
  file: string,
  flags: { readonly json?: boolean },
): Promise<ExitCode> => {
  const info = await readModelNamed(io, file);
  io.stdout.write(flags.json === true ? `${JSON.stringify(info, null, 2)}\n` : render(info));
  return 0;
};
