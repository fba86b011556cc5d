import { parseScenario, type ScenarioText } from '../../src/scenario/parse.js';
import type { Scenario } from '../../src/scenario/types.js';
import { UserError } from '../../src/vocabulary/errors.js';

/** Parses a scenario as if it stood in /proj/scenarios/s.yaml. */
export const parse = (text: string | null, more: Partial<ScenarioText> = {}): Scenario =>
  parseScenario({
    text,
    file: text === null ? null : 's.yaml',
    baseDir: '/proj/scenarios',
    ...more,
  });

/** The lines of the UserError that `action` throws. */
export const problemsOf = (action: () => unknown): string[] => {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error.exitCode !== 2) throw new Error(`exit code ${error.exitCode}`, { cause: error });
    return error.message.split('\n');
  }
  return [];
};

/** The problems of a scenario's text, one line each. */
export const problems = (text: string | null, more: Partial<ScenarioText> = {}): string[] =>
  problemsOf(() => parse(text, more));
