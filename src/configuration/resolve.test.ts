import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { presetNames } from './presets.ts';
import { type ConfigurationRequest, resolveConfiguration } from './resolve.ts';

const folder = mkdtempSync(join(tmpdir(), 'dualbn-configuration-'));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What the user reads. */
function refusal(request: ConfigurationRequest): string {
  try {
    resolveConfiguration(request);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('resolveConfiguration', () => {
  it('gives the full-scale recipe exactly', () => {
    const { configuration, sources } = resolveConfiguration({ preset: 'paper' });
    expect(configuration).toEqual({
      seed: 0,
      data: {
        dataset: 'cifar-10',
        trainExamples: 'all',
        validationExamples: 0,
        augmentation: { padding: 4, flip: true },
      },
      network: {
        name: 'resnet18',
        stem: 'small',
        normalization: { kind: 'batch', affine: true, sandwich: false, momentum: 0.1 },
      },
      regime: { name: 'dual-bn', alpha: 0.5 },
      attack: {
        norm: 'linf',
        epsilon: { text: '8/255', value: 8 / 255 },
        steps: 10,
        stepSize: { text: '2/255', value: 2 / 255 },
        start: { kind: 'gaussian', deviation: 0.001 },
        loss: 'ce',
      },
      optimizer: {
        kind: 'sgd',
        learningRate: 0.1,
        momentum: 0.9,
        nesterov: false,
        weightDecay: { weight: 5e-4, head: 5e-4, affine: 5e-4, adapter: 5e-4 },
      },
      schedule: { kind: 'piecewise', milestones: [100, 105], factors: [0.1, 0.01] },
      epochs: 110,
      batchSize: 128,
      validation: { attack: 'pgd-10', everyEpochs: 1 },
      evaluation: {
        attacks: ['pgd-10', 'pgd-20'],
        epsilon: { text: '8/255', value: 8 / 255 },
        examples: 'all',
        batchSize: 100,
      },
      checkpoint: { everyEpochs: 1, best: 'none' },
      analysis: { gapEverySteps: 0, gapBatchSize: 64 },
      engine: { name: 'auto', device: 'cpu', threads: 'auto', convolution: 'auto' },
    });
    expect(sources).toEqual([{ kind: 'preset', name: 'paper' }]);
  });

  it.each(presetNames())('accepts the preset %s', (preset) => {
    expect(refusal({ preset })).toBe('accepted');
  });

  it('lays a file over what it extends, and overrides over both', () => {
    const path = file('mine.yaml', 'extends: tiny\nseed: 7\nregime:\n  name: dual-ap\n');
    const { configuration, overrides, sources } = resolveConfiguration({
      preset: path,
      overrides: ['epochs=3', 'attack.start.kind=uniform', 'epochs=4', 'evaluation.attacks=[fgsm]'],
    });
    expect(configuration).toMatchObject({
      seed: 7,
      regime: { name: 'dual-ap', alpha: 0.5 },
      network: { name: 'resnet8', width: 4 },
      attack: { steps: 2, start: { kind: 'uniform' } },
      epochs: 4,
      evaluation: { attacks: ['fgsm'] },
    });
    expect(overrides).toHaveLength(4);
    expect(sources.slice(0, 4)).toEqual([
      { kind: 'preset', name: 'small' },
      { kind: 'preset', name: 'tiny' },
      { kind: 'file', name: path },
      { kind: 'override', name: 'epochs=3' },
    ]);
  });

  it('finds a base relative to the file that names it', () => {
    file('base.yaml', 'seed: 3\n');
    const path = file('derived.yaml', 'extends: ./base.yaml\n');
    expect(resolveConfiguration({ preset: path }).configuration.seed).toBe(3);
  });

  it('drops what belonged to another kind or name', () => {
    const { configuration } = resolveConfiguration({
      preset: 'small',
      overrides: ['schedule.kind=cosine', 'network.name=resnet18'],
    });
    expect(configuration.schedule).toEqual({ kind: 'cosine', warmup: 0 });
    expect(configuration.network).not.toHaveProperty('width');
  });

  it('keeps the rest where the kind is said again', () => {
    const { configuration } = resolveConfiguration({
      overrides: ['schedule.kind=piecewise', 'regime.alpha=0.9'],
    });
    expect(configuration.schedule).toEqual({
      kind: 'piecewise',
      milestones: [100, 105],
      factors: [0.1, 0.01],
    });
    expect(configuration.regime).toEqual({ name: 'dual-bn', alpha: 0.9 });
  });

  it('tests at the bound of training unless told otherwise', () => {
    const { configuration } = resolveConfiguration({ overrides: ['attack.epsilon=16/255'] });
    expect(configuration.evaluation.epsilon).toEqual({ text: '16/255', value: 16 / 255 });
    const apart = resolveConfiguration({ overrides: ['attack.epsilon=16/255', 'evaluation.epsilon=8/255'] });
    expect(apart.configuration.evaluation.epsilon.text).toBe('8/255');
  });

  it('allows L2 bounds beyond 1', () => {
    const { configuration } = resolveConfiguration({
      overrides: [
        'attack.norm=l2',
        'attack.epsilon=1.5',
        'evaluation.attacks=[pgd-20-l2]',
        'validation.attack=pgd-10-l2',
      ],
    });
    expect(configuration.evaluation).toMatchObject({ attacks: ['pgd-20-l2'], epsilon: { value: 1.5 } });
  });
});

describe('what is wrong', () => {
  it('is listed all at once, with paths, places and the nearest known key', () => {
    const path = file(
      'wrong.yaml',
      'epochs: 0\nlearningRate: 0.1\nattack:\n  epsilom: 8/255\n  norm: lint\ndata:\n  augmentation:\n    flip: yes\n',
    );
    expect(refusal({ preset: path, overrides: ['batchSize=many', 'attack.steps=2.5'] })).toBe(
      [
        'the configuration has 7 problems:',
        `  data.augmentation.flip: expected auto, true or false, found 'yes' (${path}:8)`,
        `  attack.norm: expected one of linf, l2, found 'lint'; did you mean linf? (${path}:5)`,
        '  attack.steps: expected a whole number, found 2.5 (--set attack.steps=2.5)',
        `  attack.epsilom: unknown key; did you mean attack.epsilon? (${path}:4)`,
        `  epochs: expected at least 1, found 0 (${path}:1)`,
        "  batchSize: expected a number, found 'many' (--set batchSize=many)",
        `  learningRate: unknown key; did you mean optimizer.learningRate? (${path}:2)`,
      ].join('\n'),
    );
  });

  const values: [override: string, what: string][] = [
    ['seed=-1', 'seed: expected at least 0, found -1'],
    ['seed=4294967296', 'seed: expected at most 4294967295, found 4294967296'],
    [
      'attack.epsilon=8',
      'attack.epsilon: expected at most 1, for inputs in [0, 1], found 8; did you mean 8/255?',
    ],
    ['attack.epsilon=300/255', 'attack.epsilon: expected at most 1, for inputs in [0, 1], found 300/255'],
    ['attack.epsilon=-0.1', 'attack.epsilon: expected a size such as 8/255 or a number, found -0.1'],
    ['attack.epsilon=8/0', 'attack.epsilon: expected a size such as 8/255 or a number, found "8/0"'],
    ['attack.stepSize=[1]', 'attack.stepSize: expected a size such as 8/255 or a number, found [1]'],
    ['evaluation.epsilon=2', 'evaluation.epsilon: expected at most 1 for pgd-10, found 2'],
    ['evaluation.attacks=[pgd-10-l2]', 'validation.attack: expected attacks of one norm, because they share'],
    [
      'attack.norm=l2',
      'evaluation.epsilon: expected a bound for pgd-10 (linf), found attack.epsilon, which is one in l2',
    ],
    ['schedule={kind: cyclic, peak: 110}', 'schedule.peak: expected less than epochs (110), found 110'],
    ['regime.name=dual-np', 'regime.name: expected one of standard, madry, hybrid, hybrid-two-pass, dual-bn'],
    [
      'regime.xyzzy=1',
      'regime.xyzzy: unknown key; known here: name, alpha, beta, clamp, noise, awp, definition',
    ],
    ['attack.start.kind=gausian', 'attack.start.kind: expected one of gaussian, uniform, none, found'],
    ['schedule.milestones=[105, 100]', 'schedule.milestones: expected rising epochs, found [105, 100]'],
    ['schedule.factors=[0.1]', 'schedule.factors: expected one factor a milestone (2), found 1'],
    ['schedule.warmup=3', 'schedule.warmup: exists only with schedule.kind: cosine'],
    ['schedule.kind=cyclic', 'schedule.peak: expected a number, found nothing'],
    ['network.name=resnet81', 'expected one of resnet8, resnet10, resnet20, resnet18'],
    ['network.depth=10', 'network.depth: unknown key; known here: name, width'],
    ['regime.alpha=1.5', 'regime.alpha: expected at most 1, found 1.5'],
    ['optimizer.momentum=1', 'optimizer.momentum: expected less than 1, found 1'],
    ['optimizer.learningRate=.inf', 'optimizer.learningRate: expected'],
    ['optimizer.weightDecay=5e-4', 'optimizer.weightDecay: expected a mapping, found 0.0005'],
    ['evaluation.attacks=[pdg-10]', 'evaluation.attacks.0: expected one of fgsm, pgd-<N>, pgd-<N>-l2'],
    ['evaluation.attacks=[]', 'evaluation.attacks: expected a list of at least 1, found the list []'],
    ['evaluation.attacks=pgd-10', "evaluation.attacks: expected a list, found 'pgd-10'"],
    ['data.trainExamples=0', 'data.trainExamples: expected at least 1, found 0'],
    [
      'data.trainExamples=most',
      "data.trainExamples: expected all or a whole number of at least 1, found 'most'",
    ],
    ['data=cifar-10', "data: expected a mapping, found 'cifar-10'"],
    ['seed.x=1', 'seed: expected a number, found a mapping'],
    ['__proto__.seed=1', '__proto__: unknown key'],
    ['extends=small', 'extends: unknown key'],
    ['data.validationExamples=0', 'checkpoint.best: expected none, because there are no validation images'],
  ];
  it.each(values)('%s', (override, what) => {
    const message = refusal({ overrides: [override] });
    expect(message).toContain(what);
    expect(message.split('\n')[0]).toBe('the configuration has a problem:');
  });

  const forms: [override: string, what: string][] = [
    ['epochs', '--set epochs: expected key=value, such as attack.epsilon=8/255'],
    ['=3', '--set =3: expected key=value'],
    ['a..b=3', '--set a..b=3: expected key=value'],
    ['epochs=', '--set epochs=: expected a YAML value after the =, found nothing'],
    ['schedule.milestones=[1,', "expected a YAML value after the =, found '[1,'"],
  ];
  it.each(forms)('override %s', (override, what) => {
    expect(refusal({ overrides: [override] })).toContain(what);
  });

  const files: [name: string, text: string, what: string][] = [
    ['a key that is there twice', 'seed: 1\nepochs: 2\nseed: 3\n', 'FILE:3: the key seed is there twice'],
    ['no YAML', 'attack: {epsilon: 8/255\nseed: [', 'cannot read FILE as YAML:\n  FILE:'],
    ['a list', '- seed\n', 'cannot read FILE: expected a mapping of keys to values at the top'],
    ['an unknown base', 'extends: smal\n', "unknown preset 'smal'; did you mean small?"],
    [
      'a base that is no name',
      'extends: [small]\n',
      'FILE: extends: expected the name of a preset or a file',
    ],
    ['a base that is missing', 'extends: ./nowhere.yaml\n', 'nowhere.yaml: no such file or folder'],
    ['itself as base', 'extends: ./circle.yaml\n', 'extend each other in a circle: '],
    ['an empty section', 'attack:\n', 'attack: expected a mapping, found nothing (FILE:1)'],
  ];
  it.each(files)('a file with %s', (name, text, what) => {
    const path = file(name.startsWith('itself') ? 'circle.yaml' : 'case.yaml', text);
    expect(refusal({ preset: path })).toContain(what.replaceAll('FILE', path));
  });

  it('names what cannot be read', () => {
    writeFileSync(join(folder, 'binary.yaml'), Buffer.from([0xff, 0xd8, 0xff]));
    const binary = join(folder, 'binary.yaml');
    expect(refusal({ preset: binary })).toBe(`cannot read ${binary}: it is not a text file in UTF-8`);
    const missing = join(folder, 'missing.yaml');
    expect(refusal({ preset: missing })).toBe(`cannot read ${missing}: no such file or folder`);
    expect(refusal({ preset: `${folder}/` })).toContain('it is a folder, not a file');
    expect(refusal({ preset: 'papre' })).toContain(
      `unknown preset 'papre'; did you mean paper? (presets: ${presetNames().join(', ')}; a file ends in .yaml)`,
    );
  });

  it('includes what other rooms find', () => {
    const message = refusal({
      preset: 'small',
      overrides: ['data.dataset=cifar-11'],
      checks: [({ data }) => [{ where: 'data.dataset', what: `no data set ${data.dataset}` }]],
    });
    expect(message).toContain('data.dataset: no data set cifar-11 (--set data.dataset=cifar-11)');
  });
});
