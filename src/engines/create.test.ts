import { afterEach, describe, expect, test, vi } from 'vitest';
import { InputError } from '../errors.ts';
import { input, makeStep, multiply } from '../graph/index.ts';
import { createEngine, type EngineOptions } from './create.ts';

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
    engine.dispose();
  });

  test('with oneDNN is that, and nothing is said', async () => {
    const announce = vi.fn();
    const engine = await createEngine({ ...automatic, announce });
    expect([engine.describe().name, announce.mock.calls]).toEqual(['onednn', []]);
    engine.dispose();
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
