/**
 * The one place where outcomes become exit codes, see docs/exit-codes.md. 1 (internal error) and 2
 * (what the user can mend) are given by main, where those errors arrive.
 */
import type { Outcome } from '../judge/outcome.js';
import type { ExitCode } from '../vocabulary/errors.js';

/** The order in which codes count. */
const ORDER: readonly ExitCode[] = [130, 1, 2, 13, 10, 11, 3, 12, 0];

/** Of several codes the one that counts. */
export const firstOf = (...codes: readonly ExitCode[]): ExitCode =>
  ORDER.find((code) => codes.includes(code)) ?? 0;

/** The exit code of a judged run. `inconclusive` is the flag of that name. */
export const exitCodeOf = (outcome: Outcome, inconclusive: 'warn' | 'fail'): ExitCode => {
  switch (outcome.kind) {
    case 'interrupted':
      return 130;
    case 'invalid':
      return 13;
    case 'sla-failed':
      return 10;
    case 'cell-failed':
    case 'shard-missing':
    case 'nothing-measured':
      return 3;
    case 'inconclusive':
      return inconclusive === 'fail' ? 12 : 0;
    case 'ok':
      return 0;
  }
};
