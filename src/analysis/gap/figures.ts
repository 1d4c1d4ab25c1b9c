/** The domain gap in reports: distances by layer and averaged, and the statistics of one layer's channels. */
import {
  type Block,
  type Figure,
  type FigureSubject,
  groupBy,
  html,
  pairSeries,
  partsName,
  plural,
  seedsText,
} from '../../figures/index.ts';
import { channelFigure, distanceTable, layerPanels } from '../distance-figures.ts';
import type { GapDocument } from './document.ts';

/** What was seen of batches: one figure for each branch. */
export function gapLayers({ id, label, documents }: FigureSubject<GapDocument>): Figure[] {
  const rows = documents.flatMap(({ subject: { seed }, result: { branches } }) =>
    branches.flatMap((branch) =>
      branch.distances.flatMap(({ pair, statistic, layers }) =>
        layers.map(({ layer, wasserstein }) => ({
          through: partsName(branch),
          quantity: statistic,
          pair,
          seed: String(seed),
          layer,
          wasserstein: wasserstein.value,
          low: wasserstein.interval[0],
          high: wasserstein.interval[1],
        })),
      ),
    ),
  );
  const { epsilon, batches, statisticsBatch } = documents[0].request;
  const groups = groupBy(rows, ({ through }) => through);
  return [...groups].map(([through, distances], at) => {
    const name = groups.size > 1 ? `${label}, AP ${through}` : label;
    return {
      id: at === 0 ? id : `${id}-${at + 1}`,
      title: `${name}: distance of batch statistics by layer`,
      caption: html`${name}: 1-Wasserstein distance between the statistics of two versions of the same images, by BN layer,
        ε\u00a0=\u00a0${epsilon.text}, ${plural(batches, 'batch', 'batches')} of ${statisticsBatch}. clean-clean, the distance of two batches of different clean
        images, is the yardstick. ${seedsText(documents.length)}`,
      key: pairSeries
        .filter((pair) => distances.some((each) => each.pair === pair.name))
        .map(({ name, color, shape }) => ({ label: name, color, mark: shape })),
      panels: layerPanels(name, distances, pairSeries),
      data: distances.map((row) => ({ label, ...row })),
    };
  });
}

/** The first seed's, in the layer halfway through the network. @returns undefined where there are no channels. */
export function gapChannels({ id, label, documents }: FigureSubject<GapDocument>): Figure | undefined {
  const branch = documents[0].result.branches.at(-1);
  if (!branch) return undefined;
  const layers = branch.channels.map(({ layer, mu, sigma }) => ({ layer, quantities: { mu, sigma } }));
  const name = `${label}, AP ${partsName(branch)}`;
  return channelFigure(id, name, layers, 'NS of one batch of clean, adversarial and noisy images');
}

export function gapTable(subject: FigureSubject<GapDocument>): Block[] {
  return distanceTable(
    subject,
    subject.documents.flatMap(({ subject: { seed }, result: { branches } }) =>
      branches.flatMap((branch) =>
        branch.distances.map(({ pair, statistic, average }) => ({
          through: partsName(branch),
          quantity: statistic,
          pair,
          seed: seed ?? 0,
          distance: average.distance.value,
          wasserstein: average.wasserstein.value,
          cosine: average.cosine.value,
          low: average.wasserstein.interval[0],
          high: average.wasserstein.interval[1],
        })),
      ),
    ),
  );
}
