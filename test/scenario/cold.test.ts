import { describe, expect, it } from 'vitest';
import { expandScenario } from '../../src/scenario/expand.js';
import { parseRule } from '../../src/scenario/rules.js';
import { parse, problems } from './helpers.js';

const message = (text: string): string => {
  const parsed = parseRule(text);
  return 'message' in parsed ? [parsed.message, parsed.hint ?? ''].join(' ') : '';
};

describe('rules on cold starts', () => {
  it.each([
    ['cold p90 <= 500ms', 'cold p90', 500e6],
    ['cold  session   p50<=100ms', 'cold session p50', 100e6],
    ['cold mean < 2s', 'cold mean', 2e9],
    ['cold steady p99.5 <= 1s', 'cold steady p99.5', 1e9],
  ])('%s', (text, metric, limit) => {
    expect(parseRule(text)).toMatchObject({ metric, limit });
  });

  it.each([
    ['cold sesion p50 <= 1s', 'Did you mean "cold session p50"?'],
    ['cold p9O <= 1s', 'Did you mean "cold p90"?'],
    ['cold throughput >= 1/s', 'of cold starts there are percentiles and the mean'],
    ['cold <= 1s', 'unknown metric "cold"'],
    ['cold other p50 <= 1s', 'start, import, read, session, first, steady'],
    ['cold p50 <= 5', 'cold p50 is a duration'],
  ])('%s is refused: %s', (text, says) => {
    expect(message(text)).toContain(says);
  });

  it('objectives, too', () => {
    expect(
      parse('model: a.onnx\nsweep: {start: [warm, cold]}\nobjective: minimize cold p90').objective,
    ).toEqual({
      text: 'minimize cold p90',
      direction: 'minimize',
      metric: 'cold p90',
    });
    expect(problems('model: a.onnx\nobjective: minimize p99 please')).toHaveLength(1);
  });
});

describe('how many cold starts', () => {
  const startsOf = (rest: string): number => parse(`model: a.onnx\n${rest}`).measure.cold.starts;

  it('is 20, what was asked for, or what a rule or the objective needs', () => {
    expect(startsOf('')).toBe(20);
    expect(startsOf('measure: {coldStarts: 7}')).toBe(7);
    expect(startsOf('sla: cold p50 <= 1s')).toBe(20);
    expect(startsOf('sla: cold p90 <= 1s')).toBe(29);
    expect(startsOf('sla: [cold p90 <= 1s, cold session p95 <= 1s]')).toBe(59);
    expect(startsOf('objective: minimize cold p95')).toBe(59);
    // A warm percentile asks nothing of cold starts.
    expect(startsOf('sla: p99.9 <= 1s')).toBe(20);
  });

  it('is what was asked for even where a rule then has no data, as with samples', () => {
    expect(startsOf('measure: {coldStarts: 3}\nsla: cold p90 <= 1s')).toBe(3);
  });
});

describe('cells that start cold', () => {
  const cellsOf = (rest: string) => expandScenario(parse(`model: a.onnx\n${rest}`)).cells;

  it('are cells of their own, and the warm ones keep their ids', () => {
    const [plain] = cellsOf('');
    const both = cellsOf('sweep: {start: [warm, cold], optimised: [no, yes]}');
    expect(both.map(({ label }) => label)).toEqual([
      'start warm, optimised no',
      'start warm, optimised yes',
      'start cold, optimised no',
      'start cold, optimised yes',
    ]);
    expect(both[0]?.id).toBe(plain?.id);
  });

  it('are one cell whatever the pause between requests', () => {
    const cells = cellsOf('sweep: {start: [warm, cold], idle: [0ms, 10ms, 50ms]}');
    expect(cells.map(({ params }) => `${params.start} ${params.idle / 1e6}`)).toEqual([
      'warm 0',
      'cold 0',
      'warm 10',
      'warm 50',
    ]);
  });

  it('alone are optimised for their own median', () => {
    expect(parse('model: a.onnx\nsweep: {start: cold}').objective?.metric).toBe('cold p50');
    expect(parse('model: a.onnx\nsweep: {start: cold}\nsla: cold p90 <= 1s').objective?.metric).toBe(
      'cold p50',
    );
    expect(parse('model: a.onnx\nsweep: {start: [cold, warm]}').objective?.metric).toBe('p99');
    expect(parse('model: a.onnx\nsweep: {start: cold}\ninclude: [{start: warm}]').objective?.metric).toBe(
      'p99',
    );
  });
});
