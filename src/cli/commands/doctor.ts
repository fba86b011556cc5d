/** `mlat doctor`: what this machine adds to every measurement, and whether p99 can be trusted here. */
import { Chalk } from 'chalk';
import { defaultExecutor, probeMachine } from '../../bench.js';
import { judgeMachine, type Check } from '../../judge/machine.js';
import type { ExitCode } from '../../vocabulary/errors.js';
import { NS_PER_S } from '../../vocabulary/units.js';
import { tryProviders } from '../../run/providers.js';
import type { Io } from '../io.js';
import { providerLines } from '../terminal/providers.js';
import { useColour } from '../terminal/colour.js';

/** Long enough to see what happens a few times a second. */
const NOISE_DURATION = 3 * NS_PER_S;

const MARKS: Readonly<Record<Check['status'], string>> = {
  ok: 'ok',
  warning: 'warn',
  bad: 'BAD',
  unknown: '?',
};

/** Runs `mlat doctor`. The exit code is 0 whatever it finds: a noisy machine is not a failed command. */
export const doctor = async (
  io: Io,
  flags: { readonly json?: boolean; readonly color?: boolean },
): Promise<ExitCode> => {
  if (io.stderr.isTTY) io.stderr.write('Watching this machine for a few seconds...\n');
  const executor = defaultExecutor();
  const machine = await probeMachine(executor, NOISE_DURATION);
  const providers = await tryProviders(machine.providers ?? [], executor, new AbortController().signal);
  const environment = { ...machine, providers };
  const verdict = judgeMachine(environment);
  if (flags.json === true) {
    io.stdout.write(`${JSON.stringify({ ...verdict, environment }, null, 2)}\n`);
    return 0;
  }
  const chalk = new Chalk({
    level: useColour({ flag: flags.color, env: io.env, isTTY: io.stdout.isTTY }) ? 1 : 0,
  });
  const paint: Readonly<Record<Check['status'], (text: string) => string>> = {
    ok: chalk.green,
    warning: chalk.yellow,
    bad: chalk.red,
    unknown: chalk.dim,
  };
  const width = Math.max(...verdict.checks.map((check) => check.name.length));
  const lines = verdict.checks.flatMap((check) => [
    `  ${paint[check.status](MARKS[check.status].padEnd(4))}  ${check.name.padEnd(width)}  ${check.seen}`,
    ...(check.action === undefined ? [] : [`        ${' '.repeat(width)}${chalk.dim(`-> ${check.action}`)}`]),
  ]);
  const { runtime } = environment;
  const available = providerLines(environment, { good: chalk.green, bad: chalk.red, dim: chalk.dim });
  io.stdout.write(
    `${chalk.bold(verdict.sentence)}\n\n${lines.join('\n')}\n\n` +
      `${chalk.bold('Execution providers')}\n\n${available.join('\n')}\n\n` +
      `  Node ${environment.node}, ${runtime.name} ${runtime.version}, ` +
      `${environment.os.platform} ${environment.os.release} ${environment.os.arch}\n`,
  );
  return 0;
};
