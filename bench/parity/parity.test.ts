/**
 * The same weights and the same start give the same numbers here and in PyTorch: logits, gradients of the images, PGD,
 * and everything that a training step moves, for every network and regime.
 *
 * The reference engine is compared with PyTorch in float64, which leaves nothing to rounding but the float32 of the files
 * between them; other engines with PyTorch's usual float32, at the tolerances that differing kernels need.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testedEngines } from '../../src/engines/testing/engines.ts';
import { readSafetensors, writeSafetensors } from '../../src/runs/safetensors/index.ts';
import { fullWidthCases, radius, smallCases } from './cases.ts';
import { largestDifference, relativeDifference, strayPixels } from './compare.ts';
import { attackSteps, caseDescription, evaluateOurs, inputTensors, prepare, trainOurs } from './ours.ts';
import { runPython, whyNoPytorch } from './python.ts';

/** Largest differences: absolute for logits and running NS, relative to the largest value for gradients. */
const exact = { logits: 1e-6, gradient: 1e-6, statistics: 1e-6, parameters: 1e-5, rounding: 1e-6 };
const single = { logits: 1e-4, gradient: 1e-3, statistics: 1e-5, parameters: 1e-2, rounding: 1e-3 };

const suites = testedEngines.flatMap(({ name, create }) =>
  (name === 'reference' ? smallCases : [...smallCases, ...fullWidthCases]).map((parityCase) => ({
    title: `${parityCase.network}, ${parityCase.regime}, ${parityCase.norm}, ${name} engine`,
    parityCase,
    create,
    ...(name === 'reference'
      ? { dtype: 'float64', steps: 2, tolerance: exact }
      : { dtype: 'float32', steps: 1, tolerance: single }),
  })),
);

const titled = suites.map((suite) => [suite.title, suite] as const);

const folders = new Map<object, string>();
let root = '';

/** Draw every case, hand all of them to one Python, and leave its results in the folders. */
async function askPytorch(): Promise<void> {
  root = await mkdtemp(join(tmpdir(), 'dualbn-parity-'));
  for (const [at, suite] of suites.entries()) {
    const folder = join(root, `${at}`);
    await mkdir(folder);
    folders.set(suite, folder);
    const prepared = prepare(suite.parityCase);
    const description = caseDescription(prepared, suite.dtype, suite.steps);
    await writeFile(join(folder, 'case.json'), JSON.stringify(description));
    await writeSafetensors(join(folder, 'inputs.safetensors'), {
      tensors: inputTensors(prepared),
      metadata: {},
    });
  }
  await runPython('parity/parity.py', [...folders.values()]);
}

/** A function that gives the values of the tensors of PyTorch's results. */
async function resultsOf(suite: object) {
  const { tensors } = await readSafetensors(join(folders.get(suite) ?? root, 'results.safetensors'));
  const valuesOf = (name: string) => {
    const found = tensors.get(name);
    if (!found) throw new Error(`PyTorch's results have no ${name}`);
    return found.values;
  };
  return { names: [...tensors.keys()], valuesOf };
}

const missing = whyNoPytorch();
if (missing) test.skip(`parity with PyTorch: ${missing}`, () => {});

describe.skipIf(missing)('parity with PyTorch', () => {
  beforeAll(askPytorch, 300_000);
  afterAll(() => rm(root, { recursive: true, force: true }));

  test.each(titled)('%s: logits, gradients of the images, and PGD', async (_, suite) => {
    const { parityCase, create, tolerance } = suite;
    const { valuesOf } = await resultsOf(suite);
    const prepared = prepare(parityCase);
    const engine = create();
    const { adversarial, ...ours } = Object.fromEntries(await evaluateOurs(engine, prepared));
    engine.dispose();
    for (const [name, values] of Object.entries(ours)) {
      const expected = valuesOf(name);
      if (name.startsWith('logits'))
        expect(largestDifference(values, expected), name).toBeLessThan(tolerance.logits);
      else expect(relativeDifference(values, expected), name).toBeLessThan(tolerance.gradient);
    }
    const gradients = Array.from({ length: attackSteps }, (_, step) => valuesOf(`iterateGradient.${step}`));
    const last = valuesOf(`iterate.${attackSteps}`);
    const stray = strayPixels(adversarial, last, gradients, tolerance.rounding);
    expect(stray, 'pixels that differ though their gradient is well away from zero').toEqual([]);
    // Two attacks that both did nothing would agree as well.
    expect(largestDifference(adversarial, prepared.pixels)).toBeGreaterThan(radius.linf.epsilon / 2);
  });

  test.each(titled)('%s: everything that training steps move', async (_, suite) => {
    const { parityCase, create, steps, tolerance } = suite;
    const { names, valuesOf } = await resultsOf(suite);
    const engine = create();
    const ours = await trainOurs(engine, prepare(parityCase), steps);
    engine.dispose();
    const expectedNames = names.filter((name) => /^(loss|state|velocity)\./.test(name));
    expect([...ours.keys()].sort()).toEqual(expectedNames.sort());
    for (const [name, values] of ours) {
      const expected = valuesOf(name);
      const running = /running_(mean|var)$/.test(name);
      if (running) expect(largestDifference(values, expected), name).toBeLessThan(tolerance.statistics);
      else expect(relativeDifference(values, expected), name).toBeLessThan(tolerance.parameters);
    }
  });
});
