/** How the terminal report is drawn on this output. */
import type { Io, Output } from '../io.js';
import { useColour, useUnicode } from './colour.js';

/** In a file or a CI log there is no width to ask for: 100 columns fit most viewers. */
const WIDTH_OFF_TERMINAL = 100;

/** Colour, width and characters for an output. */
export const renderOptions = (
  output: Output,
  flag: boolean | undefined,
  env: Io['env'],
): { color: boolean; width: number; unicode: boolean } => ({
  color: useColour({ flag, env, isTTY: output.isTTY }),
  width: Math.max(60, Math.min(output.columns ?? WIDTH_OFF_TERMINAL, 160)),
  unicode: useUnicode(env, process.platform),
});
