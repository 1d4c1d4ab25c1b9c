import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { resolveConfiguration } from './resolve.ts';

const folder = mkdtempSync(join(tmpdir(), 'dualbn-effects-'));

/** The problems of overrides typed over a preset. */
function refusal(...overrides: string[]): string {
  try {
    resolveConfiguration({ preset: 'small', overrides });
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'accepted';
}

const mine =
  'regime={name: mine, definition: {sources: {clean: {kind: clean}, adv: {kind: attack, cell: {}}}, passes: {clean: {statistics: {batch: [clean]}}, adv: {statistics: {batch: [adv]}}}, statisticsUpdates: [{branch: shared, from: [clean]}], terms: [{weight: 1, loss: ce, pass: clean}]}}';

describe('a key that is typed where it does nothing is refused, with the reason', () => {
  test.each([
    [
      'regime.name=standard',
      'attack.steps=3',
      'attack.steps: expected none, because standard has no attack, found 3',
    ],
    [
      'regime.name=standard',
      'attack.start.kind=none',
      'attack.start: expected none, because standard has no attack',
    ],
    [
      'regime.name=standard',
      'attack={loss: margin}',
      'attack.loss: expected none, because standard has no attack',
    ],
    ['evaluation.epsilon=0.1', 'attack.epsilon=0.1', 'accepted'],
    [
      'regime.name=madry',
      'regime.alpha=0.5',
      'regime.alpha: expected none, because no term of madry weighs by it, found 0.5',
    ],
    ['attack.steps=0', 'attack.stepSize=0.1', 'attack.stepSize: expected none, because attack.steps is 0'],
    ['regime.name=trades', 'attack.loss=ce', 'increases kl by definition, found'],
    [
      'regime.name=sandwich-dual-bn',
      'network.normalization.sandwich=false',
      'because sandwich-dual-bn decides it, found false',
    ],
    [
      'regime.name=dual-ap-gn',
      'network.normalization.kind=batch',
      "because dual-ap-gn decides it, found 'batch'",
    ],
    ['regime.name=hybrid-noise', 'attack.epsilon=0.1', 'accepted'],
    [
      'network.normalization.kind=group',
      'network.normalization.momentum=0.5',
      'network.normalization.momentum: expected none, because group normalization has no running NS, found 0.5',
    ],
    [
      'regime={name: bn-on-clean-copied}',
      'network.normalization.momentum=0.5',
      'because bn-on-clean-copied updates no running NS, found 0.5',
    ],
    ['optimizer.momentum=0', 'optimizer.nesterov=true', 'because optimizer.momentum is 0, found true'],
    [
      'regime.name=dual-bn',
      'optimizer.weightDecay.adapter=0',
      'because dual-bn trains no variable of that role, found 0',
    ],
    [
      'regime={name: bn-on-clean}',
      'optimizer.weightDecay={weight: 1}',
      'optimizer.weightDecay.weight: expected none',
    ],
    [
      'regime={name: bn-on-clean}',
      'regime.awp={}',
      'regime.awp: expected none, because bn-on-clean trains nothing that AWP perturbs',
    ],
    [
      'data.validationExamples=0',
      'validation.attack=pgd-2',
      'validation.attack: expected none, because data.validationExamples is 0',
    ],
    [
      'seed=0',
      'analysis.gapBatchSize=8',
      'analysis.gapBatchSize: expected none, because analysis.gapEverySteps is 0, found 8',
    ],
    ['engine.name=reference', 'engine.convolution=direct', 'engine.convolution: expected none'],
    [mine, 'regime.definition.beta=2', 'regime.definition.beta: expected none, because no term weighs by it'],
    [mine, 'regime.definition.network.adapters=serial', 'because regime.definition.sets has no adapters'],
    [
      mine,
      'regime.definition.frozen=[{role: adapter}]',
      'regime.definition.frozen.0: expected none, because the regime has no adapters',
    ],
    [
      mine,
      'regime.definition.sources.adv.reference={}',
      'because attack.loss is ce, which compares with nothing',
    ],
  ])('%s %s', (beside, override, expected) => {
    const more = [
      ...(beside.includes('bn-on-clean') ? ['init.run=runs/madry'] : []),
      ...(beside.startsWith('data.validation') ? ['checkpoint.best=none'] : []),
    ];
    expect(refusal(beside, ...more, override)).toContain(expected);
  });
});

describe('a key of a file that does nothing', () => {
  test('is pointed out, a line for each reason', () => {
    const { notes } = resolveConfiguration({ preset: 'small', overrides: ['regime.name=standard'] });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(
      /^without effect, because standard has no attack: attack\.steps \(.*small\.yaml:\d+\), attack\.stepSize \(/,
    );
    expect(resolveConfiguration({ preset: 'small' }).notes).toEqual([]);
  });

  test.each([
    ['[2, 4]', 'milestone 4 is not below epochs (4)'],
    ['[4, 5]', 'no milestone is below epochs (4)'],
  ])('so are milestones %s past the end, typed or not', (milestones, because) => {
    const schedule = `schedule={kind: piecewise, milestones: ${milestones}, factors: [0.1, 0.01]}`;
    const { notes } = resolveConfiguration({ preset: 'small', overrides: ['epochs=4', schedule] });
    expect(notes).toEqual([expect.stringContaining(`because ${because}: schedule.milestones`)]);
  });

  test('is no matter in a run that is there already', () => {
    const path = join(folder, 'configuration.yaml');
    writeFileSync(path, 'extends: small\nregime: { name: standard }\n');
    expect(resolveConfiguration({ preset: path, isStored: true }).notes).toEqual([]);
  });

  test('is no error among what a program sets alike for many runs', () => {
    const assumed = ['attack.steps=4', 'regime.name=standard', 'start={run: runs/madry}'];
    const { configuration, overrides } = resolveConfiguration({
      preset: 'small',
      assumed,
      overrides: ['seed=3'],
    });
    expect(configuration).toMatchObject({ attack: { steps: 4 }, init: { run: 'runs/madry' }, seed: 3 });
    expect(overrides).toEqual([...assumed, 'seed=3']);
  });

  test('has an effect where another thing asks for it', () => {
    const overrides = ['regime.name=standard', 'analysis.gapEverySteps=5', 'attack.steps=4'];
    expect(resolveConfiguration({ preset: 'small', overrides }).notes).toEqual([]);
  });
});
