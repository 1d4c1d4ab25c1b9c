/**
 * The WebGPU provider, played by SwiftShader, a Vulkan driver that runs on the processor and comes with Debian's chromium.
 * It is hundreds of times slower than the processor itself: tiny shapes, and a part of the operations. A GPU whose driver
 * DUALBN_VULKAN_DRIVER names is tested with all operations and all of their cases.
 *
 * The Vulkan loader reads its environment when the runtime is first loaded, which here is when an engine is made; each
 * test file has a process of its own.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  add,
  convolutionWeightGradient,
  differentiate,
  input,
  makeStep,
  multiply,
  type OperationName,
  type Step,
  subtract,
  variable,
} from '../../graph/index.ts';
import type { Engine } from '../engine.ts';
import { createReferenceEngine } from '../reference/engine.ts';
import { valuesFor } from '../testing/case.ts';
import { cases } from '../testing/cases/table.ts';
import { crossEntropy, testNetwork } from '../testing/network.ts';
import { relativeDifference } from '../testing/numbers.ts';
import { createOnnxEngine } from './engine.ts';

/** A Vulkan driver's description; CI installs chromium, and elsewhere the variable may name another driver. */
const driver = process.env.DUALBN_VULKAN_DRIVER ?? '/usr/lib/chromium/vk_swiftshader_icd.json';
const reason = existsSync(driver) ? undefined : `there is no ${driver} (apt-get install chromium)`;

const playedByProcessor = /swiftshader/.test(driver);

/** One or two operations of each family. */
const oneOfEachFamily: readonly OperationName[] = [
  'greater',
  'exp',
  'reluGradient',
  'sum',
  'max',
  'broadcast',
  'slice',
  'pad',
  'concatenate',
  'matmul',
  'convolution',
  'convolutionInputGradient',
  'convolutionWeightGradient',
  'globalAveragePoolGradient',
  'batchNormInputGradient',
];

const covered = playedByProcessor ? oneOfEachFamily : (Object.keys(cases) as OperationName[]);
const casesAtMost = playedByProcessor ? 5 : Number.POSITIVE_INFINITY;

describe.skipIf(reason)(`on WebGPU${reason ? `: skipped, as ${reason}` : ''}`, () => {
  let engine: Engine;
  const reference = createReferenceEngine();
  beforeAll(() => {
    process.env.VK_ICD_FILENAMES = driver;
    process.env.VK_DRIVER_FILES = driver;
    // chromium brings the loader, too; what is loaded already is found by its name.
    const loader = join(dirname(driver), 'libvulkan.so.1');
    if (existsSync(loader)) koffi.load(loader);
    engine = createOnnxEngine({ device: 'webgpu', threads: 1 });
  });
  afterAll(() => engine?.dispose());

  /** Outputs of a run, and the variables after it. */
  const results = async (on: Engine, step: Step, values: Record<string, Float32Array>) => {
    step.variables.forEach((each, at) => {
      const signs = /variance|gamma/.test(each.name) ? 'positive' : 'both';
      const drawn = valuesFor({ shape: each.shape, signs }, 50 + at);
      on.write(each, each.name.endsWith('weight') ? drawn.map((value) => 0.3 * value) : drawn);
    });
    const program = await on.compile(step);
    const outputs = await program.run(values);
    program.dispose();
    return [...Object.values(outputs), ...step.variables.map((each) => on.read(each))];
  };

  const agree = async (step: Step, values: Record<string, Float32Array>, tolerance: number) => {
    const expected = await results(reference, step, values);
    const actual = await results(engine, step, values);
    expected.forEach((exact, at) => {
      expect(relativeDifference(actual[at], exact), `result ${at}`).toBeLessThan(tolerance);
    });
  };

  test('says so', () => expect(engine.describe().settings).toMatchObject({ device: 'webgpu' }));

  // Cases of an operation in one step, as making a session takes time.
  test.each(covered)('%s', async (name) => {
    const every = Math.ceil(cases[name].length / Math.min(casesAtMost, cases[name].length));
    const chosen = cases[name].filter((_, at) => at % every === 0);
    const built = chosen.map((each, at) => {
      const inputs = each.inputs.map(({ shape }, of) => input(`case ${at} input ${of}`, shape));
      return { each, at, inputs, y: each.build(...inputs) };
    });
    const step = makeStep(name, {
      outputs: Object.fromEntries(built.map(({ at, y }) => [`case ${at}`, y])),
    });
    const values = built.flatMap(({ each, inputs }) =>
      inputs.map((x, of) => [x.attributes.name, valuesFor(each.inputs[of], of)] as const),
    );
    await agree(step, Object.fromEntries(values), 2e-5);
  });

  test.each([
    { what: 'groups of images', n: 8, height: 16, stride: 1 },
    { what: 'a group for each image', n: 2, height: 32, stride: 1 },
    { what: 'groups, with a stride', n: 8, height: 31, stride: 2 },
  ])('the gradient for filters, in $what', async ({ n, height, stride }) => {
    const out = Math.ceil(height / stride);
    const [x, dy] = [input('x', [n, 2, height, height]), input('dy', [n, 3, out, out])];
    const dw = convolutionWeightGradient(x, dy, [3, 2, 3, 3], { stride, padding: 1 });
    const values = [x, dy].map(
      ({ attributes: { name }, shape }, at) => [name, valuesFor({ shape, signs: 'both' }, at)] as const,
    );
    await agree(makeStep('filters', { outputs: { dw } }), Object.fromEntries(values), 2e-5);
  });

  test('a variable that a step reads and does not move is that of now, whoever moved it', async () => {
    const [w, v] = ['w', 'v'].map((name) => ({ name, shape: [2] }));
    const x = input('x', [2]);
    const reads = await engine.compile(
      makeStep('reads', { outputs: { y: add(multiply(variable(w), variable(v)), x) } }),
    );
    const moves = await engine.compile(
      makeStep('moves', {
        outputs: { loss: add(x, 0) },
        updates: [{ variable: w, value: add(variable(w), x) }],
      }),
    );
    const values = async () => [...(await reads.run({ x: Float32Array.of(1, 2) })).y];
    expect(await values()).toEqual([1, 2]);
    engine.write(w, [3, 5]);
    engine.write(v, [1, 10]);
    expect(await values()).toEqual([4, 52]);
    expect(await values()).toEqual([4, 52]);
    await moves.run({ x: Float32Array.of(1, -1) });
    expect(await values()).toEqual([5, 42]);
    expect([...engine.read(w)]).toEqual([4, 4]);
    engine.write(v, [0, 1]);
    expect(await values()).toEqual([1, 6]);
    for (const program of [reads, moves]) program.dispose();
    for (const each of [w, v]) engine.free(each);
  });

  test('a training step of a whole network, through batch statistics', async () => {
    const network = testNetwork(4);
    const images = input('images', [2, 3, 6, 6]);
    const labels = input('labels', [2, 5]);
    const logits = network.logits(images, 'batch');
    const loss = crossEntropy(logits, labels);
    const trained = [...network.variables.values()].filter(({ name }) => /weight|gamma|beta/.test(name));
    const gradients = differentiate(loss, trained.map(variable));
    const updates = trained.map((each, at) => ({
      variable: each,
      value: subtract(variable(each), multiply(gradients[at], 0.01)),
    }));
    const values = {
      images: valuesFor({ shape: images.shape, signs: 'both' }, 1),
      labels: Float32Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 0),
    };
    await agree(makeStep('train', { outputs: { loss, logits: add(logits, 0) }, updates }), values, 2e-3);
  });
});
