/**
 * Execution providers for real: WebGPU against the CPU, through the software Vulkan driver that comes
 * with Debian's chromium, and providers that are not there, through the built command.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseResults } from '../../src/results/document.js';
import type { CellResult, Results } from '../../src/results/schema.js';
import { formatProvider } from '../../src/vocabulary/providers.js';
import { fakeLibrary } from '../helpers/elf.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ICD = '/usr/lib/chromium/vk_swiftshader_icd.json';
const hasVulkan = existsSync(ICD);
/** The driver, and the Vulkan loader beside it. */
const VULKAN = { VK_ICD_FILENAMES: ICD, LD_LIBRARY_PATH: dirname(ICD) };

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'mlat-providers-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const node = (env: Readonly<Record<string, string>>, args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const whole = { PATH: process.env['PATH'], NO_COLOR: '1', XDG_RUNTIME_DIR: cwd, ...env };
    execFile(process.execPath, [...args], { cwd, env: whole, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

const bench = (env: Readonly<Record<string, string>>, model: string, ...args: string[]): Promise<Outcome> =>
  node(env, [
    join(root, 'bin/mlat.js'),
    'bench',
    join(root, `models/digits-${model}.onnx`),
    '--output=run',
    '--quiet',
    '--rounds=1',
    '--warmup=2',
    '--samples=60',
    '--threads=1',
    ...args,
  ]);

const read = (): Results => {
  const file = join(cwd, 'run/results.json');
  return parseResults(readFileSync(file, 'utf8'), file);
};
const cellOf = (results: Results, provider: string): CellResult => {
  const found = results.cells.find(({ params }) => formatProvider(params.provider) === provider);
  if (found === undefined) throw new Error(`no cell with provider ${provider}`);
  return found;
};

it.runIf(process.env['CI'] === 'true' && process.platform === 'linux')(
  "CI has the software Vulkan driver of Debian's chromium",
  () => expect(hasVulkan, `${ICD} is missing: apt-get install chromium`).toBe(true),
);

describe.skipIf(!hasVulkan)(`WebGPU through ${ICD} (skipped where that is missing)`, () => {
  it('measures it, says who ran which node, and judges it', async () => {
    const { code, stdout, stderr } = await bench(
      VULKAN,
      'mlp',
      '--provider=cpu,webgpu,webgpu(forceCpuNodeNames=relu1),coreml',
      '--sla=nodes on webgpu >= 95%',
      '--sla=nodes on cpu >= 100%',
      '--sla=errors <= 0%',
    );
    expect(stderr).toBe('');
    expect(code).toBe(10);
    const results = read();
    expect(results.cells.map(({ state }) => state)).toEqual([
      'completed',
      'completed',
      'completed',
      'skipped',
    ]);

    const whole = cellOf(results, 'webgpu').placement;
    expect(whole).toMatchObject({ asked: 'webgpu', elsewhere: [], copies: { nodes: 0 } });
    expect(whole?.nodes).toEqual({ WebGpuExecutionProvider: whole?.total });
    expect(whole?.total).toBeGreaterThanOrEqual(3);
    expect(cellOf(results, 'cpu').placement?.nodes).toEqual({
      CPUExecutionProvider: cellOf(results, 'cpu').placement?.total,
    });

    const mixed = cellOf(results, 'webgpu(forceCpuNodeNames=relu1)').placement;
    expect(mixed?.elsewhere).toEqual([{ provider: 'CPUExecutionProvider', operator: 'Relu', nodes: 1 }]);
    expect(mixed?.copies.nodes).toBe(2);
    expect(mixed?.copies.ns).toBeGreaterThan(0);
    expect(mixed?.distortion).toBeGreaterThan(0);

    expect(results.findings.map(({ id }) => id)).toContain('provider-fallback');
    expect(results.findings.map(({ id }) => id)).toContain('emulated-device');
    expect(
      results.verdicts.filter(({ metric }) => metric.startsWith('nodes')).map(({ status }) => status),
    ).toEqual(['pass', 'fail', 'pass']);
    expect(stdout).toContain('devices   webgpu on SwiftShader (software)');
    expect(stdout).toMatch(/skipped: onnxruntime-node \S+ for linux \S+ has no coreml provider/);
  });

  it('calls a cell invalid whose provider ran no node', async () => {
    const all = 'webgpu(forceCpuNodeNames=flatten1|gemm1|relu1|logits)';
    const { code, stdout } = await bench(VULKAN, 'mlp', '--provider', all);
    expect(code).toBe(13);
    expect(read().cells[0]?.placement).toMatchObject({ asked: 'webgpu', onAsked: 0 });
    expect(stdout).toContain('The provider that was asked for ran nothing');
    expect(stdout).toContain('ran on webgpu: cpu ran');
  });

  it('computes what the CPU computes, within 1e-3', async () => {
    const engine = pathToFileURL(join(root, 'dist/engine/onnxruntime.js')).href;
    const script = `
      import { engine } from ${JSON.stringify(engine)};
      const base = { threads: 1, interThreads: 1, graphOptimization: 'all', executionMode: 'sequential', spinning: false };
      const image = { dtype: 'float32', dims: [2, 1, 28, 28], data: Float32Array.from({ length: 1568 }, (_, i) => (i * 7919) % 256 / 255) };
      for (const model of ['mlp', 'cnn', 'wide']) {
        const outputs = [];
        for (const provider of ['cpu', 'webgpu']) {
          const session = await engine.open(${JSON.stringify(`${root}models/`)} + 'digits-' + model + '.onnx', { ...base, provider });
          const [output] = Object.values(session.read(await session.run(session.prepare({ image }))));
          outputs.push([...output.data]);
          await session.close();
        }
        const [a, b] = outputs;
        console.log(JSON.stringify({ model, n: a.length, largest: Math.max(...a.map(Math.abs)), apart: Math.max(...a.map((v, i) => Math.abs(v - b[i]))) }));
      }
    `;
    const { code, stdout } = await node(VULKAN, ['--input-type=module', '-e', script]);
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { model: string; n: number; largest: number; apart: number });
    expect(lines.map(({ model, n }) => [model, n])).toEqual([
      ['mlp', 20],
      ['cnn', 20],
      ['wide', 20],
    ]);
    for (const { largest, apart } of lines) {
      expect(largest).toBeGreaterThan(0.1);
      expect(apart).toBeLessThan(1e-3);
    }
  });
});

describe.runIf(process.platform === 'linux')('a provider that is not available', () => {
  it('is a skipped cell that names what is missing, and no obstacle to the rest', async () => {
    const { code, stderr } = await bench(
      { VK_ICD_FILENAMES: join(cwd, 'gone.json') },
      'mlp',
      '--provider',
      'cpu,webgpu',
      '--sla',
      'errors<=0%',
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const cell = cellOf(read(), 'webgpu');
    expect(cell).toMatchObject({ state: 'skipped', reason: { kind: 'no-hardware' } });
    expect(cell.reason?.message).toContain('no Vulkan driver is where VK_ICD_FILENAMES says (gone.json)');
    expect(read().decision?.cell).toBe(cellOf(read(), 'cpu').id);
  });

  it('is found out by starting it where looking tells nothing', async () => {
    writeFileSync(join(cwd, 'libbroken.so'), fakeLibrary({}));
    writeFileSync(join(cwd, 'libvulkan.so.1'), fakeLibrary({}));
    writeFileSync(join(cwd, 'icd.json'), JSON.stringify({ ICD: { library_path: './libbroken.so' } }));
    const env = { VK_ICD_FILENAMES: join(cwd, 'icd.json'), LD_LIBRARY_PATH: cwd };
    const { code } = await bench(env, 'mlp', '--provider', 'cpu,webgpu');
    expect(code).toBe(0);
    const cell = cellOf(read(), 'webgpu');
    expect(cell.state).toBe('skipped');
    expect(cell.reason?.message).toMatch(/^all that webgpu needs was found, but it does not start: /);
    expect(cell.reason?.message).toContain('Failed to get a WebGPU adapter');
  });

  it('fails the run before anything is measured with --require-providers', async () => {
    rmSync(join(cwd, 'run'), { recursive: true, force: true });
    const { code, stdout, stderr } = await bench(
      {},
      'mlp',
      '--provider',
      'cpu,coreml',
      '--require-providers',
    );
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(
      /^mlat: provider coreml is not available: onnxruntime-node \S+ for linux \S+ has no coreml provider\. Here it has cpu, .*\.\n$/,
    );
    expect(existsSync(join(cwd, 'run'))).toBe(false);
  });

  it('is in the table of mlat doctor with what to do', async () => {
    const { code, stdout } = await node({ VK_ICD_FILENAMES: join(cwd, 'gone.json') }, [
      join(root, 'bin/mlat.js'),
      'doctor',
    ]);
    expect(code).toBe(0);
    const table = stdout.slice(stdout.indexOf('Execution providers'));
    expect(table).toMatch(/ok {4}cpu {2,}inside the runtime/);
    expect(table).toMatch(/no {4}webgpu {2,}.*\n +-> .*/);
    expect(table).toContain('not in this build of the runtime: dml, coreml, qnn');
  });
});
