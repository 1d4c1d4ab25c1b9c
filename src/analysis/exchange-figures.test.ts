import { beforeAll, describe, expect, test } from 'vitest';
import { drawFigure } from '../figures/index.ts';
import { analyze } from './analyze.ts';
import { channelsAnalysis } from './channels/index.ts';
import { analysisDocument } from './document.ts';
import { exchangeAnalysis } from './exchange/index.ts';
import { documented, tinyInput } from './testing/subject.ts';

const few = { attack: 'pgd-1', examples: 8, images: 8, statisticsBatch: 4 };
const created = '2026-01-31T00:00:00.000Z';
const subject = { id: 'x', label: 'dual-bn' };

let tiny: Awaited<ReturnType<typeof tinyInput>>;
beforeAll(async () => {
  tiny = await tinyInput();
});

describe('exchanges by layer', () => {
  test('become a figure for each kind of parameters, with its lines from nothing to all layers', async () => {
    const document = analysisDocument(
      await analyze(exchangeAnalysis, tiny.input, { ...few, parameters: ['gamma', 'both'], into: ['clean'] }),
      documented,
      created,
    );
    const figures = exchangeAnalysis.figures?.({ ...subject, documents: [document] }) ?? [];
    expect(figures.map((each) => each?.id)).toEqual(['x-gamma', 'x-both']);
    const [figure] = figures;
    if (!figure) throw new Error('no figure');
    expect(figure.panels.map(({ name }) => name)).toEqual(['clean-robust', 'clean-clean']);
    const layers = document.result.layers.length;
    const robust = figure.data.filter(({ measure }) => measure === 'pgd-1');
    const places = (line: string) =>
      robust.flatMap(({ exchanged, position }) => (exchanged === line ? Number(position) : []));
    expect(places('prefix').sort((a, b) => a - b)).toEqual(Array.from({ length: layers + 1 }, (_, k) => k));
    expect(places('suffix').sort((a, b) => a - b)).toEqual(
      Array.from({ length: layers + 1 }, (_, k) => k + 1),
    );
    expect(places('one')).toHaveLength(layers);
    expect((await drawFigure(figure)).panels).toHaveLength(2);
  });
});

describe('exchanges of channels', () => {
  test('become lines of each order over shares of channels, thin ones for single draws', async () => {
    const document = analysisDocument(
      await analyze(channelsAnalysis, tiny.input, { ...few, shares: ['1/4'], draws: 2, into: ['robust'] }),
      documented,
      created,
    );
    const [figure] = channelsAnalysis.figures?.({ ...subject, documents: [document] }) ?? [];
    if (!figure) throw new Error('no figure');
    expect(figure.key.map(({ label }) => label)).toEqual([
      ...['largest attribution', 'drawn of all', 'as many of each layer, drawn'],
    ]);
    const robust = figure.data.filter(({ measure }) => measure === 'pgd-1');
    expect(robust.filter(({ exchanged }) => exchanged === 'top').map(({ share }) => share)).toEqual([
      ...['0', '1/4', '1'],
    ]);
    expect(robust.filter(({ exchanged, share }) => exchanged === 'random' && share === '1/4')).toHaveLength(
      2,
    );
    expect((await drawFigure(figure)).panels).toHaveLength(2);
  });
});
