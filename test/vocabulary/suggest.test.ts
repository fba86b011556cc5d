import { describe, expect, it } from 'vitest';
import { nearest, suggest } from '../../src/vocabulary/suggest.js';

describe('suggest', () => {
  it.each([
    ['modle', ['model', 'models', 'mode'], 'model'],
    ['BATCH', ['batch', 'sequence'], 'batch'],
    ['seqence', ['batch', 'sequence'], 'sequence'],
    ['height', ['batch', 'sequence'], null],
    ['a', [], null],
  ])('finds what is near %s', (name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected);
  });

  it('asks when one is near, lists them when none is, and says when there are none', () => {
    expect(suggest('inptu', ['input', 'state'], 'The inputs are')).toBe('Did you mean "input"?');
    expect(suggest('images', ['x', 'state'], 'The inputs are')).toBe('The inputs are x, state.');
    expect(suggest('x', [], 'Its outputs are')).toBe('Its outputs are none.');
  });

  it('does not list dozens of names', () => {
    const names = Array.from({ length: 30 }, (_, index) => `output${index}`);
    expect(suggest('z', names, 'It has')).toContain('and 18 more.');
  });
});
