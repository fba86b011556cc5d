/** The report of a document with prediction caches. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import { renderText } from '../../src/report/text.js';
import type { Results } from '../../src/results/schema.js';
import { cachedCell } from '../helpers/cache.js';
import { buildResults, minimize, US } from '../helpers/results.js';

const judged = (results: Results): Results => ({ ...results, ...judge(results) });

const COSTS = { key: 2 * US, insert: 8 * US, beyond: 1 * US, service: 93 * US };

const hitRates = judged(
  buildResults({
    cells: [null, 0, 0.5, 0.9, 0.995].map((rate) => cachedCell(COSTS, rate)),
    objective: minimize('mean'),
  }),
);

const zipf = judged(
  buildResults({
    cells: [
      cachedCell(COSTS, null),
      cachedCell(COSTS, 0),
      cachedCell(COSTS, 0.3, { zipf: 0.64, catalogue: 100_000 }),
      cachedCell(COSTS, 0.7, { zipf: 1.2, catalogue: 100_000 }),
    ],
    objective: minimize('mean'),
  }),
);

/** The lines of a section, its title first. */
const sectionOf = (text: string, title: string): string[] => {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`${title}  `));
  const length = lines.slice(from).findIndex((line) => line === '');
  return lines.slice(from, from + length);
};

describe('the section on caches', () => {
  it('has a row an arm: asked, observed, hits and misses, and what each metric gains', () => {
    const lines = sectionOf(renderText(hitRates, { width: 100 }), 'Cache');
    expect(lines[0]).toMatch(/PAYS.*DOES NOT PAY.*UNDECIDED/);
    const row = lines.find((line) => line.includes('90% hits'));
    expect(row).toMatch(/90% +3\.0\d +10[23] +✓ -8\d\.\d% +✓ -9\d\.\d% +✗ \+\d+\.\d% +90% +1,000$/);
    const none = lines.find((line) => line.includes(' 0% hits'));
    expect(none).toMatch(/ 0% hits +0 +- +10\d +✗/);
  });

  it('says where the mean breaks even, of what, and what it takes in memory', () => {
    const lines = sectionOf(renderText(hitRates, { width: 100 }), 'Cache')
      .join(' ')
      .replace(/\s+/g, ' ');
    expect(lines).toMatch(/cache 1000: the mean breaks even at (10\.\d|9\.\d\d)% hits \(95%: /);
    expect(lines).toMatch(/2\.00 us for its key, then 1\.00 us for a hit/);
    expect(lines).toMatch(/1,000 entries of keys and outputs take 58\.6 KiB/);
  });

  it('names traffic from a catalogue with the rate that came out', () => {
    const text = renderText(zipf, { width: 100 });
    expect(sectionOf(text, 'Cache').join('\n')).toMatch(/zipf 0\.64 +30% .* 30% +1,000/);
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /PAYS at zipf 0\.64 \(30\.0% hits\) and zipf 1\.2 \(70\.0% hits\)/,
    );
  });

  it.each([60, 80, 100, 160])('keeps to %i columns', (width) => {
    const lines = sectionOf(renderText(hitRates, { width }), 'Cache');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it('is not there without a cache', () => {
    const plain = judged(buildResults({ cells: [{}] }));
    expect(renderText(plain)).not.toMatch(/^Cache/m);
  });
});

describe('the report of one cell', () => {
  const cell = hitRates.cells.find(({ label }) => label === 'cache 1000, 90% hits');
  const text = renderText(hitRates, { cell: cell?.id ?? '', width: 120 });

  it('tells hits and misses apart, what they cost, and what is worth it', () => {
    const flat = text.replace(/\s+/g, ' ');
    expect(flat).toMatch(
      /cache 90\.0% hits \(.*\), 90\.0% expected of 90% hits; 1,000 requests before the first/,
    );
    expect(flat).toMatch(/9,000 requests of hits only: mean 3\.0\d us/);
    expect(flat).toMatch(/1,000 requests with a miss: mean 10[23] us/);
    expect(flat).toMatch(/key 2\.00 us an item \(SHA-1 of the input bytes\)/);
    expect(flat).toMatch(/p99 DOES NOT PAY \+\d/);
  });
});
