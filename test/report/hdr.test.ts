import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hdr from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { hgrm, percentileSteps } from '../../src/report/hgrm.js';
import { hlog } from '../../src/report/hlog.js';
import { LatencyHistogram } from '../../src/stats/histogram.js';
import { failures, hostile, oneCell, typical } from './documents.js';

/** Where Debian's libhdrhistogram-java puts it. */
const JAR = process.env['HDRHISTOGRAM_JAR'] ?? '/usr/share/java/hdrhistogram.jar';

const hasJava = (): boolean => {
  if (!existsSync(JAR)) return false;
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

interface Line {
  readonly value: number;
  readonly percentile: number;
  readonly total: number;
}

const parse = (text: string): { lines: Line[]; footer: string[] } => {
  const rows = text.split('\n');
  const lines = rows
    .filter((row) => /^\s*\d/.test(row))
    .map((row) => row.trim().split(/\s+/).map(Number))
    .map(([value = NaN, percentile = NaN, total = NaN]) => ({ value, percentile, total }));
  return { lines, footer: rows.filter((row) => row.startsWith('#[M') || row.startsWith('#[B')) };
};

describe('hgrm', () => {
  it('writes a file for each cell that was measured', () => {
    expect(hgrm.files(typical()).map((file) => file.name)).toEqual([
      'batch-1-threads-1.19d5279184.hgrm',
      'batch-1-threads-2.8739955fea.hgrm',
      'batch-8-threads-1.42da8fa52e.hgrm',
      'batch-8-threads-2.bda8f296a4.hgrm',
      'batch-32-threads-1.61de7c4c0c.hgrm',
      'batch-32-threads-2.8af688f8c2.hgrm',
    ]);
    // Two rounds of the third were measured before the process was killed.
    expect(hgrm.files(failures())).toHaveLength(3);
  });

  it('writes one cell when one is asked for', () => {
    expect(hgrm.files(typical(), { cell: 'bda8' }).map((file) => file.name)).toEqual([
      'batch-8-threads-2.bda8f296a4.hgrm',
    ]);
  });

  it('names files safely whatever the label and the id are', () => {
    const document = hostile();
    const [first, ...rest] = document.cells;
    const cells = [{ ...first!, id: '../../etc/passwd\u0000' }, ...rest];
    for (const { name } of hgrm.files({ ...document, cells })) expect(name).toMatch(/^[a-z0-9_.-]{10,80}$/i);
  });

  it('has the columns that the plotter reads, up to the exact maximum', () => {
    const { content } = hgrm.files(oneCell())[0]!;
    const rows = content.split('\n');
    expect(rows[0]).toBe('       Value     Percentile TotalCount 1/(1-Percentile)');
    expect(rows[2]).toMatch(/^ {4}\d\.\d{6} 0\.000000000000 {10}1 {11}1\.00$/);
    const { lines, footer } = parse(content);
    const max = oneCell().cells[0]!.latency!.max.value!;
    expect(lines.at(-1)).toEqual({ value: max / 1e6, percentile: 1, total: 200 });
    expect(footer).toHaveLength(3);
    expect(footer[1]).toContain(`Total count    =          200]`);
    for (const [index, line] of lines.slice(1).entries()) {
      expect(line.value).toBeGreaterThanOrEqual(lines[index]!.value);
      expect(line.percentile).toBeGreaterThan(lines[index]!.percentile - 1e-12);
    }
  });

  it('steps like the percentile iterator of hdr-histogram-js', () => {
    const values = Float64Array.from({ length: 4000 }, (_, index) => 1000 + index * index);
    const theirs = hdr.build({
      numberOfSignificantValueDigits: 3,
      lowestDiscernibleValue: 1,
      highestTrackableValue: 3.6e12,
      bitBucketSize: 64,
    });
    for (const value of values) theirs.recordValue(value);
    const expected = parse(theirs.outputPercentileDistribution(5, 1)).lines;
    const steps = percentileSteps(LatencyHistogram.of(values));
    expect(steps.map((step) => step.total)).toEqual(expected.map((line) => line.total));
    for (const [index, step] of steps.entries())
      expect(step.percentile).toBeCloseTo(expected[index]!.percentile, 10);
  });

  it('is empty for a histogram without values', () => {
    expect(percentileSteps(LatencyHistogram.of([]))).toEqual([]);
  });
});

describe('hlog', () => {
  it('has a line for each measured round, with offsets from the first', () => {
    const { content } = hlog.files(failures()).find((file) => file.name.startsWith('batch-8.'))!;
    const rows = content.trimEnd().split('\n');
    expect(rows.slice(0, 5).map((row) => row.replace(/cell [0-9a-f]{10}/, 'cell ID'))).toEqual([
      '#[Logged with mlat 0.1.0: cell ID, batch 8]',
      '#[Histogram log format version 1.3]',
      '#[BaseTime: 1767614400.000 (seconds since epoch)]',
      '#[StartTime: 1767614400.000 (seconds since epoch), 2026-01-05T12:00:00.000Z]',
      '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ]);
    expect(rows.slice(5).map((row) => row.split(',')[0])).toEqual(['0.000', '10.000']);
    expect(rows[5]).toMatch(/^0\.000,\d\.\d{3},\d\.\d{3},HISTFAAAA/);
  });

  it('is read back by hdr-histogram-js with the same counts and percentiles', () => {
    const document = typical();
    const cell = document.cells[3]!;
    const { content } = hlog.files(document, { cell: cell.id })[0]!;
    const reader = new hdr.HistogramLogReader(content);
    const rounds = [];
    for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram())
      rounds.push(next);
    expect(rounds.map((round) => round.totalCount)).toEqual(cell.rounds.map((round) => round.n));
    for (const [index, round] of rounds.entries()) {
      expect(round.getValueAtPercentile(50)).toBe(cell.rounds[index]!.latency!.p50);
    }
  });
});

// Java's own tool is the reader that matters; Debian has it in libhdrhistogram-java.
describe.skipIf(!hasJava())('HistogramLogProcessor (Java; needs java and libhdrhistogram-java)', () => {
  it('reads every .hlog and makes the distribution that .hgrm holds', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlat-hlog-'));
    try {
      const document = typical();
      const ours = hgrm.files(document);
      for (const [index, file] of hlog.files(document).entries()) {
        writeFileSync(join(folder, file.name), file.content);
        execFileSync(
          'java',
          ['-cp', JAR, 'org.HdrHistogram.HistogramLogProcessor', '-i', file.name, '-o', 'out'],
          { cwd: folder },
        );
        const java = parse(readFileSync(join(folder, 'out.hgrm'), 'utf8')).lines;
        const { lines } = parse(ours[index]!.content);
        expect(lines.map((line) => line.total)).toEqual(java.map((line) => line.total));
        for (const [at, line] of lines.entries()) {
          expect(line.percentile).toBeCloseTo(java[at]!.percentile, 9);
          // Java prints the upper edge of the last bucket where we print the maximum: within 0.1%.
          expect(Math.abs(line.value / java[at]!.value - 1)).toBeLessThan(0.0011);
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
