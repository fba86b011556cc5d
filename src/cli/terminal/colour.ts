/**
 * Whether to use colour, and which characters a terminal can show. Pure: the caller passes the flag,
 * the environment and whether the stream is a terminal.
 */

/** What decides about colour. */
export interface ColourInput {
  /** `--color` is true, `--no-color` is false, neither is undefined. */
  readonly flag: boolean | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the stream that is written to is a terminal. */
  readonly isTTY: boolean;
}

/**
 * True when output should carry colour. The first that says something decides: the flag, FORCE_COLOR
 * ("0" and "false" mean no, everything else yes, the empty string too), NO_COLOR (when not empty, see
 * no-color.org), TERM=dumb, and last whether the stream is a terminal.
 */
export const useColour = ({ flag, env, isTTY }: ColourInput): boolean => {
  if (flag !== undefined) return flag;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['TERM'] === 'dumb') return false;
  return isTTY;
};

/**
 * True when the terminal can show block and box characters. They are the rule today, so only what says
 * otherwise turns them off: a Linux console, a dumb terminal, a locale that is set and isn't UTF-8,
 * and a Windows console that isn't one of the newer ones.
 */
export const useUnicode = (env: Readonly<Record<string, string | undefined>>, platform: string): boolean => {
  if (env['TERM'] === 'dumb' || env['TERM'] === 'linux') return false;
  if (platform === 'win32') {
    return isSet(env['WT_SESSION']) || env['TERM_PROGRAM'] === 'vscode' || env['TERM'] === 'xterm-256color';
  }
  // The order in which POSIX says a program has to look.
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(isSet);
  return locale === undefined || /utf-?8/i.test(locale);
};

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';
