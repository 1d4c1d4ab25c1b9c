import { afterEach, describe, expect, test, vi } from 'vitest';
import { InputError } from '../errors.ts';
import { input, makeStep, multiply } from '../graph/index.ts';
import { createEngine, type EngineOptions } from './create.ts';
import { EngineUnavailable, engineNames } from './engine.ts';

let isMissing = false;

vi.mock('koffi', async (original) => {
  const koffi = await original<typeof import('koffi')>();
  const load = (name: string | null) => {
    if (isMissing && name?.startsWith('libdnnl')) throw new Error('cannot open shared object file');
    return koffi.load(name);
  };
  return { ...koffi, load, default: { ...koffi.default, load } };
});

const automatic: EngineOptions = { name: 'auto', threads: 1, convolution: 'auto' };

describe('the engine that auto picks', () => {
  afterEach(() => {
    isMissing = false;
  });

  test('without oneDNN is ONNX Runtime, which says how to get the faster one', async () => {
    isMissing = true;
    const said: string[] = [];
    const engine = await createEngine({ ...automatic, announce: (line) => void said.push(line) });
    expect(engine.describe().name).toBe('onnx');
    expect(said).toEqual([
      expect.stringMatching(/^engine: ONNX Runtime, as oneDNN was not found.*libdnnl2$/),
    ]);
    const program = await engine.compile(makeStep('s', { outputs: { y: multiply(input('x', [2]), 3) } }));
    expect([...(await program.run({ x: Float32Array.of(1, 2) })).y]).toEqual([3, 6]);
    await engine.dispose();
  });

  test('is what is made when nothing is said', async () => {
    await using engine = await createEngine();
    expect(engine.describe()).toMatchObject({ name: 'onednn', settings: { convolution: 'auto' } });
  });

  test('is not another one because an option is wrong', async () => {
    const announce = vi.fn();
    const refused = createEngine({ ...automatic, threads: 0, announce });
    await expect(refused).rejects.toThrow('engine: threads must be a whole number from 1 to 1024, not 0');
    expect(announce).not.toHaveBeenCalled();
  });

  test('with oneDNN is that, and nothing is said', async () => {
    const announce = vi.fn();
    const engine = await createEngine({ ...automatic, announce });
    expect([engine.describe().name, announce.mock.calls]).toEqual(['onednn', []]);
    await engine.dispose();
  });

  test('for another device is ONNX Runtime', async () => {
    const refused = createEngine({ ...automatic, device: process.platform === 'win32' ? 'coreml' : 'dml' });
    await expect(refused).rejects.toThrow(/engine onnx: .* does not offer the device/);
  });
});

test('engines that know only the processor refuse other devices', async () => {
  for (const name of ['onednn', 'reference'] as const) {
    const refused = createEngine({ ...automatic, name, device: 'webgpu' });
    await expect(refused).rejects.toThrow(`engine ${name}: runs on the processor only`);
    await expect(refused).rejects.toThrow(InputError);
  }
});

describe.each(['auto', ...engineNames] as const)('%s refuses, before anything is tried,', (name) => {
  test.each([0, -1, 1.5, Number.NaN, Infinity, 1e9])('%d threads', async (threads) => {
    isMissing = true;
    const refused = createEngine({ name, threads });
    await expect(refused).rejects.toThrow(/threads must be a whole number from 1 to 1024, not/);
    await expect(refused).rejects.not.toThrow(EngineUnavailable);
    isMissing = false;
  });
});

test('names that are none of its options are refused with those', async () => {
  const made = (options: object) => createEngine(options);
  await expect(made({ name: 'torch' })).rejects.toThrow(
    'engine: its name must be one of auto, onednn, onnx, reference, not torch',
  );
  await expect(made({ convolution: 'fft' })).rejects.toThrow(
    'convolution must be one of auto, direct, not fft',
  );
  await expect(made({ device: 'tpu' })).rejects.toThrow('the device must be one of cpu, cuda');
});
