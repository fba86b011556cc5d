import { describe, expect, it } from 'vitest';
import { METRIC_NAMES } from '../../src/vocabulary/metrics.js';
import { isProblem, parseObjective, parseRule } from '../../src/scenario/rules.js';
import { formatProblem } from '../../src/vocabulary/errors.js';

const rule = (text: string): unknown => {
  const parsed = parseRule(text);
  return isProblem(parsed)
    ? formatProblem(parsed)
    : [parsed.metric, parsed.operator, parsed.limit, parsed.where];
};

describe('rules', () => {
  it.each([
    ['p99 <= 40ms', ['p99', '<=', 40e6, []]],
    ['p99<=40ms', ['p99', '<=', 40e6, []]],
    ['  p99.9\t<\n 1.5 s ', ['p99.9', '<', 1.5e9, []]],
    ['p99 >= 5ms', ['p99', '>=', 5e6, []]],
    ['mean > 300us', ['mean', '>', 300_000, []]],
    ['throughput >= 200/s', ['throughput', '>=', 200, []]],
    ['throughput >= 1.2 k/s', ['throughput', '>=', 1200, []]],
    ['errors <= 0.1%', ['errors', '<=', 0.001, []]],
    ['accuracy >= 98 %', ['accuracy', '>=', 0.98, []]],
    ['memory <= 512MiB', ['memory', '<=', 2 ** 29, []]],
    ['p50 <= 1ms where batch=1', ['p50', '<=', 1e6, [{ key: 'batch', value: '1' }]]],
    [
      'p50 <= 1ms WHERE model = my cnn and threads = 0 AND spinning = true and idle=50ms',
      [
        'p50',
        '<=',
        1e6,
        [
          { key: 'model', value: 'my cnn' },
          { key: 'threads', value: 'auto' },
          { key: 'spinning', value: 'on' },
          { key: 'idle', value: '50.0 ms' },
        ],
      ],
    ],
    ['p50 <= 1ms where dims = sequence=16', ['p50', '<=', 1e6, [{ key: 'dims', value: 'sequence=16' }]]],
    ['p50 <= 1ms where sequence = 16', ['p50', '<=', 1e6, [{ key: 'sequence', value: '16' }]]],
  ])('%j', (text, expected) => {
    expect(rule(text)).toEqual(expected);
  });

  const METRICS = `the metrics are percentiles such as p50 or p99.9, and ${METRIC_NAMES.filter((name) => name !== 'pNN').join(', ')}`;

  it.each([
    ['p99', '"p99" is not a rule. Write a rule as "p99 <= 40ms" or "p99 <= 40ms where batch = 1".'],
    ['<= 40ms', '"<= 40ms" is not a rule. Write a rule as "p99 <= 40ms" or "p99 <= 40ms where batch = 1".'],
    ['p99 = 40ms', 'unknown operator "=" in "p99 = 40ms"; the operators are <=, <, >=, >'],
    ['p99 =< 40ms', 'unknown operator "=<" in "p99 =< 40ms"; the operators are <=, <, >=, >'],
    ['p99 <= 40', 'p99 is a duration, in one of ns, us, ms, s, m, h: write 40ms, not "40"'],
    ['p99 <= 40%', 'p99 is a duration, in one of ns, us, ms, s, m, h: write 40ms, not "40%"'],
    ['p99 <= ', 'p99 is a duration, in one of ns, us, ms, s, m, h: write 40ms, not ""'],
    [
      'p99 <= 40ms if batch = 1',
      'p99 is a duration, in one of ns, us, ms, s, m, h: write 40ms, not "40ms if batch = 1"',
    ],
    ['throughput >= 200', 'throughput is a rate, in items per second: write 200/s, not "200"'],
    ['errors <= 0.1', 'errors is a share, from 0% to 100%: write 0.1%, not "0.1"'],
    ['errors <= 101%', 'errors is a share, from 0% to 100%: write 0.1%, not "101%"'],
    ['memory <= 512', 'memory is a size, in one of B, kB, MB, GB, KiB, MiB, GiB: write 512MiB, not "512"'],
    ['p999 <= 1ms', `unknown metric "p999"; ${METRICS}. Did you mean "p99.9"?`],
    ['p100 <= 1ms', `unknown metric "p100"; ${METRICS}. Did you mean "max"?`],
    ['p0 <= 1ms', `unknown metric "p0"; ${METRICS}. Did you mean "min"?`],
    ['thoughput >= 1/s', `unknown metric "thoughput"; ${METRICS}. Did you mean "throughput"?`],
    ['colour <= 1', `unknown metric "colour"; ${METRICS}`],
    ['p99 <= 40ms where', '"where" takes <key> = <value>, joined by "and", not ""'],
    ['p99 <= 40ms where batch', '"where" takes <key> = <value>, joined by "and", not "batch"'],
    ['p99 <= 40ms where batch = 1 and', '"where" takes <key> = <value>, joined by "and", not ""'],
    ['p99 <= 40ms where batch == 1', '"where" takes <key> = <value>, joined by "and", not "batch == 1"'],
    ['p99 <= 40ms where batch = big', '"batch" is a whole number of at least 1, not "big"'],
    [
      'p99 <= 40ms where graphOptimization = al',
      '"graphOptimization" is one of disabled, basic, extended, layout, all, not "al"',
    ],
  ])('%j is refused', (text, message) => {
    expect(rule(text)).toBe(message);
  });

  it('keep their text and place', () => {
    const location = { file: 's.yaml', line: 3, column: 5 };
    expect(parseRule(' p99<=1ms ', location)).toMatchObject({ text: 'p99<=1ms', location });
    expect(parseRule('p99', location)).toMatchObject({ location });
  });
});

describe('the objective', () => {
  it('is a direction and a metric', () => {
    expect(parseObjective('  maximize   throughput ')).toEqual({
      text: 'maximize throughput',
      direction: 'maximize',
      metric: 'throughput',
    });
    expect(parseObjective('minimize p99.9')).toMatchObject({ direction: 'minimize', metric: 'p99.9' });
  });

  it.each([
    ['throughput', '"throughput" is not an objective. Write it as "maximize throughput" or "minimize p99".'],
    [
      'minimize p99 now',
      '"minimize p99 now" is not an objective. Write it as "maximize throughput" or "minimize p99".',
    ],
    [
      'maximise throughput',
      'an objective starts with maximize or minimize, not "maximise". Did you mean "maximize"?',
    ],
    ['minimize throughput', 'throughput is better when it is higher. Write "maximize throughput".'],
    ['maximize p99', 'p99 is better when it is lower. Write "minimize p99".'],
  ])('%j is refused', (text, message) => {
    const parsed = parseObjective(text);
    expect(isProblem(parsed) ? formatProblem(parsed) : parsed).toBe(message);
  });
});
