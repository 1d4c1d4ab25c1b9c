import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { regimeNamed, regimeNames, regimeProblems, regimes } from '../training/index.ts';
import { configurationHash, writeConfiguration } from './canonical.ts';
import { packageRoot } from './presets.ts';
import { resolveConfiguration } from './resolve.ts';
import { regimeOf } from './schema/regime.ts';

const folder = mkdtempSync(join(tmpdir(), 'dualbn-regime-'));
const examples = join(packageRoot, 'presets/examples');

function file(text: string): string {
  const path = join(folder, `${Math.random()}.yaml`);
  writeFileSync(path, text);
  return path;
}

const resolved = (preset: string, ...overrides: string[]) =>
  resolveConfiguration({ preset, overrides }).configuration;

/** The problems, a line each, without where they were written. */
function problemsOf(preset: string, ...overrides: string[]): string[] {
  try {
    resolved(preset, ...overrides);
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ where, what }) => `${where}: ${what}`);
    throw error;
  }
  return [];
}

test.each(regimeNames)('%s is there by its name', (name) => {
  const init = 'init' in regimes[name] ? ['init.run=runs/madry'] : [];
  expect(regimeOf(resolved('tiny', `regime.name=${name}`, ...init).regime)).toBe(regimes[name]);
});

describe('a definition in a file', () => {
  test('dual-bn written out is dual-bn', () => {
    const written = file(`
regime:
  name: mine
  definition:
    summary: NS and AP apart
    sets: { statistics: [clean, adv], affine: [clean, adv] }
    sources:
      clean: { kind: clean }
      adv: { kind: attack, cell: { statistics: adv, affine: adv } }
    passes:
      clean: { statistics: { batch: [clean] }, affine: clean }
      adv: { statistics: { batch: [adv] }, affine: adv }
    statisticsUpdates: [{ branch: clean, from: [clean] }, { branch: adv, from: [adv] }]
    terms:
      - { weight: alpha, loss: ce, pass: clean }
      - { weight: 1-alpha, loss: ce, pass: adv }
`);
    const { network, frozen, ...definition } = regimeOf(resolved(written).regime);
    expect(definition).toEqual(regimeNamed('dual-bn'));
    expect([network, frozen]).toEqual([{}, []]);
  });

  test.each([
    ['{times: 2}', { times: 2 }, 'times: 2'],
    ['32/255', 32 / 255, 'noise: 32/255'],
  ])('noise of %s is that of the regime, and written back', (written, epsilon, kept) => {
    const configuration = resolved('tiny', 'regime.name=dual-bn-noise', `regime.noise=${written}`);
    expect(regimeOf(configuration.regime).sources).toEqual({
      clean: { kind: 'clean' },
      noise: { kind: 'noise', epsilon },
    });
    expect(writeConfiguration(configuration)).toContain(kept);
  });

  test('sizes are read as everywhere, and written back as they were', () => {
    const preset = join(examples, 'branch-per-epsilon.yaml');
    const relative = regimeOf(resolved(preset).regime).sources.far;
    expect(relative).toMatchObject({ kind: 'attack', epsilon: { times: 2 } });
    const absolute = resolved(preset, 'regime.definition.sources.far.epsilon=16/255');
    expect(regimeOf(absolute.regime).sources.far).toMatchObject({ epsilon: 16 / 255 });
    expect(writeConfiguration(absolute)).toContain('epsilon: 16/255');
  });

  test.each(readdirSync(examples))('the example %s makes sense, and survives being written', (name) => {
    const configuration = resolved(join(examples, name));
    expect(regimeProblems(regimeOf(configuration.regime))).toEqual([]);
    const again = resolved(file(writeConfiguration(configuration)));
    expect(configurationHash(again)).toBe(configurationHash(configuration));
  });

  test('is dropped by another name', () => {
    const preset = join(examples, 'three-branches.yaml');
    expect(regimeOf(resolved(preset, 'regime.name=hybrid').regime)).toBe(regimes.hybrid);
  });
});

describe('refuses', () => {
  const example = join(examples, 'three-branches.yaml');

  test('an unknown name, with the nearest', () => {
    expect(problemsOf('tiny', 'regime.name=dual-bm')[0]).toMatch(
      /^regime.name: expected one of standard, .* found 'dual-bm'; did you mean dual-bn\?/,
    );
  });

  test('a definition that makes no sense, for all reasons at once, each at its place', () => {
    const problems = problemsOf(
      example,
      'regime.definition.sources.adv.cell.statistics=adversarial',
      'regime.definition.passes.noise.source=noisy',
      'regime.definition.statisticsUpdates=[{ branch: clean, from: [clean] }, { branch: adv, from: [adv] }]',
      'regime.definition.terms=[{ weight: 1, loss: kl, pass: adv }]',
    );
    const expected = [
      'regime.definition.sources.noise: expected a pass that takes these images',
      "regime.definition.sources.adv.cell.statistics: expected one of clean, adv, noise, found 'adversarial'",
      "regime.definition.passes.noise.source: expected one of clean, adv, noise, found 'noisy'",
      'regime.definition.terms.0.reference: expected the pass that kl compares with, found none',
      'regime.definition.statisticsUpdates: expected NS noise to be updated, or to be frozen, found none',
      'regime.definition.terms: expected a loss that reaches affine clean, or it to be frozen, found none',
    ];
    for (const [at, start] of expected.entries()) expect(problems[at]).toContain(start);
  });

  test.each([
    [
      'a misspelt key of a definition',
      'regime.definition.passs={}',
      'regime.definition.passs: unknown key; did you mean regime.definition.passes?',
    ],
    [
      'a kind of source that there is not',
      'regime.definition.sources.noise={kind: fog}',
      "expected one of clean, noise, attack, found 'fog'",
    ],
    [
      'a name with a dot',
      "regime.definition.passes={'a.b': {statistics: {batch: [a.b]}}}",
      'expected a name of letters, digits, - and _',
    ],
    [
      'statistics of neither form',
      'regime.definition.passes.clean.statistics=clean',
      'expected { batch: [passes] } or { running: branch }',
    ],
    [
      'a size that is none',
      'regime.definition.sources.noise.epsilon=wide',
      'expected a size such as 8/255, or { times: 2 }',
    ],
    [
      'a definition under the name of another',
      'regime={name: hybrid, definition: {sources: {clean: {kind: clean}}, passes: {clean: {statistics: {batch: [clean]}}}, statisticsUpdates: [{branch: shared, from: [clean]}], terms: [{weight: 1, loss: ce, pass: clean}]}}',
      "found 'hybrid', which is a built-in regime",
    ],
    ['an unknown name without a definition', 'regime={name: mine}', "found 'mine'"],
  ])('%s', (_, override, expected) => {
    expect(problemsOf(example, override).join('\n')).toContain(expected);
  });

  test.each([
    [
      'beta where it weighs nothing',
      'regime.beta=3',
      'regime.beta: expected none, because no term of dual-bn weighs by it, found 3',
    ],
    [
      'noise where nothing is noisy',
      'regime.noise={times: 2}',
      'regime.noise: expected none, because dual-bn has no noisy images, found { times: 2 }',
    ],
    [
      'clamp where it clamps nothing',
      'regime.clamp=0.1',
      'regime.clamp: expected none, because dual-bn clamps nothing, found 0.1',
    ],
    [
      'no init where one is needed',
      'regime.name=bn-on-clean',
      'init.run: expected the directory of a run, because bn-on-clean begins from a trained network',
    ],
    [
      'AWP that would never begin',
      'regime.awp.fromEpoch=2',
      'regime.awp.fromEpoch: expected less than epochs (2), found 2',
    ],
    ['a size of AWP that is none', 'regime.awp.gamma=0', 'regime.awp.gamma: expected more than 0, found 0'],
    [
      'alpha where it weighs nothing',
      'regime={name: madry, alpha: 0.3}',
      'regime.alpha: expected none (or 0.5), because no term of madry weighs by it, found 0.3',
    ],
  ])('%s', (_, override, expected) => {
    expect(problemsOf('tiny', override).join('\n')).toContain(expected);
  });

  test('a loss that the attack of a regime does not increase', () => {
    expect(problemsOf('tiny', 'regime.name=trades', 'attack.loss=margin').join('\n')).toContain(
      "attack.loss: expected none, because the attack of trades increases kl by definition, found 'margin'",
    );
    expect(resolved('tiny', 'regime.name=trades', 'attack.loss=kl').attack.loss).toBe('kl');
    expect(resolved('tiny', 'attack.loss=margin').attack.loss).toBe('margin');
  });
});

test('the numbers of a regime are left to its definition unless given', () => {
  expect(resolved('tiny', 'regime.name=trades').regime).toEqual({ name: 'trades', alpha: 0.5 });
  const { regime } = resolved('tiny', 'regime.name=trades', 'regime.beta=3', 'regime.awp.fromEpoch=1');
  expect(regime).toEqual({ name: 'trades', alpha: 0.5, beta: 3, awp: { gamma: 0.005, fromEpoch: 1 } });
});
