import { beforeAll, describe, expect, test } from 'vitest';
import { namedAttack } from '../../attacks/index.ts';
import { tinyExamples } from '../../attacks/testing/tiny.ts';
import { createReferenceEngine } from '../../engines/index.ts';
import { gridOf, initialValue, makeNetwork } from '../../nn/index.ts';
import { uniforms } from '../../random/index.ts';
import { type ApExchangeOptions, apExchange } from '../ap-exchange.ts';
import { counterparts, placeOf } from '../branches.ts';
import type { AnalysisProgress } from '../definition.ts';
import { reestimate } from '../reestimate/reestimate.ts';
import { type Subject, tinySubject } from '../testing/subject.ts';
import { exchange, layerExchanges } from './exchange.ts';

const settings = { attacks: ['pgd-2'], epsilon: 8 / 255, seed: 5 };
const estimation = {
  training: tinyExamples(10),
  batchSize: 5,
  attack: namedAttack('pgd-1', settings.epsilon),
};

let subject: Subject;
let options: ApExchangeOptions;
beforeAll(async () => {
  subject = await tinySubject();
  options = { ...subject, ...settings, estimation };
});

interface Evaluated {
  readonly evaluation: { readonly cells: readonly { readonly clean: Uint8Array; readonly robust: object }[] };
}
const flagsOf = ({ evaluation }: Evaluated) => {
  const [{ clean, robust }] = evaluation.cells;
  return { clean, robust };
};

test('goes through single layers, the first and the last ones, each set of layers between none and all', () => {
  const rows = layerExchanges(3, {
    which: ['suffix', 'one', 'prefix'],
    parameters: ['both'],
    positions: [1, 2, 3],
  });
  expect(rows.map(({ which, layer = '', count }) => `${which}${layer}:${count}`)).toEqual([
    ...['none:0', 'one1:1', 'one2:1', 'one3:1', 'prefix1:1', 'prefix2:2', 'suffix2:2', 'suffix3:1', 'all:3'],
  ]);
});

test('of chosen layers goes through these alone', () => {
  const asked = { which: ['one', 'suffix'], parameters: ['beta', 'gamma'], positions: [3] } as const;
  expect(layerExchanges(9, asked)).toEqual([
    { which: 'none', count: 0 },
    ...(['gamma', 'beta'] as const).flatMap((parameters) => [
      { which: 'one', parameters, layer: 3, count: 1 },
      { which: 'suffix', parameters, layer: 3, count: 7 },
      { which: 'all', parameters, count: 9 },
    ]),
  ]);
});

describe('evaluates', () => {
  test('at the ends the two AP, each with NS of clean images through it, and moves nothing', async () => {
    const before = subject.values();
    const [none, all] = await exchange([apExchange(options, 'clean')], {
      which: ['prefix'],
      parameters: ['both'],
      positions: [],
    });
    const { reestimated } = await reestimate({ ...options, estimation, sources: ['clean'] });
    expect([none, all].map(flagsOf)).toEqual(reestimated.map(flagsOf));
    expect(subject.values()).toEqual(before);
  });

  test('the network in which the chosen values are the donor’s', async () => {
    const layers = apExchange(options, 'clean').layers.map(({ layer }) => layer);
    const found = await exchange([apExchange(options, 'clean')], {
      which: ['one', 'suffix'],
      parameters: ['gamma'],
      positions: [2],
    });
    const takes = { one: layers.slice(1, 2), suffix: layers.slice(1) };
    for (const which of ['one', 'suffix'] as const) {
      const other = await tinySubject();
      for (const { start, end } of counterparts(other.network, 'affine', 'clean', 'adv')) {
        const { layer, what } = placeOf(start);
        if (what === 'weight' && takes[which].includes(layer))
          other.engine.write(start, other.engine.read(end));
      }
      const { reestimated } = await reestimate({ ...options, ...other, estimation, sources: ['clean'] });
      const row = found.find((each) => each.which === which);
      expect(row && flagsOf(row)).toEqual(flagsOf(reestimated[0]));
    }
  });

  test('into the robust cell with NS of adversarial images, and tells how far it is', async () => {
    const done: number[] = [];
    const onProgress = (progress: AnalysisProgress) => done.push(progress.done / progress.total);
    const into = apExchange(options, 'robust');
    expect(into.direction).toEqual({
      into: 'robust',
      receiver: { statistics: 'adv', affine: 'adv' },
      donor: { affine: 'clean' },
      source: 'adv',
    });
    await exchange([into], {
      ...{ which: ['one', 'prefix', 'suffix'], parameters: ['beta', 'both'], positions: [1, 2], onProgress },
    });
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(1);
  });
});

describe.each([
  ['one NS', { sets: { statistics: ['shared'], affine: ['clean', 'adv'] } }, 'mixed'],
  [
    'no NS',
    {
      sets: { statistics: ['shared'], affine: ['clean', 'adv'] },
      normalization: { kind: 'layer', affine: true, sandwich: false },
    },
    undefined,
  ],
] as const)('a network of two AP and %s', (_, made, source) => {
  test('exchanges them all the same', async () => {
    const engine = createReferenceEngine();
    const images = { channels: 1, height: 4, width: 4 };
    const network = makeNetwork('resnet8', { images, classes: 3, width: 2, ...made });
    for (const [at, variable] of network.variables.entries()) {
      const values = initialValue(variable, 1);
      uniforms({ seed: 8, purpose: 'noise', example: at }, values, 0.1, 1);
      engine.write(variable, values);
    }
    const [clean, robust] = gridOf(network);
    const asked = { ...options, engine, network, evaluationCells: { clean, robust } };
    const into = apExchange(asked, 'clean');
    expect(into.direction.source).toBe(source);
    expect(into.estimation === undefined).toBe(source === undefined);
    const nothing = exchange([into], { which: [], parameters: ['both'], positions: [] });
    await expect(nothing).rejects.toThrow('exchange needs layers');
    const found = await exchange([into], { which: ['one'], parameters: ['both'], positions: [1] });
    expect(found.map(({ which }) => which)).toEqual(['none', 'one', 'all']);
  });
});

test.each([
  [
    'a network whose cells have the same AP',
    {
      evaluationCells: {
        clean: { statistics: 'clean', affine: 'adv' },
        robust: { statistics: 'adv', affine: 'adv' },
      },
    },
    /nothing to exchange: .* through the same AP \(clean, adv\); analyze a network of two AP/,
  ],
  ['no images to re-estimate from', { estimation: undefined }, /none were given/],
])('%s is refused', (_, change, message) => {
  expect(() => apExchange({ ...options, ...change }, 'clean')).toThrow(message);
});
