import { describe, expect, it } from 'vitest';
import { useColour, useUnicode } from '../../../src/cli/terminal/colour.js';

describe('useColour', () => {
  it.each([
    ['a terminal', { flag: undefined, env: {}, isTTY: true }, true],
    ['a pipe', { flag: undefined, env: {}, isTTY: false }, false],
    ['--color over NO_COLOR and a pipe', { flag: true, env: { NO_COLOR: '1' }, isTTY: false }, true],
    ['--no-color over FORCE_COLOR', { flag: false, env: { FORCE_COLOR: '1' }, isTTY: true }, false],
    [
      'FORCE_COLOR over NO_COLOR',
      { flag: undefined, env: { FORCE_COLOR: '1', NO_COLOR: '1' }, isTTY: false },
      true,
    ],
    ['FORCE_COLOR=0', { flag: undefined, env: { FORCE_COLOR: '0' }, isTTY: true }, false],
    ['FORCE_COLOR=false', { flag: undefined, env: { FORCE_COLOR: 'false' }, isTTY: true }, false],
    ['FORCE_COLOR set and empty', { flag: undefined, env: { FORCE_COLOR: '' }, isTTY: false }, true],
    [
      'FORCE_COLOR over TERM=dumb',
      { flag: undefined, env: { FORCE_COLOR: '3', TERM: 'dumb' }, isTTY: false },
      true,
    ],
    ['NO_COLOR', { flag: undefined, env: { NO_COLOR: '1' }, isTTY: true }, false],
    ['NO_COLOR=0 is set, so no colour', { flag: undefined, env: { NO_COLOR: '0' }, isTTY: true }, false],
    ['NO_COLOR empty says nothing', { flag: undefined, env: { NO_COLOR: '' }, isTTY: true }, true],
    ['TERM=dumb', { flag: undefined, env: { TERM: 'dumb' }, isTTY: true }, false],
  ])('%s', (_name, input, expected) => {
    expect(useColour(input)).toBe(expected);
  });
});

describe('useUnicode', () => {
  it.each([
    ['no locale', {}, 'linux', true],
    ['a UTF-8 locale', { LANG: 'en_US.UTF-8' }, 'linux', true],
    ['C.utf8', { LANG: 'C.utf8' }, 'linux', true],
    ['the C locale', { LANG: 'C' }, 'linux', false],
    ['LC_ALL before LANG', { LC_ALL: 'POSIX', LANG: 'en_US.UTF-8' }, 'linux', false],
    ['an empty LC_ALL says nothing', { LC_ALL: '', LANG: 'de_DE.UTF-8' }, 'linux', true],
    ['a dumb terminal', { LANG: 'en_US.UTF-8', TERM: 'dumb' }, 'linux', false],
    ['the Linux console', { TERM: 'linux' }, 'linux', false],
    ['an old Windows console', {}, 'win32', false],
    ['Windows Terminal', { WT_SESSION: 'x' }, 'win32', true],
  ])('%s', (_name, env, platform, expected) => {
    expect(useUnicode(env, platform)).toBe(expected);
  });
});
