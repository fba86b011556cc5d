/** `mlat inspect`, `mlat init`, `mlat doctor`, help and version. */
import { readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  buildModel,
  DataType,
  node,
  sequenceModel,
  tensorValue,
  writeModel,
  zipMapModel,
} from '../helpers/onnx.js';
import { mlat, QUICK, readResults, root, workspace } from './mlat.js';

let cwd: string;

beforeAll(async () => {
  cwd = await workspace();
  await writeModel(cwd, 'zipmap.onnx', zipMapModel());
  await writeModel(cwd, 'sequence.onnx', sequenceModel());
  // An image of unknown size, its dimensions without names.
  const shape = ['', 3, '', ''];
  await writeModel(
    cwd,
    'image.onnx',
    buildModel({
      inputs: [tensorValue('image', DataType.FLOAT, shape)],
      outputs: [tensorValue('y', DataType.FLOAT, shape)],
      nodes: [node('Relu', ['image'], ['y'])],
    }),
  );
  await copyFile(join(root, 'models/digits-mlp.onnx'), join(cwd, 'digits.onnx'));
});

describe('inspect', () => {
  it('shows what is in a file, and what of it is not fetched', async () => {
    const { code, stdout, stderr } = await mlat(cwd, 'inspect', 'zipmap.onnx');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')[0]).toBe('zipmap.onnx');
    for (const line of [
      /^ {2}opset +ai\.onnx 17, ai\.onnx\.ml 2$/m,
      /^ {2}x +float32 \[batch, 2\]$/m,
      /^ {2}label +int64 \[batch\]$/m,
      /^ {2}probabilities +sequence: not a tensor, so mlat does not fetch it$/m,
      /^named dimensions: batch$/m,
      /^operators \(2 nodes\)$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('--json prints the same as data', async () => {
    const { code, stdout } = await mlat(cwd, 'inspect', 'digits.onnx', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file: 'digits.onnx',
      bytes: readFileSync(join(cwd, 'digits.onnx')).length,
      inputs: [{ name: 'image', kind: 'tensor', dtype: 'float32' }],
    });
    expect(stdout).not.toContain(cwd);
  });
});

describe('init', () => {
  it('writes a scenario that runs, and does not overwrite it', async () => {
    expect(await mlat(cwd, 'init', 'digits.onnx')).toEqual({
      code: 0,
      signal: null,
      stdout: 'digits.yaml\n',
      stderr: 'Now: mlat bench digits.yaml\n',
    });
    const flags = ['--batch', '1', '--threads', '1', ...QUICK, '-o', 'digits'];
    expect((await mlat(cwd, 'bench', 'digits.yaml', ...flags)).code).toBe(0);
    expect(readResults(join(cwd, 'digits')).cells).toMatchObject([{ state: 'completed', n: 20 }]);

    const before = readFileSync(join(cwd, 'digits.yaml'), 'utf8');
    expect(await mlat(cwd, 'init', 'digits.onnx')).toMatchObject({
      code: 2,
      stderr: 'mlat: digits.yaml: exists already. Use --force to overwrite it, or --output.\n',
    });
    expect(readFileSync(join(cwd, 'digits.yaml'), 'utf8')).toBe(before);
    expect((await mlat(cwd, 'init', 'digits.onnx', '--force')).code).toBe(0);
  });

  it('names the flags for sizes that cannot be guessed; with them it writes a scenario that runs', async () => {
    expect(await mlat(cwd, 'init', 'sequence.onnx')).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr:
        'mlat: sequence.onnx: the model leaves 2 sizes open, and they cannot be guessed: input "input_ids": batch x sequence; input "attention_mask": batch x sequence. Give them: --dims sequence=...\n',
    });
    expect((await mlat(cwd, 'init', 'sequence.onnx', '--dims', 'sequence=8')).code).toBe(0);
    const flags = ['--batch', '2', '--threads', '1', ...QUICK, '-o', 'sequence'];
    expect((await mlat(cwd, 'bench', 'sequence.yaml', ...flags)).code).toBe(0);
    const [cell] = readResults(join(cwd, 'sequence')).cells;
    expect(cell).toMatchObject({ state: 'completed', params: { batch: 2, dims: { sequence: 8 } } });
  });

  it('asks for a whole shape where dimensions have no names', async () => {
    const refused = await mlat(cwd, 'init', 'image.onnx');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('Give them: --shape image=batch,...');
    expect((await mlat(cwd, 'init', 'image.onnx', '--shape', 'image=batch,3,8,8')).code).toBe(0);
    const planned = await mlat(cwd, 'bench', 'image.yaml', '--dry-run');
    expect(planned).toMatchObject({ code: 0, stderr: '' });
  });

  it('says what is wrong with a flag, or with the place', async () => {
    expect(await mlat(cwd, 'init', 'sequence.onnx', '--dims', 'sequence=many', '-o', 'x.yaml')).toMatchObject(
      {
        code: 2,
        stderr: 'mlat: --dims sequence=many cannot be read. Write --dims height=640.\n',
      },
    );
    expect(await mlat(cwd, 'init', 'digits.onnx', '-o', 'nowhere/x.yaml')).toMatchObject({
      code: 2,
      stderr:
        'mlat: nowhere/x.yaml: cannot be written: the folder is not there. Choose another place with --output.\n',
    });
  });
});

describe('doctor', () => {
  it('measures the machine and judges it, with exit code 0 whatever it finds', async () => {
    const { code, stdout, stderr } = await mlat(cwd, 'doctor');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const check of ['clock', 'harness', 'noise', 'other processes', 'processors', 'memory']) {
      expect(stdout).toMatch(new RegExp(`^ {2}(ok|warn|BAD|\\?) +${check} {2,}\\S`, 'm'));
    }
    expect(stdout).toMatch(/p99/);
    expect(stdout).toContain('onnxruntime-node');
  });
});

describe('help', () => {
  it('of the program and of each command is on stdout; without a command it is a mistake', async () => {
    const help = await mlat(cwd, '--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['bench', 'report', 'inspect', 'init', 'doctor']) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
      const { code, stdout, stderr } = await mlat(cwd, name, '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`Usage: mlat ${name}`);
    }
    expect(await mlat(cwd)).toMatchObject({ code: 2, stdout: '', stderr: help.stdout });
  });

  it('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await mlat(cwd, '--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
