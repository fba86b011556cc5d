/** How a report looks: the room it has, its colours, its signs. Every part of a report gets one. */
import { Chalk } from 'chalk';
import type { VerdictStatus } from '../../results/conclusions-schema.js';

/** What a style does to text. All are the identity without colour, so none carries meaning alone. */
export interface Paint {
  readonly title: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly accent: (text: string) => string;
  /** A word on a ground of its colour: the verdict in the headline. */
  readonly badge: (text: string, tone: Tone) => string;
}

export type Tone = 'good' | 'bad' | 'warn' | 'accent' | 'dim';

/** The characters that are not letters, in Unicode or ASCII. */
export interface Signs {
  readonly pass: string;
  readonly fail: string;
  readonly open: string;
  readonly alert: string;
  readonly none: string;
  readonly chosen: string;
  readonly bullet: string;
  readonly plusMinus: string;
  readonly ellipsis: string;
  readonly dash: string;
  readonly dot: string;
  readonly axis: string;
  readonly mark: string;
  readonly rule: string;
  readonly child: string;
}

export interface Look {
  /** Columns. */
  readonly width: number;
  readonly unicode: boolean;
  readonly paint: Paint;
  readonly sign: Signs;
}

const UNICODE: Signs = {
  pass: '✓',
  fail: '✗',
  open: '?',
  alert: '!',
  none: '-',
  chosen: '►',
  bullet: '•',
  plusMinus: '±',
  ellipsis: '…',
  dash: '–',
  dot: ' · ',
  axis: '│',
  mark: '◄',
  rule: '─',
  child: '└',
};

const ASCII: Signs = {
  pass: '+',
  fail: 'x',
  open: '?',
  alert: '!',
  none: '-',
  chosen: '>',
  bullet: '*',
  plusMinus: '+-',
  ellipsis: '...',
  dash: '-',
  dot: ', ',
  axis: '|',
  mark: '<',
  rule: '-',
  child: '`-',
};

/** Narrower than this nothing useful can be laid out; such a terminal wraps. */
export const MIN_WIDTH = 60;

/** Prose is not set wider than this, however wide the terminal is. */
export const PROSE_WIDTH = 100;

/** Makes a Look. `width` is in columns, at least MIN_WIDTH is used. */
export const createLook = (options: { color: boolean; width: number; unicode: boolean }): Look => {
  // An instance of its own: the global one looks at the process.
  const chalk = new Chalk({ level: options.color ? 1 : 0 });
  const tones = {
    good: chalk.bold.black.bgGreen,
    bad: chalk.bold.whiteBright.bgRed,
    warn: chalk.bold.black.bgYellow,
    accent: chalk.bold.black.bgCyan,
    dim: chalk.inverse,
  };
  return {
    width: Math.max(MIN_WIDTH, Math.floor(options.width)),
    unicode: options.unicode,
    sign: options.unicode ? UNICODE : ASCII,
    paint: {
      title: (text) => chalk.bold(text),
      strong: (text) => chalk.bold(text),
      dim: (text) => chalk.dim(text),
      good: (text) => chalk.green(text),
      bad: (text) => chalk.red(text),
      warn: (text) => chalk.yellow(text),
      accent: (text) => chalk.cyan(text),
      // The blanks are part of the badge; without colour they would only push the line to the right.
      badge: (text, tone) => (options.color ? tones[tone](` ${text} `) : text),
    },
  };
};

/** A verdict's status as a sign and a word, painted. */
export const statusText = (status: VerdictStatus, look: Look): string => {
  const { sign, paint } = look;
  switch (status) {
    case 'pass':
      return paint.good(`${sign.pass} pass`);
    case 'fail':
      return paint.bad(`${sign.fail} FAIL`);
    case 'inconclusive':
      return paint.warn(`${sign.open} open`);
    case 'invalid':
      return paint.bad(`${sign.alert} invalid`);
    case 'no-data':
      return paint.bad(`${sign.alert} no data`);
    case 'not-applicable':
      return paint.dim(`${sign.none} n/a`);
  }
};
