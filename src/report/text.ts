/** The report for a terminal: what came out, at a glance, then why. */
import type { CellResult, Results } from '../results/schema.js';
import type { DocumentReporter, ReportFile, ReportOptions } from './types.js';
import { findCell } from './select.js';
import { cacheSection } from './text/cache.js';
import { cellLines } from './text/cell.js';
import { cellsSection } from './text/cells.js';
import { chartSection } from './text/chart.js';
import { coldSection } from './text/cold.js';
import { decisionSection } from './text/decision.js';
import { findingsSection } from './text/findings.js';
import { headline, measured } from './text/headline.js';
import { pad, paragraph, section, widthOf } from './text/layout.js';
import { createLook, type Look } from './text/look.js';
import { rulesSection } from './text/rules.js';
import { clean } from './text/sanitise.js';

/** Columns when nobody knows how many there are: what CI logs and mails take. */
const DEFAULT_WIDTH = 80;

/** Rows of the table of cells before the rest is only counted. */
const DEFAULT_ROWS = 24;

/**
 * The report of a document as text that ends with a newline. The same document and options give the
 * same text.
 */
export const renderText = (results: Results, options: ReportOptions = {}): string => {
  const look = createLook({
    color: options.color ?? false,
    width: options.width ?? DEFAULT_WIDTH,
    unicode: options.unicode ?? true,
  });
  const lines = [
    ...(options.cell === undefined
      ? wholeLines(results, look, options.rows ?? DEFAULT_ROWS)
      : cellLines(results, findCell(results, options.cell), look)),
    ...filesSection(options.files ?? [], look),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
};

const wholeLines = (results: Results, look: Look, rows: number): string[] => {
  const chosen = charted(results);
  return [
    ...headline(results, look),
    ...measured(results, look),
    ...cellsSection(warmOnly(results), look, rows),
    ...coldSection(results, look),
    ...cacheSection(results, look),
    ...(chosen === undefined ? [] : chartSection(results, chosen, look)),
    ...rulesSection(results, look),
    ...findingsSection(results, look),
    ...decisionSection(results, look),
  ];
};

/** The cell whose distribution is drawn: the decision's, or the first that was measured. */
const charted = ({ cells, decision }: Results): CellResult | undefined =>
  cells.find((cell) => cell.id === decision?.cell && cell.latency !== null) ??
  cells.find((cell) => cell.latency !== null);

/** Cold starts have no latency to compare with that of warm requests, and a table of their own. */
const warmOnly = (results: Results): Results => ({
  ...results,
  cells: results.cells.filter(({ params }) => params.start === 'warm'),
});

/** The folder that all files lie in is said once; commands take it too. */
const filesSection = (files: readonly ReportFile[], look: Look): string[] => {
  if (files.length === 0) return [];
  const paths = files.map((file) => clean(file.path));
  const folder = sharedFolder(paths);
  const names = paths.map((path) => path.slice(folder.length));
  const room = Math.max(...names.map(widthOf));
  const lines = files.flatMap((file, index) =>
    paragraph(clean(file.describe), look, {
      first: `  ${pad(names[index] ?? '', room)}  `,
      style: look.paint.dim,
    }),
  );
  return section('Files', folder, lines, look);
};

const sharedFolder = (paths: readonly string[]): string => {
  const [first = ''] = paths;
  const folder = first.slice(0, Math.max(first.lastIndexOf('/'), first.lastIndexOf('\\')) + 1);
  return paths.every((path) => path.startsWith(folder)) ? folder : '';
};

export const text: DocumentReporter = {
  name: 'text',
  describe: 'a report for a terminal or a log',
  extension: 'txt',
  perCell: false,
  render: renderText,
};
