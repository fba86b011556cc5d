import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { LatencyHistogram } from '../../src/stats/histogram.js';

it('loads the histogram library on first use, not on import: help and version need none of it', () => {
  const loaded = (): boolean =>
    Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('hdr-histogram-js'));
  expect(loaded()).toBe(false);
  LatencyHistogram.of([1]);
  expect(loaded()).toBe(true);
});
