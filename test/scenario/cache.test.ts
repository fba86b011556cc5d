import { describe, expect, it } from 'vitest';
import { expandScenario } from '../../src/scenario/expand.js';
import { parseScenario } from '../../src/scenario/parse.js';
import { flagOverrides, type ScenarioFlags } from '../../src/scenario/flags.js';
import type { Plan } from '../../src/scenario/types.js';
import { UserError } from '../../src/vocabulary/errors.js';
import { formatParam } from '../../src/vocabulary/params.js';
import { formatTraffic, parseTraffic, type Traffic } from '../../src/vocabulary/traffic.js';

const planOf = (yaml: string, flags: ScenarioFlags = {}): Plan =>
  expandScenario(
    parseScenario({
      text: `model: ./m.onnx\n${yaml}`,
      file: 's.yaml',
      baseDir: '/models',
      overrides: flagOverrides(flags),
    }),
  );

const cellsOf = (plan: Plan): string[] =>
  plan.cells.map(({ params }) => `${formatParam('cache', params)} ${formatParam('traffic', params)}`);

const problemsOf = (yaml: string, flags: ScenarioFlags = {}): string => {
  try {
    planOf(yaml, flags);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return '';
};

describe('the cells of a cache', () => {
  it('are one without it, whatever the traffic, and one for each hit rate', () => {
    expect(cellsOf(planOf('cache: { hitRate: [0, 0.5, 90%] }'))).toEqual([
      'off any',
      '1000 0% hits',
      '1000 50% hits',
      '1000 90% hits',
    ]);
  });

  it('have a control without hits even when nobody asks for it', () => {
    expect(cellsOf(planOf('cache: { hitRate: 0.9, size: 50 }'))).toEqual([
      'off any',
      '50 0% hits',
      '50 90% hits',
    ]);
  });

  it('take sizes as a share of the catalogue, with a control for each', () => {
    const plan = planOf('cache: { zipf: [0.64, 1.2], size: [0.1%, 1%], catalogue: 20000 }');
    expect(cellsOf(plan)).toEqual([
      'off any',
      '20 0% hits',
      '20 zipf 0.64 of 20000',
      '20 zipf 1.2 of 20000',
      '200 0% hits',
      '200 zipf 0.64 of 20000',
      '200 zipf 1.2 of 20000',
    ]);
  });

  it('multiply with other axes, the one without a cache once for each', () => {
    const plan = planOf('sweep: { batch: [1, 8] }\ncache: { hitRate: [0, 0.9], size: 64 }');
    expect(plan.cells.filter(({ params }) => params.cache === 0)).toHaveLength(2);
    expect(plan.cells).toHaveLength(6);
    expect(plan.cells.map(({ label }) => label)).toContain('batch 8, cache 64, 90% hits');
    expect(plan.cells.map(({ label }) => label)).toContain('batch 1, cache off');
  });

  it('do not start cold', () => {
    const plan = planOf('sweep: { start: [warm, cold] }\ncache: { hitRate: [0, 0.9] }');
    expect(cellsOf(plan).filter((cell) => cell === 'off any')).toHaveLength(2);
    expect(plan.cells).toHaveLength(4);
  });

  it('leave the ids of scenarios without a cache as they are', () => {
    const ids = planOf('sweep: { batch: [1, 8] }').cells.map(({ id }) => id);
    const with_ = planOf('sweep: { batch: [1, 8] }\ncache: { hitRate: [0.9], size: 64 }').cells;
    expect(with_.filter(({ params }) => params.cache === 0).map(({ id }) => id)).toEqual(ids);
  });

  it('come from flags, which replace the kind of traffic in the file', () => {
    expect(cellsOf(planOf('', { hitRate: '0,0.9', cacheSize: '30' }))).toEqual([
      'off any',
      '30 0% hits',
      '30 90% hits',
    ]);
    const plan = planOf('cache: { hitRate: [0, 0.9], size: 30 }', {
      zipf: '1',
      cacheSize: '1%',
      catalogue: '500',
    });
    expect(cellsOf(plan)).toEqual(['off any', '5 0% hits', '5 zipf 1 of 500']);
  });

  it('can be named in rules, exclude and include', () => {
    const plan = planOf(
      [
        'cache: { hitRate: [0, 0.5, 0.9] }',
        'exclude: [{ traffic: 50% }]',
        'include: [{ cache: 10, traffic: zipf 0.99 }]',
        'sla: [p99 <= 1ms where cache = off, hit rate >= 85% where traffic = 90% hits]',
      ].join('\n'),
    );
    expect(cellsOf(plan)).toEqual(['off any', '1000 0% hits', '1000 90% hits', '10 zipf 0.99']);
    expect(plan.scenario.rules.map(({ where }) => where)).toEqual([
      [{ key: 'cache', value: 'off' }],
      [{ key: 'traffic', value: '90% hits' }],
    ]);
    expect(plan.scenario.rules[1]).toMatchObject({ metric: 'hit rate', limit: 0.85 });
  });
});

describe('mistakes', () => {
  it.each([
    ['cache: { size: 10 }', /cache: needs the traffic it sees/],
    ['cache: { hitRate: [0.5], zipf: [1] }', /zipf: does not go with hitRate/],
    ['cache: { hitRate: [1.5] }', /expected a share from 0 to 1/],
    ['cache: { hitRate: [often] }', /expected a share from 0 to 1, or a percentage/],
    ['cache: { hitRate: [0.5], size: 1% }', /share of a catalogue, which only zipf has/],
    ['cache: { hitRate: [0.5], catalogue: 100 }', /catalogue: goes with zipf/],
    ['cache: { zipf: [1], size: 200, catalogue: 100 }', /200 is more than the catalogue's 100 items/],
    ['cache: { zipf: [9] }', /expected an exponent from 0 to 5/],
    ['cache: { hitRates: [0.5] }', /unknown key "hitRates".*Did you mean "hitRate"/],
    ['sweep: { batch: 8 }\ncache: { hitRate: [0.5], size: 4 }', /4 entries is smaller than a batch of 8/],
    ['include: [{ cache: 10 }]', /a cache needs traffic/],
    ['include: [{ traffic: 90% }]', /traffic makes no difference without a cache/],
    ['include: [{ cache: 10, traffic: sometimes }]', /expected any, a hit rate such as 90%/],
    ['sla: hit rate >= 5', /hit rate is a share/],
    ['objective: minimize hit rate', /hit rate is better when it is higher/],
  ])('%s', (yaml, expected) => {
    expect(problemsOf(yaml)).toMatch(expected);
  });

  it('of flags are told by the name of the flag', () => {
    expect(problemsOf('', { hitRate: '2' })).toMatch(/^--hit-rate: expected a share/);
  });
});

describe('traffic as text', () => {
  it.each<[Traffic, string]>([
    ['any', 'any'],
    [{ hitRate: 0.999 }, '99.9% hits'],
    [{ zipf: 0.64, catalogue: 100_000 }, 'zipf 0.64'],
    [{ zipf: 1, catalogue: 50 }, 'zipf 1 of 50'],
  ])('%j is "%s", and back', (traffic, text) => {
    expect(formatTraffic(traffic)).toBe(text);
    expect(parseTraffic(text)).toEqual(traffic);
  });

  it.each(['', '101%', 'zipf', 'zipf 1 of 0', 'lots'])('"%s" is none', (text) => {
    expect(parseTraffic(text)).toBeNull();
  });
});
