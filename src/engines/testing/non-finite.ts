/**
 * That an engine hides no NaN and no infinity: the values of a case with one of them in one place of one input, compared
 * with the reference engine's by kind (a number, NaN, +infinity, -infinity).
 *
 * What is NaN on the reference is NaN. What is infinite there is so, or NaN: sums of another order, and algorithms that
 * add and subtract (Winograd), make NaN of infinities. Where the reference has a number, so has the engine, but for what
 * `spread` says.
 */
import { afterAll, describe, expect, test } from 'vitest';
import {
  differentiate,
  input,
  makeStep,
  type OperationName,
  reachable,
  sizeOf,
  type Tensor,
} from '../../graph/index.ts';
import { operations } from '../../graph/operations/table.ts';
import type { Engine } from '../engine.ts';
import { createReferenceEngine } from '../reference/engine.ts';
import { type Case, valuesFor } from './case.ts';
import { fusedCases } from './cases/fused.ts';
import { cases } from './cases/table.ts';
import { crossEntropy, testNetwork, unrolledAttack } from './network.ts';

const specials = [Number.NaN, Infinity, -Infinity] as const;

/**
 * Operations that may give NaN where the reference has a number, and of what: zero times infinity, or infinity less
 * infinity, in a term that the reference does not have.
 */
const spread: Readonly<Partial<Record<OperationName, 'anything' | 'infinity'>>> = {
  // Tiles of Winograd, zeros beyond the images, zeros between the pixels of a strided gradient.
  convolution: 'anything',
  convolutionInputGradient: 'anything',
  convolutionWeightGradient: 'anything',
  // dy times 0 or 1.
  reluGradient: 'anything',
  // gamma r x + (beta - gamma r mean)
  normalize: 'infinity',
  normalizeScaleGradient: 'infinity',
  batchNormInputGradient: 'infinity',
};

const kinds = ['number', 'NaN', '+infinity', '-infinity'] as const;
type Kind = (typeof kinds)[number];
const kindOf = (value: number): Kind => {
  if (Number.isFinite(value)) return 'number';
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+infinity' : '-infinity';
};

const isRight = (found: Kind, wanted: Kind, mayBeNaN: boolean) =>
  found === wanted || (found === 'NaN' && (wanted !== 'number' || mayBeNaN));

const inputsOf = (of: Case) => of.inputs.map(({ shape }, at) => input(`x${at}`, shape));

const reference = createReferenceEngine();
const known = new WeakMap<Case, Map<string, readonly Kind[]>>();

/** The kinds of the reference's values; the same for all engines, and slow. */
function expectedKinds(of: Case, key: string, values: Readonly<Record<string, Float32Array>>) {
  const all = known.get(of) ?? new Map<string, readonly Kind[]>();
  known.set(of, all);
  const found = all.get(key);
  if (found) return found;
  const [result] = reference.evaluate([of.build(...inputsOf(of))], values);
  const made = Array.from(result, kindOf);
  all.set(key, made);
  return made;
}

/** Runs a case once for each input and special value, which lies at the first place and in the middle. */
async function expectNothingHidden(engine: Engine, of: Case, batchInvariant = false): Promise<void> {
  const y = of.build(...inputsOf(of));
  const spreads = new Set(reachable([y]).map(({ operation }) => spread[operation]));
  const program = await engine.compile(makeStep('case', { outputs: { y } }), { batchInvariant });
  for (const which of of.inputs.keys())
    for (const special of specials) {
      const values = Object.fromEntries(of.inputs.map((each, at) => [`x${at}`, valuesFor(each, at)]));
      const target = values[`x${which}`];
      for (const place of [0, Math.floor(target.length / 2)]) target[place] = special;
      const actual = (await program.run(values)).y;
      const expected = expectedKinds(of, `${which} ${special}`, values);
      const mayBeNaN = spreads.has('anything') || (spreads.has('infinity') && !Number.isNaN(special));
      const wrong = expected.flatMap((wanted, at) => {
        const found = kindOf(actual[at]);
        return isRight(found, wanted, mayBeNaN) ? [] : [`at ${at} a ${found} for a ${wanted}`];
      });
      expect(wrong.slice(0, 3), `${of.what}, input ${which} ${special}`).toEqual([]);
    }
  program.dispose();
}

const breakings: readonly (readonly [string, string, (values: Float32Array) => Float32Array])[] = [
  ['a NaN weight in the stem', 'stem.weight', (all) => all.with(3, Number.NaN)],
  ['an infinite weight', 'block1.a.weight', (all) => all.with(3, Infinity)],
  ['a negative variance in the stem', 'stem.variance', (all) => all.with(1, -0.5)],
  ['a negative variance deep inside', 'block2.b.variance', (all) => all.with(0, -0.1)],
  ['a NaN shift before a ReLU', 'block2.a.beta', (all) => all.with(0, Number.NaN)],
  ['weights that overflow', 'block1.b.weight', (all) => all.map((value) => value * 1e38)],
];

/** A network with one broken variable: its logits, gradients and adversarial images are NaN throughout. */
function describeBrokenNetwork(engine: Engine, width: number): void {
  const network = testNetwork(width);
  const x = input('images', [2, 3, 8, 8]);
  const labels = input('labels', [2, 5]);
  const values = {
    images: valuesFor({ shape: x.shape, signs: 'both' }, 1),
    labels: Float32Array.from({ length: 10 }, (_, at) => (at % 5 === 0 ? 1 : 0)),
  };
  const logits = { running: network.logits(x, 'running'), batch: network.logits(x, 'batch') };

  const fill = (broken: string, change: (values: Float32Array) => Float32Array) => {
    [...network.variables.values()].forEach((each, at) => {
      const signs = /variance|gamma/.test(each.name) ? 'positive' : 'both';
      const usual = valuesFor({ shape: each.shape, signs }, 50 + at);
      engine.write(each, each.name === broken ? change(usual) : usual);
    });
  };

  const run = async (outputs: Readonly<Record<string, Tensor>>, batchInvariant: boolean) => {
    const program = await engine.compile(makeStep('broken', { outputs }), { batchInvariant });
    const results = await program.run(values);
    program.dispose();
    return results;
  };

  // In float64 nothing overflows.
  const exact = engine.describe().instructionSet === 'float64';
  describe.each(breakings.filter(([what]) => !(exact && what.includes('overflow'))))('by %s', (...given) => {
    const [, broken, change] = given;
    const modes = broken.endsWith('variance') ? (['running'] as const) : (['running', 'batch'] as const);
    test.each(modes)('shows in every logit and in the gradient: %s statistics', async (mode) => {
      const [gradient] = differentiate(crossEntropy(logits[mode], labels), [x]);
      fill(broken, change);
      for (const batchInvariant of [false, true]) {
        const results = await run({ logits: logits[mode], gradient }, batchInvariant);
        expect(results.logits.every(Number.isNaN), 'logits').toBe(true);
        expect(results.gradient.some(Number.isFinite), 'gradient').toBe(false);
      }
    });

    test('shows in the images of an attack', async () => {
      const attacked = unrolledAttack(network, x, labels, 2);
      fill(broken, change);
      const results = await run({ attacked }, true);
      expect(results.attacked.some(Number.isFinite)).toBe(false);
    });
  });
}

export interface Tested {
  readonly name: string;
  readonly create: () => Engine;
  /** The reference is slow: small cases only. */
  readonly small?: boolean;
}

const isSmall = (of: Case) => of.inputs.every(({ shape }) => sizeOf(shape) < 16_384);

/** The tests of one engine. */
export function describeNonFinite({ name, create, small = false }: Tested): void {
  describe(`the engine ${name}`, () => {
    const engine = create();
    afterAll(() => engine.dispose());

    describe('hides no NaN and no infinity', () => {
      test.each(Object.keys(operations) as OperationName[])('in %s', async (operation) => {
        for (const of of cases[operation]) await expectNothingHidden(engine, of);
      });

      const fused = small ? fusedCases.filter(isSmall) : fusedCases;
      test.each(fused.map((of) => [of.what, of] as const))('in %s', async (_, of) => {
        await expectNothingHidden(engine, of);
      });

      test('where no example may know its batch', async () => {
        for (const of of fusedCases.filter(isSmall)) await expectNothingHidden(engine, of, true);
      });
    });

    // Wide enough for Winograd.
    describe('shows a broken network', () => describeBrokenNetwork(engine, small ? 4 : 32));
  });
}
