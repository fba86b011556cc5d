/** Cells without a measurement, and those without a row: what the table of cells says below itself. */
import type { VerdictStatus } from '../../results/conclusions-schema.js';
import type { CellResult } from '../../results/schema.js';
import { integer, listed, plural } from './format.js';
import { paragraph, truncate, widthOf } from './layout.js';
import type { Look } from './look.js';
import { lastLines, reasonText, stateLook, stateWord } from './reason.js';
import type { FailedGroup } from './rows.js';
import { clean } from './sanitise.js';

/** Why one cell has no measurement, below its row. `isRepeated`: a row above has said the same. */
export const reasonLines = (cell: CellResult, isRepeated: boolean, look: Look): string[] => {
  const first = `   ${look.sign.child} `;
  if (isRepeated) return [`${first}${look.paint.dim(`${stateWord(cell.state)}, for the same reason`)}`];
  const { style } = stateLook(cell.state, look);
  const indent = { first: ' '.repeat(widthOf(first)), style: look.paint.dim };
  return [
    ...paragraph(reasonText(cell.state, cell.reason), look, { first, style }),
    ...lastLines(cell.reason, 1).flatMap((line) =>
      paragraph(truncate(`stderr: ${line}`, 2 * look.width, look), look, indent),
    ),
  ];
};

/** How many measured cells have no row, by verdict. */
export const hiddenLines = (
  hidden: readonly CellResult[],
  verdicts: ReadonlyMap<string, VerdictStatus>,
  look: Look,
): string[] => {
  if (hidden.length === 0) return [];
  const counts = new Map<string, number>();
  for (const cell of hidden) {
    const status = verdicts.get(cell.id);
    if (status !== undefined) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const how = [...counts].map(([status, count]) => `${integer(count)} ${status}`).join(', ');
  const text =
    `${look.sign.ellipsis} and ${plural(hidden.length, 'measured cell')} more` +
    `${how === '' ? '' : ` (${how})`}, all in the document`;
  return paragraph(text, look, { first: '  ' });
};

/** Groups of failed cells that are told; what fails in more ways than this is only counted. */
const FAILED_GROUPS = 8;

/** The cells that failed, by what failed them. */
export const failedLines = (groups: readonly FailedGroup[], look: Look): string[] => {
  const told = groups.slice(0, FAILED_GROUPS).flatMap(({ cells, state, reason }) => {
    const { sign, style } = stateLook(state, look);
    const what = `${plural(cells.length, 'cell')} ${reasonText(state, reason)}`;
    const labels = cells.map((cell) => truncate(clean(cell.label), 60, look));
    return [
      ...paragraph(what, look, { first: `${sign} `, style }),
      ...paragraph(listed(labels, 4), look, { first: '  ', style: look.paint.dim }),
    ];
  });
  const unsaid = groups.slice(FAILED_GROUPS).reduce((sum, group) => sum + group.cells.length, 0);
  if (unsaid === 0) return told;
  return [...told, look.paint.bad(`${look.sign.fail} ${plural(unsaid, 'cell')} more failed in other ways`)];
};
