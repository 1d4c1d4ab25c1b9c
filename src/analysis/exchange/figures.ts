/** In reports: accuracies by the layer up to which, from which, or of which alone AP are exchanged. */
import { type Figure, type FigureSubject, html, plural, seedsText } from '../../figures/index.ts';
import { directionName, shortDirection } from '../exchange-effects.ts';
import {
  type ExchangePoint,
  exchangeData,
  exchangePanels,
  exchangeSeries,
  pointAccuracy,
} from '../exchange-figures.ts';
import type { ExchangeDocument, ExchangeRow } from './document.ts';
import type { LayerSet } from './exchange.ts';

const lineTexts: Readonly<Record<LayerSet, string>> = {
  prefix: 'layers 1 to k',
  suffix: 'layers k to the last',
  one: 'layer k alone',
};
const lines = exchangeSeries(['prefix', 'suffix', 'one']);

/** Where rows stand on the axis of k, and in which lines: what is exchanged of nothing and of all layers ends two of them. */
function placesOf({ which, count }: ExchangeRow, layers: number): { series: string; x: number }[] {
  switch (which) {
    case 'none':
      return [
        { series: 'prefix', x: 0 },
        { series: 'suffix', x: layers + 1 },
      ];
    case 'all':
      return [
        { series: 'prefix', x: layers },
        { series: 'suffix', x: 1 },
      ];
    case 'prefix':
      return [{ series: 'prefix', x: count }];
    case 'suffix':
      return [{ series: 'suffix', x: layers - count + 1 }];
    case 'one':
      return [];
  }
}

/** A figure for each kind of parameters. */
export function exchangeFigures({ id, label, documents }: FigureSubject<ExchangeDocument>): Figure[] {
  const [first] = documents;
  const { attack, epsilon, parameters, which } = first.request;
  const { examples, estimation, directions, layers } = first.result;
  return parameters.map((kind): Figure => {
    const points = documents.flatMap(({ subject, result }) =>
      result.rows
        .filter((row) => row.parameters === undefined || row.parameters === kind)
        .flatMap((row) => {
          const alone =
            row.which === 'one' ? [{ series: 'one', x: layers.indexOf(row.layer ?? '') + 1 }] : [];
          return [...placesOf(row, layers.length), ...alone]
            .filter(({ series }) => which.some((each) => each === series))
            .map(
              (place): ExchangePoint => ({
                ...{ into: row.into, ...place, seed: String(subject.seed) },
                ...pointAccuracy(row, attack),
              }),
            );
        }),
    );
    const shown = lines.filter(({ name }) => which.some((each) => each === name));
    return {
      id: `${id}-${kind}`,
      title: `${label}: ${kind === 'both' ? 'gamma and beta' : kind} of some layers exchanged`,
      caption: html`${label}: ${kind === 'both' ? 'gamma and beta' : kind} of some layers put into the other branch.
        ${directions.map(directionName).join('; ')}. ${plural(layers.length, 'layer')}, the first is ${layers[0]}, the last
        ${layers[layers.length - 1]}; lines end where nothing is exchanged and where all are. ${plural(examples, 'test image')}, ε\u00a0=\u00a0${epsilon.text}${estimation && `, each estimate of NS of ${plural(estimation.images, 'training image')}`}.
        ${seedsText(documents.length)}`,
      key: shown.map(({ name, color, shape }) => ({ label: lineTexts[name], color, mark: shape })),
      panels: exchangePanels({
        ...{ label, attack, points, series: shown },
        x: { title: 'k', format: 'd', domain: [0, layers.length + 1] },
        of: (into) => shortDirection(directions, into),
      }),
      data: exchangeData(label, attack, points),
    };
  });
}
