import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { analyses } from './analysis-table.ts';
import { analyze, requestOf } from './analyze.ts';
import { type AnyAnalysis, defineAnalysis } from './definition.ts';
import { analysisDocument, analysisDocumentSchema, epsilonOf } from './document.ts';
import { attackOptions, completeOptions, exampleOptions, fewExampleOptions } from './options.ts';
import { documented, tinyInput } from './testing/subject.ts';

let tiny: Awaited<ReturnType<typeof tinyInput>>;
beforeAll(async () => {
  tiny = await tinyInput();
});

const created = '2026-01-31T00:00:00.000Z';
/** Small enough for ten images. */
const few: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  reestimate: { attack: 'pgd-1', images: 8, statisticsBatch: 4, sources: ['clean', 'adv'] },
  interpolate: { attack: 'pgd-1', images: 8, statisticsBatch: 4, ts: [1, 0] },
  curve: { attack: 'pgd-1', epsilons: ['2/255', 0.1] },
  transfer: { attack: 'pgd-1', examples: 4 },
  gap: { attack: 'pgd-1', batches: 2, statisticsBatch: 4 },
  affine: {},
  exchange: { attack: 'pgd-1', examples: 8, images: 8, statisticsBatch: 4, layers: ['bn1'] },
  channels: { attack: 'pgd-1', examples: 8, images: 8, statisticsBatch: 4, shares: ['1/2', '1/4'], draws: 2 },
  'ns-error': { attack: 'pgd-1', images: 8, statisticsBatch: 4, examples: 4 },
  shift: { attack: 'pgd-1', batches: 2, statisticsBatch: 4, universalSteps: 3 },
  displace: { attack: 'pgd-1', examples: 4, images: 8, statisticsBatch: 4, multiples: [2, 1], draws: 2 },
  gauge: { attack: 'pgd-1', examples: 4 },
};

describe.each(analyses.map((each): [string, AnyAnalysis] => [each.name, each]))('%s', (name, definition) => {
  test('of data in memory moves nothing, and its document keeps its contract through JSON', async () => {
    const before = tiny.values();
    const analyzed = await analyze(definition, tiny.input, few[name]);
    expect(tiny.values()).toEqual(before);
    const document = analysisDocument(analyzed, documented, created);
    const read = analysisDocumentSchema().parse(JSON.parse(JSON.stringify(document)));
    expect(read).toEqual(document);
    expect(definition.tables(read)).toEqual(definition.tables(document));
    expect(definition.tables(read).every(({ rows }) => rows.length > 0)).toBe(true);
  });

  test('its request is complete, and asking for it again gives the same', async () => {
    const first = await analyze(definition, tiny.input, few[name]);
    const { analysis, evaluationCells, attackOptions: _, ...options } = first.request;
    expect({ analysis, evaluationCells }).toEqual({
      analysis: name,
      evaluationCells: tiny.input.evaluationCells,
    });
    const recorded = Object.keys(definition.options.shape).filter((key) => key !== 'batchSize');
    expect(Object.keys(options).sort()).toEqual(recorded.sort());
    expect(await analyze(definition, tiny.input, options)).toEqual(first);
    expect(requestOf(definition, completeOptions(definition, few[name]), tiny.input)).toEqual(first.request);
  });

  test('options that it does not have are refused, with those that it has', async () => {
    const asked = analyze(definition, tiny.input, { ...few[name], colour: 'red' });
    await expect(asked).rejects.toThrow(InputError);
    await expect(asked).rejects.toThrow(new RegExp(`${name} has no option colour: it has`));
  });
});

test('an attack is recorded in full, with its bound as written and as a number', async () => {
  const [, , curve] = analyses;
  const { request } = await analyze(curve, tiny.input, few.curve);
  expect(request).toMatchObject({
    attack: 'pgd-1',
    epsilons: [{ text: '2/255' }, { text: '0.1', value: 0.1 }],
  });
  expect(request.attackOptions).toMatchObject([
    { name: 'pgd', norm: 'linf', steps: 1, epsilon: 2 / 255 },
    { name: 'pgd', stepSize: 0.1 / 4, epsilon: 0.1 },
  ]);
  expect(request).toMatchObject({ cells: ['clean/clean', 'adv/adv'] });
  expect(
    epsilonOf(analysisDocument(await analyze(curve, tiny.input, few.curve), documented, created)),
  ).toBeUndefined();
});

test('a curve is of the cells that are named, each once', async () => {
  const [, , curve] = analyses;
  const cells = ['adv/clean', 'clean/clean'];
  const { request, result } = await analyze(curve, tiny.input, { ...few.curve, cells });
  expect(request).toMatchObject({ cells });
  expect(result).toMatchObject({
    points: [0, 1].flatMap(() => cells.map((cell) => ({ statistics: cell.split('/')[0], affine: 'clean' }))),
  });
  const refused = (wrong: string[]) => expect(analyze(curve, tiny.input, { ...few.curve, cells: wrong }));
  await refused(['adv/noise']).rejects.toThrow("the network has no cell 'adv/noise'");
  await refused(['adv/adv', 'adv/adv']).rejects.toThrow('expected a list of cells, each once');
});

describe('an analysis of one’s own', () => {
  const mean = defineAnalysis({
    name: 'mean',
    summary: 'the mean of the test images',
    heading: 'Mean',
    options: z.strictObject({
      ...attackOptions,
      ...exampleOptions,
      powers: z.array(z.int().min(1)).default([1]).meta({ description: 'of the mean' }),
      squared: z.boolean().default(false).meta({ description: 'the square of it' }),
    }),
    result: z.object({ means: z.array(z.number()) }),
    run: ({ test: { images } }, { powers, squared }) => {
      const value = images.reduce((sum, pixel) => sum + pixel / 255, 0) / images.length;
      return { means: powers.map((power) => value ** (squared ? 2 * power : power)) };
    },
    tables: ({ request: { powers }, result: { means } }) => [
      {
        title: 'Means',
        columns: [{ title: 'power', align: 'left' }],
        rows: means.map((value, at) => [`${powers[at]}: ${value.toFixed(3)}`]),
      },
    ],
  });

  test('has its options, defaults, request, document and tables from its definition', async () => {
    const { training: _, ...input } = tiny.input;
    const analyzed = await analyze(mean, input, { powers: [1, 2] });
    expect(analyzed.request).toMatchObject({
      analysis: 'mean',
      powers: [1, 2],
      squared: false,
      examples: 10,
    });
    expect(analyzed.request).toMatchObject({
      epsilon: { text: '8/255' },
      attackOptions: [{ name: 'pgd', steps: 10 }],
    });
    expect(analyzed.request).not.toHaveProperty('batchSize');
    const document = analysisDocument(analyzed, documented, created);
    const json = JSON.parse(JSON.stringify(document));
    expect(analysisDocumentSchema([mean]).parse(json)).toEqual(document);
    expect(mean.tables(document)[0].rows).toHaveLength(2);
  });

  test('takes from a run’s configuration what says so, and no more', () => {
    const defaults = { examples: 'all', powers: [3] };
    expect(completeOptions(mean, {}, { defaults })).toMatchObject({ examples: 'all', powers: [1] });
    const few = { ...mean, options: z.strictObject(fewExampleOptions) };
    expect(completeOptions(few, {}, { defaults })).toMatchObject({ examples: 500 });
  });

  test('is not known to those who lack its definition, and told by its name', async () => {
    const document = analysisDocument(await analyze(mean, tiny.input, {}), documented, created);
    const { error } = analysisDocumentSchema().safeParse(document);
    expect(error?.issues[0].message).toContain("the analysis 'mean' is not known here");
  });
});

test('what is no document of an analysis is refused with what to do', () => {
  const refused = (value: unknown) => analysisDocumentSchema().safeParse(value).error?.issues[0].message;
  expect(refused({ analysis: 'gap', run: 'x' })).toContain(
    'older version of this program: analyze the run again',
  );
  expect(refused({ document: 'evaluation', version: 2 })).toContain('no document of an analysis');
  expect(refused([])).toContain('no document of an analysis');
});

test.each([
  [{ attack: 'pdg-10' }, /there is no attack 'pdg-10'/],
  [{ epsilon: 8 }, /epsilon: .* did you mean 8\/255\?/],
  [{ epsilon: 'wide' }, /epsilon: expected a size such as 8\/255/],
  [{ images: 1 }, /images: expected a whole number of at least 2, found 1/],
  [{ images: 'many' }, /images: expected a whole number of at least 2, found 'many'/],
  [{ sources: ['clean', 'snow'] }, /sources: expected one of clean, adv, noise, mixed, target, found 'snow'/],
  [{ sources: [] }, /sources: /],
  [{ images: 1, examples: 0 }, /cannot be used:\n {2}.*\n {2}/],
  [{ examples: 11 }, /11 images were asked for; the test set of toy has 10/],
  [{ images: 13 }, /13 training images .* trained on 12/],
])('options %j are refused', async (options, message) => {
  const [reestimate] = analyses;
  const asked = analyze(
    reestimate,
    tiny.input,
    Object.fromEntries(Object.entries({ images: 8, ...options })),
  );
  await expect(asked).rejects.toThrow(InputError);
  await expect(asked).rejects.toThrow(message);
});

test('an L2 bound may be larger than one', async () => {
  const [, , , transfer] = analyses;
  const { request } = await analyze(transfer, tiny.input, { attack: 'pgd-1-l2', epsilon: 1.5, examples: 2 });
  expect(request).toMatchObject({ attackOptions: [{ norm: 'l2' }], epsilon: { text: '1.5' }, examples: 2 });
});

test('training images that are not given are missed by the analyses that need them alone', async () => {
  const { training: _, ...input } = tiny.input;
  const [reestimate, , curve] = analyses;
  await expect(analyze(reestimate, input, {})).rejects.toThrow('reestimate needs training images');
  await expect(analyze(curve, input, few.curve)).resolves.toBeDefined();
});
