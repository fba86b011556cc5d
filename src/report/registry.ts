/** Every reporter, by the name that `--format` takes. Adding one is one file and one row. */
import { hgrm } from './hgrm.js';
import { hlog } from './hlog.js';
import { json } from './json.js';
import { text } from './text.js';
import type { Reporter } from './types.js';

export const reporters = { text, json, hgrm, hlog } as const satisfies Readonly<Record<string, Reporter>>;
