import { describe, expect, test } from 'vitest';
import type { Regime } from './regime.ts';
import { regimes } from './regimes.ts';
import { attack, startOf, tinyStep, weightDecay } from './testing/tiny-step.ts';

describe('a training step', () => {
  test('under cross-at-clean, clean images matter through their statistics alone', async () => {
    const loss = async (name: 'madry' | 'cross-at-adv' | 'cross-at-clean') =>
      (await (await tinyStep(regimes[name])).run()).loss[0];
    expect(await loss('cross-at-clean')).not.toBeCloseTo(await loss('cross-at-adv'), 4);
    expect(await loss('cross-at-adv')).toBeCloseTo(await loss('madry'), 6);
  });

  test('with a learning rate of zero only running NS move', async () => {
    const { network, moved, run } = await tinyStep(regimes['dual-bn']);
    await run(0);
    expect(network.variables.filter((v) => v.role !== 'statistic').some(moved)).toBe(false);
    expect(network.variables.filter((v) => v.role === 'statistic').every(moved)).toBe(true);
  });

  test.each([
    ['dual-bn-cross-clean', 'clean', 'adv'],
    ['dual-bn-cross-adv', 'adv', 'clean'],
  ] as const)(
    'under %s NS of both branches are of %s images, each at its own AP',
    async (name, by, other) => {
      const stepped = await tinyStep(regimes[name]);
      // The same images and start; by passes alone of which each is of one branch, and normalized by itself.
      const alone = await tinyStep({
        ...regimes['dual-bn'],
        passes: [
          ...regimes['dual-bn'].passes,
          { name: 'alone', source: by, statistics: { batch: ['alone'] }, affine: other },
        ],
        statisticsUpdates: [
          { branch: by, from: [by] },
          { branch: other, from: ['alone'] },
        ],
      });
      await stepped.run(0);
      await alone.run(0);
      const statistics = ({ network, engine }: typeof alone, branch: string) =>
        network.variables
          .filter((of) => of.role === 'statistic' && of.branch === branch)
          .map((of) => [...engine.readExact(of)]);
      expect(statistics(stepped, by)).toEqual(statistics(alone, by));
      expect(statistics(stepped, other)).toEqual(statistics(alone, other));
    },
  );

  test('under dual-bn-cross-clean the two running NS differ behind the first AP', async () => {
    const { network, engine, run } = await tinyStep(regimes['dual-bn-cross-clean']);
    for (const of of network.variables.filter(({ role }) => role === 'statistic'))
      engine.write(of, startOf({ ...of, name: 'running_var' }));
    await run();
    const ofBranch = (branch: string) =>
      network.variables
        .filter((of) => of.role === 'statistic' && of.branch === branch)
        .map((of) => [...engine.readExact(of)]);
    const [clean, adv] = [ofBranch('clean'), ofBranch('adv')];
    // What comes before the first AP is one and the same: mean and variance of bn1.
    expect(clean.slice(0, 2)).toEqual(adv.slice(0, 2));
    clean.slice(2).forEach((values, at) => {
      expect(values).not.toEqual(adv[at + 2]);
    });
  });

  test('what the loss does not reach gets no weight decay either, even where the row does not keep it', async () => {
    const { frozen: _, ...row } = regimes['madry-dual-bn'];
    const { network, parameters, moved, run } = await tinyStep(row);
    expect(parameters.some(({ variable: { branch } }) => branch === 'clean')).toBe(true);
    await run();
    const affine = network.variables.filter(({ role }) => role === 'affine');
    expect([...new Set(affine.filter(moved).map(({ branch }) => branch))]).toEqual(['adv']);
  });
});

describe('two AP on the same images', () => {
  test('with even weights stay equal, and the loss is that of hybrid', async () => {
    const even = await tinyStep(regimes['one-task-one-domain']);
    const affine = (branch: string) =>
      even.network.variables.filter((of) => of.role === 'affine' && of.branch === branch);
    const hybrid = await tinyStep(regimes.hybrid, { alpha: 0.5 });
    const shared = hybrid.network.variables.filter(({ role }) => role === 'affine');
    // From the start of hybrid's AP.
    for (const branch of ['clean', 'adv'])
      affine(branch).forEach((of, at) => {
        even.engine.write(of, startOf(shared[at]));
      });
    const first = (await even.run()).loss[0];
    expect(first).toBeCloseTo((await hybrid.run()).loss[0], 6);
    await even.run();
    const values = (branch: string) => affine(branch).map((of) => [...even.engine.readExact(of)]);
    values('clean').forEach((of, at) => {
      of.forEach((value, i) => {
        expect(value).toBeCloseTo(values('adv')[at][i], 10);
      });
    });
    expect(values('clean')).not.toEqual(shared.map((of) => [...startOf(of)]));
  });

  test('with uneven weights part', async () => {
    const { network, engine, run } = await tinyStep(regimes['two-tasks-one-domain']);
    const affine = network.variables.filter(({ role }) => role === 'affine');
    for (const of of affine) engine.write(of, startOf({ ...of, name: 'weight' }));
    await run();
    const values = (branch: string) =>
      affine.filter((of) => of.branch === branch).map((of) => [...engine.readExact(of)]);
    expect(values('clean')).not.toEqual(values('adv'));
  });
});

describe('clamped AP', () => {
  const farthest = async (clamp?: number) => {
    const { network, engine, run } = await tinyStep(regimes['dual-bn-clamped'], { clamp });
    await run(1);
    return (branch: string) =>
      Math.max(
        ...network.variables
          .filter((of) => of.role === 'affine' && of.branch === branch)
          .flatMap((of) => {
            const center = of.name.endsWith('weight') ? 1 : 0;
            return [...engine.readExact(of)].map((value) => Math.abs(value - center));
          }),
      );
  };

  test.each([
    [undefined, 0.1],
    [0.02, 0.02],
    [0, 0],
  ])('with r of %s AP_clean stay within %s of gamma 1 and beta 0; AP_adv are free', async (clamp, within) => {
    const distance = await farthest(clamp);
    expect(distance('clean')).toBeCloseTo(within, 6);
    expect(distance('adv')).toBeGreaterThan(0.1);
  });
});

describe('adversarial weight perturbation', () => {
  // Without attack steps the adversarial images do not depend on the weights.
  const options = { attack: { ...attack, steps: 0 } };
  const gamma = 0.05;

  test('moves w by the gradient at w + gamma |w| g / |g|, of convolutions and the matrix of the head', async () => {
    const length = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
    const plain = await tinyStep(regimes.madry, options);
    const plainLoss = (await plain.run()).loss[0];
    // The same network beside it, standing at w + v.
    const beside = await tinyStep(regimes.madry, options);
    const expected = new Map<string, number[]>();
    const shifts = new Map<string, number[]>();
    plain.parameters.forEach(({ variable: of, state: [velocity] }, at) => {
      const w = startOf(of);
      const g = Array.from(plain.engine.readExact(velocity), (value, i) => value - weightDecay * w[i]);
      const scale = of.shape.length > 1 ? (gamma * length(w)) / length(g) : 0;
      const shift = g.map((value) => scale * value);
      shifts.set(of.name, shift);
      beside.engine.write(
        beside.parameters[at].variable,
        Array.from(w, (value, i) => value + shift[i]),
      );
    });
    const besideLoss = (await beside.run()).loss[0];
    for (const {
      variable: of,
      state: [velocity],
    } of beside.parameters) {
      // Weight decay is that of w, not of w + v.
      const shift = shifts.get(of.name) ?? [];
      const d = Array.from(beside.engine.readExact(velocity), (v, i) => v - weightDecay * shift[i]);
      expected.set(of.name, d);
    }

    const perturbed = await tinyStep(regimes.madry, { ...options, perturbWeights: gamma });
    const { loss } = await perturbed.run();
    expect(loss[0]).toBeCloseTo(besideLoss, 5);
    expect(loss[0]).toBeGreaterThan(plainLoss);
    for (const {
      variable: of,
      state: [velocity],
    } of perturbed.parameters) {
      const w = startOf(of);
      const actual = perturbed.engine.readExact(velocity);
      const value = perturbed.engine.readExact(of);
      (expected.get(of.name) ?? []).forEach((d, i) => {
        expect(actual[i]).toBeCloseTo(d, 5);
        expect(value[i]).toBeCloseTo(w[i] - 0.1 * d, 5);
      });
    }
  });

  test.each(['dual-bn', 'trades', 'bn-on-clean'] as const)('is a modifier of %s', async (name) => {
    const plain = (await (await tinyStep(regimes[name])).run()).loss[0];
    const perturbed = (await (await tinyStep(regimes[name], { perturbWeights: gamma })).run()).loss[0];
    // bn-on-clean trains no weights: there is nothing to perturb.
    if (name === 'bn-on-clean') expect(perturbed).toBe(plain);
    else expect(perturbed).toBeGreaterThan(plain);
  });
});

describe('other normalizations in place of BN', () => {
  const designs = {
    group: { kind: 'group', groups: 2 },
    instance: { kind: 'instance' },
    layer: { kind: 'layer' },
    'no affine': { affine: false },
  } as const;
  const cases = (['madry', 'hybrid', 'trades'] as const).flatMap((name) =>
    (['group', 'instance', 'layer', 'no affine'] as const).map((design) => [name, design] as const),
  );

  test.each(cases)('%s trains with %s', async (name, design) => {
    const row: Regime = { ...regimes[name], network: { normalization: designs[design] } };
    const { network, moved, run } = await tinyStep(row);
    const [first] = (await run(0.02)).loss;
    await run(0.02);
    expect((await run(0.02)).loss[0]).toBeLessThan(first);
    expect(network.variables.every(moved)).toBe(true);
    const absent = design === 'no affine' ? 'affine' : 'statistic';
    expect(network.variables.some(({ role }) => role === absent)).toBe(false);
    expect(network.variables.some(({ role }) => role === 'weight')).toBe(true);
  });
});
