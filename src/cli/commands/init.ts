/** `mlat init`: a commented scenario for a model, with the sizes that only a person knows asked for. */
import { access, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { findBatch, shapedInputs } from '../../model/batch.js';
import { formatShape, missingSizes, resolveShapes, type MissingSize } from '../../model/shapes.js';
import type { ModelInfo } from '../../model/types.js';
import { parseScenario } from '../../scenario/parse.js';
import { guessInputs, scenarioTemplate } from '../../scenario/template.js';
import { UserError, whyNotWritten, type ExitCode } from '../../vocabulary/errors.js';
import type { InputSpec } from '../../vocabulary/inputs.js';
import type { Io } from '../io.js';
import { readModelNamed } from './inspect.js';

export interface InitFlags {
  readonly output?: string;
  /** "name=size" each. */
  readonly dims: readonly string[];
  /** "input=1,3,224,224" each; "batch" may stand in it. */
  readonly shape: readonly string[];
  readonly force?: boolean;
}

interface Answers {
  readonly sizes: Record<string, number>;
  readonly shapes: Record<string, (number | string)[]>;
}

const wholeSize = (text: string): number | null => (/^[1-9]\d*$/.test(text.trim()) ? Number(text) : null);

const shapeOf = (text: string): (number | string)[] | null => {
  const parts = text.split(/[,x]/).map((part) => part.trim());
  const shape = parts.map((part) => (part === 'batch' ? part : wholeSize(part)));
  return shape.every((part) => part !== null) ? shape : null;
};

const readFlags = (flags: InitFlags): Answers => {
  const answers: Answers = { sizes: {}, shapes: {} };
  for (const [name, texts] of [
    ['--dims', flags.dims],
    ['--shape', flags.shape],
  ] as const) {
    for (const text of texts) {
      const at = text.lastIndexOf('=');
      const key = text.slice(0, at);
      const size = name === '--dims' ? wholeSize(text.slice(at + 1)) : null;
      const shape = name === '--shape' ? shapeOf(text.slice(at + 1)) : null;
      if (at < 1 || (size === null && shape === null)) {
        const example = name === '--dims' ? 'height=640' : 'image=batch,3,640,640';
        throw new UserError({
          message: `${name} ${text} cannot be read.`,
          hint: `Write ${name} ${example}.`,
        });
      }
      if (size !== null) answers.sizes[key] = size;
      if (shape !== null) answers.shapes[key] = shape;
    }
  }
  return answers;
};

/** The inputs as the template will fill them, with the shapes that were given. */
const withShapes = (info: ModelInfo, answers: Answers): Record<string, InputSpec> =>
  Object.fromEntries(
    Object.entries(guessInputs(info.inputs, info.outputs)).map(([name, spec]) => {
      const shape = answers.shapes[name];
      return [name, shape === undefined ? spec : { ...spec, shape }];
    }),
  );

const stillOpen = (info: ModelInfo, answers: Answers): MissingSize[] =>
  missingSizes(info.inputs, { batch: 1, dims: answers.sizes, inputs: withShapes(info, answers) });

const describe = (info: ModelInfo, name: string): string =>
  `input "${name}": ${formatShape(info.inputs.find((input) => input.name === name)?.shape ?? null)}`;

const flagFor = (size: MissingSize): string =>
  size.dim === '' ? `--shape ${size.input}=batch,...` : `--dims ${size.dim}=...`;

const askOne = async (
  question: (text: string) => Promise<string>,
  info: ModelInfo,
  size: MissingSize,
  answers: Answers,
): Promise<void> => {
  for (;;) {
    if (size.dim === '') {
      const shape = shapeOf(
        await question(`Shape for ${describe(info, size.input)}, such as batch,3,224,224: `),
      );
      if (shape === null) continue;
      answers.shapes[size.input] = shape;
    } else {
      const value = wholeSize(await question(`Size of "${size.dim}" in ${describe(info, size.input)}: `));
      if (value === null) continue;
      answers.sizes[size.dim] = value;
    }
    return;
  }
};

const ask = async (io: Io, info: ModelInfo, answers: Answers): Promise<void> => {
  const first = stillOpen(info, answers);
  if (first.length === 0) return;
  if (io.stdin.isTTY !== true || !io.stderr.isTTY) {
    throw new UserError({
      message: `the model leaves ${first.length} size${first.length === 1 ? '' : 's'} open, and they cannot be guessed: ${[...new Set(first.map((size) => describe(info, size.input)))].join('; ')}.`,
      location: { file: info.file },
      hint: `Give them: ${[...new Set(first.map(flagFor))].join(' ')}`,
    });
  }
  const reader = createInterface({ input: io.stdin, output: process.stderr });
  try {
    for (let open = first; open[0] !== undefined; open = stillOpen(info, answers)) {
      await askOne((text) => reader.question(text), info, open[0], answers);
    }
  } finally {
    reader.close();
  }
};

/** How a path is written in the scenario: relative to it, with forward slashes and a leading dot. */
const fromScenario = (scenario: string, file: string): string => {
  const path = relative(dirname(scenario), file).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
};

/** Runs `mlat init`. Never overwrites a file without --force. */
export const init = async (io: Io, file: string, flags: InitFlags): Promise<ExitCode> => {
  const info = await readModelNamed(io, file);
  const model = resolve(io.cwd, file);
  const output = resolve(
    io.cwd,
    flags.output ?? join(dirname(file), `${basename(file, extname(file))}.yaml`),
  );
  const shown = flags.output ?? relative(io.cwd, output);
  if (flags.force !== true && (await exists(output))) {
    throw new UserError({
      message: 'exists already.',
      location: { file: shown },
      hint: 'Use --force to overwrite it, or --output.',
    });
  }
  const answers = readFlags(flags);
  await ask(io, info, answers);

  const specs = withShapes(info, answers);
  const request = { batch: 1, dims: answers.sizes, inputs: specs };
  const batch = findBatch(shapedInputs(info.inputs, specs), request);
  const fixedBatch = batch.kind === 'fixed' ? batch.size : batch.kind === 'none' ? 1 : undefined;
  const resolved = resolveShapes(info.inputs, { ...request, batch: fixedBatch ?? 1 });
  if (Array.isArray(resolved)) throw new UserError(resolved);

  const text = scenarioTemplate({
    model: fromScenario(output, model),
    inputs: info.inputs.filter((input) => input.kind === 'tensor'),
    outputs: info.outputs.filter((value) => value.kind === 'tensor'),
    fixedBatch,
    ...answers,
  });
  // A template that mlat itself can't read would be worse than none.
  parseScenario({ text, file: shown, baseDir: dirname(output), overrides: [] });
  try {
    await writeFile(output, text, { flag: flags.force === true ? 'w' : 'wx' });
  } catch (error) {
    throw new UserError({
      message: `cannot be written: ${whyNotWritten(error)}.`,
      location: { file: shown },
      hint: 'Choose another place with --output.',
    });
  }
  io.stdout.write(`${shown}\n`);
  io.stderr.write(`Now: mlat bench ${shown}\n`);
  return 0;
};
