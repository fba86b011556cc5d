/**
 * `mlat`: reads the command line and hands over to one command. Commands load when they are asked
 * for, so that `mlat --help` costs little more than starting Node.
 */
import { Command, CommanderError } from 'commander';
import { UserError, type ExitCode } from '../vocabulary/errors.js';
import type { InitFlags } from './commands/init.js';
import type { MergeFlags } from './commands/merge.js';
import type { ReportFlags } from './commands/report.js';
import { nodeIo, type Io } from './io.js';
import { addBenchOptions, type BenchFlags } from './options.js';
import { version } from './version.js';

export { nodeIo };

const internalError = (io: Io, error: unknown): ExitCode => {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(`mlat: internal error; this is a bug in mlat, not in what you did.\n${stack}\n`);
  io.stderr.write(
    `mlat ${version()}, Node ${process.versions.node}. Please report it with these lines: npm bugs mlat\n`,
  );
  return 1;
};

/** One line like every other error, with where to look: commander's own begins with "error:" and may have two. */
const usageError = (text: string, command: string | undefined): string => {
  const [message = '', suggestion] = text
    .trim()
    .replace(/^error: /, '')
    .split('\n');
  const hint =
    suggestion?.replace(/^\((.*)\)$/, '$1') ??
    `See mlat ${command === undefined ? '' : `${command} `}--help.`;
  return `mlat: ${message.replace(/\.$/, '')}. ${hint}\n`;
};

const buildProgram = (io: Io, done: (code: ExitCode) => void): Command => {
  const program = new Command('mlat')
    .description('Latency benchmarks for ML models: honest percentiles, SLA verdicts, a decision.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .option('--color', 'colour even where the output is not a terminal')
    .option('--no-color', 'no colour')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => {
        const named = program.commands.find((command) => io.argv.includes(command.name()));
        write(usageError(text, named?.name()));
      },
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
    });

  addBenchOptions(
    program
      .command('bench')
      .argument('[target]', 'a scenario (.yaml, .json) or a model (.onnx)')
      .summary('measure a scenario or a model, judge it, report it')
      .description(
        'Measures every cell of a scenario in processes of its own, judges the SLA and names the cell to deploy.',
      ),
  ).action(async (target: string | undefined, flags: BenchFlags) => {
    const { bench } = await import('./commands/bench.js');
    done(await bench(io, target, { ...flags, ...program.opts<{ color?: boolean }>() }));
  });

  program
    .command('report')
    .argument('<results>', 'results.json, or the folder of a run')
    .option('-f, --format <name>', 'text, json, hgrm or hlog', 'text')
    .option('-o, --output <path>', 'write to this file or folder, not to stdout')
    .option('--cell <id>', 'everything about one cell: its id, or the start of it')
    .summary('make a report again from a results document')
    .description('Makes a report from a results document: nothing is measured.')
    .action(async (file: string, flags: ReportFlags) => {
      const { report } = await import('./commands/report.js');
      done(await report(io, file, { ...flags, ...program.opts<{ color?: boolean }>() }));
    });

  program
    .command('merge')
    .argument('<results...>', 'folders of runs, or their results.json')
    .requiredOption('-o, --output <folder>', 'where the joined document lands')
    .option('--json', 'print the results document on stdout, and nothing else')
    .option('--inconclusive <action>', 'warn, or fail with exit code 12', 'warn')
    .summary('join shards or repeated runs into one document')
    .description(
      'Joins runs of one scenario, adds up their rounds, keeps unequal machines apart, and judges the whole.',
    )
    .action(async (paths: [string, ...string[]], flags: MergeFlags) => {
      const { merge } = await import('./commands/merge.js');
      done(await merge(io, paths, { ...flags, ...program.opts<{ color?: boolean }>() }));
    });

  program
    .command('inspect')
    .argument('<model>', 'an ONNX file')
    .option('--json', 'print JSON')
    .summary('what is in an ONNX file')
    .description(
      'Shows opset, inputs, named dimensions, operators, parameters and outputs, without running the model.',
    )
    .action(async (file: string, flags: { json?: boolean }) => {
      const { inspect } = await import('./commands/inspect.js');
      done(await inspect(io, file, flags));
    });

  program
    .command('init')
    .argument('<model>', 'an ONNX file')
    .option('-o, --output <file>', "where to write (default: the model's name with .yaml)")
    .option('--dims <name=size>', 'the size of a named dimension; repeatable', collect, [])
    .option(
      '--shape <input=sizes>',
      'the whole shape of an input: image=batch,3,224,224; repeatable',
      collect,
      [],
    )
    .option('--force', 'overwrite an existing file')
    .summary('write a commented scenario for a model')
    .description('Writes a scenario that runs. Asks for the sizes that the model file does not tell.')
    .action(async (file: string, flags: InitFlags) => {
      const { init } = await import('./commands/init.js');
      done(await init(io, file, flags));
    });

  program
    .command('doctor')
    .option('--json', 'print JSON')
    .summary('can this machine be trusted for p99, and which execution providers can it run?')
    .description("Measures the clock, the harness's own cost and the machine's noise, and says what to mend.")
    .action(async (flags: { json?: boolean }) => {
      const { doctor } = await import('./commands/doctor.js');
      done(await doctor(io, { ...flags, ...program.opts<{ color?: boolean }>() }));
    });

  program.addHelpText(
    'after',
    `
Examples:
  mlat bench scenarios/quickstart.yaml
  mlat bench model.onnx --batch 1,4,16 --threads 1,2 --sla 'p99<=10ms'
  mlat init model.onnx && mlat bench model.yaml

Exit codes: 0 passed, 2 unusable input, 3 a cell failed, 10 SLA failed,
  12 undecided (with --inconclusive fail), 13 invalid measurement, 130 interrupted.`,
  );
  return program;
};

/** Adds one value of a repeatable option to those before it. */
function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

/** Runs one command line. Returns the exit code; prints, but never exits and never throws. */
export const main = async (io: Io): Promise<ExitCode> => {
  let code: ExitCode = 0;
  const program = buildProgram(io, (result) => {
    code = result;
  });
  try {
    if (io.argv.length === 0) {
      program.outputHelp({ error: true });
      return 2;
    }
    await program.parseAsync([...io.argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UserError) {
      io.stderr.write(`${error.message.replaceAll(/^/gm, 'mlat: ')}\n`);
      return error.exitCode;
    }
    return internalError(io, error);
  }
};
