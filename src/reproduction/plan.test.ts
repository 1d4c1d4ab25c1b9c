import { describe, expect, it } from 'vitest';
import { configurationHash } from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import { claims } from './hypotheses/paper-claims.ts';
import { needsOf, statementsOf } from './hypotheses/statements.ts';
import { frontVariants, variantNamed } from './hypotheses/variants.ts';
import { planReproduction } from './plan.ts';
import { combinedRegimes, scaleNames, scales } from './scales.ts';

const plan = planReproduction(scales.small, { dataset: 'cifar-10' });
const names = plan.runs.map(({ name }) => name);

describe('the plan of a reproduction', () => {
  it('trains every variant that a claim compares, at each epsilon and exploratory seed', () => {
    const needed = new Set(
      claims.flatMap(statementsOf).flatMap((statement) => needsOf(statement).map(({ variant }) => variant)),
    );
    for (const variant of frontVariants) expect(needed).toContain(variant);
    for (const variant of needed)
      for (const seed of [0, 1, 2])
        for (const epsilon of variant === 'standard' ? [''] : ['-8-255', '-16-255'])
          expect(names).toContain(`${variant}${epsilon}-seed-${seed}`);
    // Thirteen that attack at two epsilons, and standard, which knows none.
    expect(names).toHaveLength(13 * 2 * 3 + 3);
    expect(new Set(names).size).toBe(names.length);
  });

  it('trains the front as hybrid with other weights', () => {
    expect(variantNamed('hybrid-alpha-0.9')).toEqual({ regime: 'hybrid', overrides: ['regime.alpha=0.9'] });
    const run = plan.runs.find(({ name }) => name === 'hybrid-alpha-0.9-8-255-seed-1');
    expect(run?.resolved.configuration.regime).toMatchObject({ name: 'hybrid', alpha: 0.9 });
  });

  it('begins with what tells most: the first epsilon, and the four ways to share NS and AP', () => {
    const first = names.slice(0, 12);
    for (const name of first) expect(name).toMatch(/^(dual-bn|hybrid|dual-ap|dual-ns)-8-255-seed-[012]$/);
  });

  it('resolves each run to a configuration of its regime, epsilon and seed', () => {
    const run = plan.runs.find(({ name }) => name === 'dual-ap-16-255-seed-2');
    expect(run?.resolved.configuration).toMatchObject({
      seed: 2,
      regime: { name: 'dual-ap' },
      attack: { epsilon: { text: '16/255' }, stepSize: { text: '8/255' } },
      evaluation: { epsilon: { text: '16/255' } },
      network: { name: 'resnet10', width: 16 },
      engine: { threads: 1 },
    });
  });

  it('measures a standard network, which is trained once, at every epsilon', () => {
    const run = plan.runs.find(({ name }) => name === 'standard-seed-1');
    expect(run?.measurements.map(({ what, epsilon }) => [what, epsilon])).toEqual([
      ['evaluate', '8/255'],
      ['gap', '8/255'],
      ['evaluate', '16/255'],
      ['gap', '16/255'],
    ]);
  });

  it('makes pictures of the first seed alone', () => {
    const whats = (name: string) =>
      plan.runs.find((run) => run.name === name)?.measurements.map(({ what }) => what);
    expect(whats('dual-bn-8-255-seed-0')?.toSorted()).toEqual(
      ['evaluate', 'reestimate', 'gap', 'affine', 'interpolate', 'transfer', 'curve'].toSorted(),
    );
    expect(whats('dual-bn-8-255-seed-1')?.toSorted()).toEqual(['evaluate', 'gap', 'reestimate']);
    expect(whats('trades-8-255-seed-0')).toEqual(['evaluate']);
  });

  it('counts image passes: ten thousand images, eight epochs, three steps of the attack, two passes', () => {
    const run = plan.runs.find(({ name }) => name === 'dual-bn-8-255-seed-0');
    expect(run?.trainingCost).toBe(8 * 10_000 * (3 * 2 + 2 * 3));
  });

  it('gives a run the same configuration in every part of the scale', () => {
    const cut = planReproduction(scales.small, { dataset: 'cifar-10', epsilons: ['16/255'] });
    expect(cut.runs.map(({ name }) => name)).toContain('standard-seed-0');
    for (const { name, resolved } of cut.runs)
      expect([name, resolved]).toEqual([name, plan.runs.find((run) => run.name === name)?.resolved]);
  });

  it('computes with the engine that is asked for, which makes no other configuration of a run', () => {
    const engine = { name: 'onnx', device: 'webgpu', threads: 2 };
    const elsewhere = planReproduction(scales.small, { dataset: 'cifar-10', engine });
    elsewhere.runs.forEach(({ name, resolved: { configuration } }, at) => {
      expect(configuration.engine, name).toMatchObject(engine);
      const usual = plan.runs[at].resolved.configuration;
      expect(usual.engine).toMatchObject({ name: 'auto', device: 'cpu', threads: 1 });
      expect(configurationHash(configuration)).toBe(configurationHash(usual));
    });
  });

  it('can be cut to some claims, epsilons and seeds', () => {
    const cut = planReproduction(scales.small, {
      dataset: 'cifar-10',
      claims: ['claim 1'],
      epsilons: ['8/255'],
      seeds: [4],
    });
    expect(cut.runs.map(({ name }) => name)).toEqual(['madry-8-255-seed-4', 'cross-at-clean-8-255-seed-4']);
  });

  it('trains the combinations that no claim needs where they are asked for, after all else of an epsilon', () => {
    const whole = planReproduction(scales.small, { dataset: 'cifar-10', combinations: true });
    const at8 = whole.runs.map(({ name }) => name).filter((name) => !name.includes('16-255'));
    const extra = at8.filter((name) => !names.includes(name));
    expect(extra).toEqual(at8.slice(-extra.length));
    const beyond = combinedRegimes.filter((regime) => !names.some((name) => name.startsWith(`${regime}-8`)));
    expect(beyond).toHaveLength(6);
    expect(new Set(extra)).toEqual(
      new Set(beyond.flatMap((regime) => [0, 1, 2].map((seed) => `${regime}-8-255-seed-${seed}`))),
    );
    expect(whole.runs.find(({ name }) => name === extra[0])?.claims).toEqual([]);
  });

  it.each([
    [{ claims: ['claim 7'] }, /no claim 7 .* claim 1, claim 2/],
    [{ seeds: [10] }, /no seed 10 .* 0, 1, 2, 3, 4/],
    [{ epsilons: ['4/255'] }, /no epsilon 4\/255 .* 8\/255, 16\/255/],
  ])('refuses what the scale has not: %o', (request, message) => {
    const make = () => planReproduction(scales.small, { dataset: 'cifar-10', ...request });
    expect(make).toThrow(InputError);
    expect(make).toThrow(message);
  });

  it.each(scaleNames)('is sound at scale %s', (name) => {
    const dataset = scales[name].datasets[0] ?? '';
    expect(planReproduction(scales[name], { dataset }).runs.length).toBeGreaterThan(0);
  });
});
