/** The table of cold starts and the view of one cold cell, as snapshots to be looked at. */
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import { renderText } from '../../src/report/text.js';
import type { Results } from '../../src/results/schema.js';
import { buildResults, minimize, MS, rule } from '../helpers/results.js';

const build = (): Results => {
  const results = buildResults({
    cells: [
      { params: { optimised: false }, p50: 2 * MS },
      { params: { optimised: true }, p50: 2.1 * MS },
      { params: { start: 'cold' }, cold: { phases: { session: 240 * MS } } },
      { params: { start: 'cold', optimised: true }, cold: { phases: { session: 40 * MS, read: null } } },
      { params: { start: 'cold', batch: 8 }, state: 'failed' },
    ],
    coldStarts: 29,
    rules: [rule('p99', '<=', 5 * MS), rule('cold p90', '<=', 300 * MS)],
    objective: minimize('p99'),
  });
  return { ...results, ...judge(results) };
};

const document = build();

describe('the report of a run with cold starts', () => {
  it.each([
    ['cold.80', { width: 80 }],
    ['cold.120', { width: 120 }],
    ['cold.ascii', { width: 80, unicode: false }],
    ['cold.cell.80', { width: 80, cell: 'start cold, batch 1' }],
  ] as const)('%s', async (name, options) => {
    const { cell } = { cell: undefined, ...options };
    const id =
      cell === undefined
        ? {}
        : { cell: document.cells.find(({ params }) => params.start === 'cold')?.id ?? '' };
    await expect(renderText(document, { ...options, ...id })).toMatchFileSnapshot(
      `./__snapshots__/${name}.txt`,
    );
  });

  it('has warm cells in their table and cold ones in theirs, each once', () => {
    const lines = renderText(document, { width: 120 }).split('\n');
    const at = (heading: string): number => lines.findIndex((line) => line.startsWith(heading));
    const cells = lines.slice(at('Cells'), at('Cold starts'));
    expect(cells.join('\n')).not.toContain('cold');
    const bars = lines.filter((line) => /^ {2}█+▓+/.test(line));
    expect(bars).toHaveLength(2);
    // The longest bar is that of the longest answer, and they compare as the answers do.
    const [plain = 0, saved = 0] = bars.map(stringWidth);
    const [first, second] = document.cells.flatMap(({ cold }) =>
      cold === undefined ? [] : [cold.answer.mean.value ?? 0],
    );
    expect((saved - 2) / (plain - 2)).toBeCloseTo((second ?? 0) / (first ?? 1), 1);
  });

  it('is no wider than the terminal', () => {
    for (const width of [60, 72, 80, 100, 120, 160]) {
      const lines = renderText(document, { width }).split('\n');
      expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
    }
  });
});
