/** Runs npm, npx and node for the tests of the package, as a person at an empty prompt would. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What npm sets for the scripts it runs would steer an npm inside them; what a person set stays. */
const environment = (): NodeJS.ProcessEnv => {
  const kept = new Set(['npm_config_cache', 'npm_config_registry', 'npm_config_userconfig']);
  const entries = Object.entries(process.env).filter(
    ([key]) => kept.has(key) || !/^(?:npm_|VITEST|NODE_ENV|NODE_OPTIONS|FORCE_COLOR|INIT_CWD)/.test(key),
  );
  return { ...Object.fromEntries(entries), NO_COLOR: '1' };
};

/** Runs a command in `cwd` to its end; any exit code is an outcome. */
export const run = async (command: string, args: readonly string[], cwd: string): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { cwd, env: environment(), maxBuffer: 64 * 2 ** 20, shell: process.platform === 'win32' },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else reject(new Error(`${command} did not end by itself`, { cause: error }));
      },
    );
  });

/** Runs a command that must succeed. */
export const runOrThrow = async (command: string, args: readonly string[], cwd: string): Promise<Outcome> => {
  const outcome = await run(command, args, cwd);
  if (outcome.code !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} exited with ${outcome.code}\n${outcome.stderr}\n${outcome.stdout}`,
    );
  }
  return outcome;
};
