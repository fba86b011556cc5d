/** `mlat report`: from the document alone, what `mlat bench` printed and wrote. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifierModel, writeModel } from '../helpers/onnx.js';
import { mlat, readResults, workspace, writeFiles, type Outcome } from './mlat.js';

let cwd: string;
let bench: Outcome;
let text: string;

const inRun = (name: string): string => readFileSync(join(cwd, 'run', name), 'utf8');

beforeAll(async () => {
  cwd = await workspace();
  await writeModel(cwd, 'model.onnx', classifierModel());
  const flags = '--batch 1,4 --rounds 2 --samples 60 --warmup 2 -o run'.split(' ');
  bench = await mlat(cwd, 'bench', 'model.onnx', ...flags, '--sla', 'p50 <= 1h');
  text = inRun('results.json');
});

/** All but the list of files, which are others. */
const withoutFiles = (report: string): string => report.slice(0, report.indexOf('\nFiles  '));

describe('formats', () => {
  it('text: what bench printed, by folder and by file, without colour', async () => {
    expect(bench.code).toBe(0);
    for (const path of ['run', 'run/results.json']) {
      const { code, stdout, stderr } = await mlat(cwd, 'report', path);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(withoutFiles(stdout)).toBe(withoutFiles(bench.stdout));
    }
    expect(withoutFiles(bench.stdout).length).toBeGreaterThan(500);
    expect(bench.stdout).not.toContain('\u001B');
    const coloured = await mlat(cwd, 'report', 'run', '--color');
    expect(coloured.stdout).toContain('\u001B[');
  });

  it('json: the document itself', async () => {
    expect(await mlat(cwd, 'report', 'run', '-f', 'json')).toMatchObject({
      code: 0,
      stdout: text,
      stderr: '',
    });
  });

  it.each(['hgrm', 'hlog'])('%s: the files that bench wrote, one a cell', async (format) => {
    const names = readdirSync(join(cwd, 'run')).filter((name) => name.endsWith(`.${format}`));
    expect(names).toHaveLength(2);
    const written = await mlat(cwd, 'report', 'run', '-f', format, '-o', `again-${format}`);
    expect(written).toMatchObject({ code: 0, stdout: '' });
    expect(readdirSync(join(cwd, `again-${format}`)).toSorted()).toEqual(names.toSorted());
    for (const name of names) {
      expect(readFileSync(join(cwd, `again-${format}`, name), 'utf8')).toBe(inRun(name));
    }
    const [cell] = readResults(join(cwd, 'run')).cells;
    const one = await mlat(cwd, 'report', 'run', '-f', format, '--cell', cell?.id ?? '');
    expect(one.stdout).toBe(inRun(names.find((name) => name.includes(cell?.id ?? '')) ?? ''));
  });

  it('-o writes a file', async () => {
    expect(await mlat(cwd, 'report', 'run', '-o', 'out/report.txt')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'out/report.txt\n',
    });
    expect(readFileSync(join(cwd, 'out/report.txt'), 'utf8')).toMatch(/^PASS {2}model: /);
  });

  it('--cell shows one cell, by id, the start of it, or label', async () => {
    const [cell] = readResults(join(cwd, 'run')).cells;
    for (const name of [cell?.id ?? '', cell?.id.slice(0, 5) ?? '', cell?.label ?? '']) {
      const { code, stdout } = await mlat(cwd, 'report', 'run', '--cell', name);
      expect(code).toBe(0);
      expect(stdout).toContain(`cell ${cell?.id} of model`);
    }
  });
});

describe('documents that cannot be read', () => {
  const refused = async (...args: string[]): Promise<string> => {
    const outcome = await mlat(cwd, 'report', ...args);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    return outcome.stderr;
  };

  it('from a newer mlat', async () => {
    await writeFiles(cwd, { 'newer.json': text.replace('"schemaVersion": 1', '"schemaVersion": 99') });
    expect(await refused('newer.json')).toMatch(
      /^mlat: newer\.json: written by mlat [\d.]+ with schema version 99; this mlat reads up to 1\. Update mlat to read it\.\n$/,
    );
  });

  it('cut off, damaged, of another kind, not there', async () => {
    await writeFiles(cwd, {
      'cut.json': text.slice(0, text.length / 2),
      'damaged.json': text.replace('"state": "completed"', '"state": "fine"'),
      'other.json': '{"name": "x"}\n',
      'empty.json': '',
    });
    const give = 'Give the results.json that a run wrote.\n';
    expect(await refused('cut.json')).toBe(`mlat: cut.json: this is not JSON, or it was cut off. ${give}`);
    expect(await refused('empty.json')).toBe(`mlat: empty.json: the file is empty. ${give}`);
    expect(await refused('other.json')).toBe(
      `mlat: other.json: this is JSON, but not the results of an mlat run. ${give}`,
    );
    expect(await refused('damaged.json')).toMatch(/^mlat: damaged\.json: damaged results: state: .*\n$/);
    expect(await refused('.')).toMatch(/^mlat: \.: there is no results document\. /);
  });

  it('what the flags name wrongly', async () => {
    expect(await refused('run', '-f', 'yaml')).toBe(
      'mlat: there is no report format "yaml". Formats: text, json, hgrm, hlog.\n',
    );
    expect(await refused('run', '--cell', 'nothing')).toMatch(
      /^mlat: no cell has the id or label "nothing"\. Cells: \w{10} \(batch 1\), \w{10} \(batch 4\)\.\n$/,
    );
    expect(await refused('run', '-f', 'hgrm')).toMatch(
      /^mlat: hgrm makes a file for each of 2 cells\. Name a folder/,
    );
    expect(await refused('run', '-o', 'model.onnx/report.txt')).toBe(
      'mlat: model.onnx/report.txt: cannot be written: there is a file of this name. Choose another place with --output.\n',
    );
  });
});
