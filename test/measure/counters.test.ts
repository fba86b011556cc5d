import { describe, expect, it } from 'vitest';
import {
  disturbanceBetween,
  parseProcStat,
  parseThrottled,
  readCounters,
  type Counters,
} from '../../src/measure/counters.js';

describe('/proc/stat', () => {
  it('the totals of all processors; guest time is in user time already', () => {
    const text = `cpu  100 20 30 4000 50 6 7 80 90 10
cpu0 50 10 15 2000 25 3 3 40 45 5
intr 12345
ctxt 678
`;
    expect(parseProcStat(text)).toEqual({
      total: 100 + 20 + 30 + 4000 + 50 + 6 + 7 + 80,
      idle: 4000 + 50,
      steal: 80,
    });
  });

  it.each(['', 'cpu0 1 2 3 4 5 6 7 8\n', 'cpu  1 2 3 4\n', 'cpu  1 2 3 x 5 6 7 8\n'])(
    '%j tells nothing',
    (text) => {
      expect(parseProcStat(text)).toBeNull();
    },
  );
});

it('cpu.stat of a cgroup: microseconds in version 2, nanoseconds in version 1', () => {
  const v2 =
    'usage_usec 9000\nuser_usec 8000\nsystem_usec 1000\nnr_periods 5\nnr_throttled 2\nthrottled_usec 1234\n';
  expect(parseThrottled(v2)).toBe(1234);
  expect(parseThrottled('nr_periods 5\nnr_throttled 2\nthrottled_time 5000000\n')).toBe(5000);
  expect(parseThrottled('usage_usec 9000\nuser_usec 8000\n')).toBeNull();
});

describe('the difference of two readings', () => {
  const before: Counters = {
    wall: 1000,
    cpu: 500_000,
    involuntarySwitches: 7,
    machine: { total: 10_000, idle: 5000, steal: 100 },
    throttled: 2000,
  };
  // Two seconds later: 400 ticks of two processors, 200 idle, 40 stolen, 100 (1 s) of this process.
  const after: Counters = {
    wall: 3000,
    cpu: 1_500_000,
    involuntarySwitches: 19,
    machine: { total: 10_400, idle: 5200, steal: 140 },
    throttled: 202_000,
  };

  it('as shares', () => {
    expect(disturbanceBetween(before, after)).toEqual({
      stealShare: 40 / 400,
      otherShare: (400 - 200 - 40 - 100) / 400,
      throttledShare: 0.1,
      cpuPerWall: 0.5,
      involuntarySwitches: process.platform === 'win32' ? null : 12,
    });
  });

  it('null where the system does not tell, not zero', () => {
    expect(
      disturbanceBetween({ ...before, machine: null, throttled: null }, { ...after, throttled: null }),
    ).toMatchObject({ stealShare: null, otherShare: null, throttledShare: null, cpuPerWall: 0.5 });
  });

  it('null over too short a time for ticks of 10 ms', () => {
    const soon = { ...after, machine: { total: 10_019, idle: 5010, steal: 100 } };
    expect(disturbanceBetween(before, soon)).toMatchObject({ stealShare: null, otherShare: null });
  });

  it('never less than none: the ticks are coarser than the time of the process', () => {
    const busy = { ...after, cpu: before.cpu + 4_000_000 };
    expect(disturbanceBetween(before, busy).otherShare).toBe(0);
  });

  it('of the same reading has no shares of time', () => {
    expect(disturbanceBetween(before, before)).toMatchObject({ throttledShare: null, cpuPerWall: null });
  });
});

it('reads this process now', () => {
  const reading = readCounters(null);
  expect(reading.cpu).toBeGreaterThan(0);
  expect(reading.throttled).toBeNull();
  if (process.platform === 'linux') expect(reading.machine?.total).toBeGreaterThan(0);
});
