/**
 * The searches of AutoAttack against PyTorch code that was written from their description (bench/parity/autoattack): from the same starts
 * and with the same draws, losses, iterates and margins are the same on the way, step by step.
 *
 * Networks compute in float64 on both sides; images, losses and gradients are float32 between steps, as in every implementation.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { targetsOf } from '../../src/attacks/targets.ts';
import { createReferenceEngine } from '../../src/engines/index.ts';
import { uniforms } from '../../src/random/index.ts';
import { readSafetensors, type StoredTensor, writeSafetensors } from '../../src/runs/safetensors/index.ts';
import { inputTensors } from './ours.ts';
import { runPython, whyNoPytorch } from './python.ts';
import {
  type Asked,
  marginOf,
  type SearchCase,
  searchOf,
  together,
  type World,
  walkThrough,
  worldOf,
} from './searches.ts';

const missing = whyNoPytorch();
if (missing) test.skip(`parity of AutoAttack's searches with PyTorch: ${missing}`, () => {});

const tolerance = 1e-4;
const norms = ['linf', 'l2', 'l1'] as const;
type NormName = (typeof norms)[number];
const suffix = { linf: '', l2: '-l2', l1: '-l1' } as const;
const epsilons = { linf: 0.03, l2: 0.5, l1: 6 } as const;

/** A case, and what PyTorch is told besides. */
interface Compared extends SearchCase {
  readonly norm: NormName;
  readonly search: 'apgd' | 'fab' | 'square';
  /** Of APGD. */
  readonly loss?: 'ce' | 'dlr' | 'targeted';
  /** Of APGD and FAB towards classes: which of the wrong ones, from 0. */
  readonly target?: number;
}

const of = (norm: NormName) => ({ norm, epsilon: epsilons[norm] });
/** The likeliest of the wrong classes, and one of the others. */
const targetsIn = (norm: NormName) => (norm === 'linf' ? [0, 4] : [4]);
const cases: readonly Compared[] = norms.flatMap((norm) => [
  ...(['ce', 'dlr'] as const).map(
    (loss): Compared => ({
      ...{ ...of(norm), search: 'apgd', loss, steps: 100, side: 8, count: 3 },
      name: `apgd-${loss}${suffix[norm]}`,
    }),
  ),
  ...targetsIn(norm).map(
    (target): Compared => ({
      ...{ ...of(norm), search: 'apgd', loss: 'targeted', target, steps: 100, side: 8, count: 3 },
      name: `apgd-t${suffix[norm]}`,
    }),
  ),
  ...targetsIn(norm).map(
    (target): Compared => ({
      ...{ ...of(norm), search: 'fab', target, steps: 25, side: 8, count: 3 },
      name: `fab-t${suffix[norm]}`,
    }),
  ),
  { ...of(norm), search: 'fab', steps: 20, side: 8, count: 3, name: `fab${suffix[norm]}` },
  { ...of(norm), search: 'square', steps: 260, side: 16, count: 4, name: `square-260${suffix[norm]}` },
]);
const titleOf = ({ name, target }: Compared) =>
  target === undefined ? name : `${name}, wrong class ${target + 1}`;

/** The numbers that Square draws, as src/attacks/square-candidates.ts keys them; query 0 is the start. */
function draws({ norm, side, steps, count }: Compared) {
  const channels = 3;
  const tiles = Math.floor(side / Math.floor(side / 5)) ** 2;
  const ofQuery = norm === 'linf' ? 2 + channels : 5 + channels;
  const ofStart = norm === 'linf' ? channels * side : tiles * (1 + channels);
  const drawn = (at: number, query: number, numbers: number) => {
    const out = new Float32Array(numbers);
    uniforms({ seed: 3, purpose: 'attack-query', example: 7 * at + 1, epoch: 0, draw: query }, out, 0, 1);
    return out;
  };
  const examples = Array.from({ length: count }, (_, at) => at);
  const queries = examples.flatMap((at) =>
    Array.from({ length: steps }, (_, query) => drawn(at, query + 1, ofQuery)),
  );
  return new Map<string, StoredTensor>([
    [
      'input.starts',
      { shape: [count, ofStart], values: together(examples.map((at) => drawn(at, 0, ofStart))) },
    ],
    ['input.draws', { shape: [count, steps, ofQuery], values: together(queries) }],
  ]);
}

describe.skipIf(missing)('the searches of AutoAttack and PyTorch in float64', () => {
  let root: string;
  const ours = new Map<Compared, { world: World; asked: Asked[][] }>();
  const theirs = new Map<Compared, ReadonlyMap<string, StoredTensor>>();

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dualbn-searches-'));
    const engine = createReferenceEngine();
    const folderOf = (compared: Compared) => join(root, `${cases.indexOf(compared)}`);
    for (const compared of cases) {
      const { search, name: _, side: __, count, target, ...told } = compared;
      const world = await worldOf(engine, compared);
      const asked = await walkThrough(
        engine,
        world,
        searchOf(compared, world),
        target ?? 0,
        search === 'apgd',
      );
      ours.set(compared, { world, asked });
      const { prepared, cell, cleanLogits, labels } = world;
      const aims = labels.map((label, at) => {
        const logits = cleanLogits.subarray(10 * at, 10 * at + 10);
        return targetsOf(logits, label)[target ?? 0];
      });
      const tensors = new Map([
        ...inputTensors(prepared),
        ['input.labels', { shape: [count], values: Float32Array.from(labels) }],
        ['input.target', { shape: [count], values: Float32Array.from(aims) }],
        ['input.start', { shape: prepared.shape, values: together(asked.map(([first]) => first.x)) }],
        ...(search === 'square' ? draws(compared) : []),
      ]);
      const network = { network: 'resnet8', options: { channels: 3, classes: 10, width: 4 }, cell };
      await mkdir(folderOf(compared));
      const described = JSON.stringify({ ...told, ...network, search, targeted: target !== undefined });
      await writeFile(join(folderOf(compared), 'case.json'), described);
      await writeSafetensors(join(folderOf(compared), 'inputs.safetensors'), { tensors, metadata: {} });
    }
    await runPython('parity/autoattack/run.py', cases.map(folderOf));
    for (const compared of cases) {
      const { tensors } = await readSafetensors(join(folderOf(compared), 'results.safetensors'));
      theirs.set(compared, tensors);
    }
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const found = (compared: Compared, name: string) => {
    const own = ours.get(compared);
    const values = theirs.get(compared)?.get(name)?.values;
    if (!own || !values) throw new Error(`PyTorch's results of ${compared.name} have no ${name}`);
    return { ...own, values };
  };
  const only = (search: Compared['search']) =>
    cases.filter((each) => each.search === search).map((each) => [titleOf(each), each] as const);

  test.each(only('apgd'))('%s: the loss at every point', (_, compared) => {
    const { asked, values } = found(compared, 'asked');
    const { count, steps, norm } = compared;
    // In L1 each of the three balls is begun with a question.
    const questions = steps + (norm === 'l1' ? 3 : 1);
    for (const [at, ofExample] of asked.entries()) {
      expect(ofExample).toHaveLength(questions);
      const apart = ofExample.map(({ loss = Number.NaN }, step) =>
        Math.abs(loss - values[step * count + at]),
      );
      expect(
        Math.max(...apart),
        `example ${at}, from step ${apart.findIndex((each) => each > tolerance)}`,
      ).toBeLessThan(tolerance);
      // The search does something.
      const [{ loss: first = 0 }, ...others] = ofExample;
      expect(Math.max(...others.map(({ loss = 0 }) => loss))).toBeGreaterThan(first);
    }
  });

  test.each(only('fab'))('%s: every iterate', (_, compared) => {
    const { world, asked, values: reached } = found(compared, 'reached');
    const { values: kept } = found(compared, 'kept');
    const size = 3 * compared.side ** 2;
    let [movedBack, steps] = [0, 0];
    for (const [at, ofExample] of asked.entries())
      for (let step = 1; step <= compared.steps; step += 1) {
        const [first, ...back] = ofExample.filter((each) => each.step === step);
        // After the last step nothing is moved back: nothing would look at it.
        const last = back[0] ?? (step < compared.steps ? first : undefined);
        const from = (at * compared.steps + step - 1) * size;
        const where = `example ${at}, step ${step}`;
        expect(largest(first.x, reached.subarray(from, from + size)), where).toBeLessThan(tolerance);
        // Where a pixel ends at a face two classes may be equal, to a rounding, which decides how it goes on.
        if (Math.abs(marginOf(first.logits, world.labels[at])) < 1e-6) break;
        steps += 1;
        if (last) expect(largest(last.x, kept.subarray(from, from + size)), where).toBeLessThan(tolerance);
        movedBack += back.length;
      }
    expect(movedBack).toBeGreaterThan(0);
    expect(steps).toBeGreaterThan(0.6 * compared.count * compared.steps);
  });

  test.each(only('square'))('%s: the margin of every candidate', (_, compared) => {
    const { world, asked, values } = found(compared, 'asked');
    const { count, steps, norm } = compared;
    const margins = asked.map((ofExample, at) =>
      ofExample.map(({ logits }) => marginOf(logits, world.labels[at])),
    );
    for (const [at, ofExample] of margins.entries()) {
      const expected = ofExample.map((_, query) => values[query * count + at]);
      const alike = ofExample.filter((margin, query) => Math.abs(margin - expected[query]) < tolerance);
      // In L1, where a window holds nothing but rounding, or exactly nothing, a candidate makes that as large as a bump.
      expect(alike.length / ofExample.length, `example ${at}`).toBeGreaterThanOrEqual(
        norm === 'l1' ? 0.97 : 1,
      );
      const leastExpected = lowest(expected);
      for (const [query, least] of lowest(ofExample).entries())
        expect(Math.abs(least - leastExpected[query]), `example ${at}, query ${query}`).toBeLessThan(
          tolerance,
        );
      // It ends where the margin is 0 or less, and nowhere else.
      if (ofExample.length <= steps) {
        expect(ofExample.at(-1)).toBeLessThanOrEqual(0);
        expect(values[ofExample.length * count + at]).toBeNaN();
      }
    }
    expect(margins.some((ofExample) => ofExample.length === 1 + steps)).toBe(true);
  });
});

/** The lowest of all up to each. */
const lowest = (margins: readonly number[]) => {
  let least = Number.POSITIVE_INFINITY;
  return margins.map((margin) => {
    least = Math.min(least, margin);
    return least;
  });
};

const largest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
