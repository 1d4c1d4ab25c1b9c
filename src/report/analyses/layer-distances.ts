/** Distances between sets of channel values over the layers of a network, a line a pair. */
import type { AffineDocument, GapDocument } from '../../analysis/index.ts';
import {
  type Figure,
  type FigureSubject,
  groupBy,
  html,
  lineChart,
  mean,
  type Panel,
  pairSeries,
  panelWidth,
  partsName,
  plural,
  type Series,
  seedsText,
  seriesOf,
} from '../../figures/index.ts';

interface LayerDistance {
  /** A panel each: 'mu'. */
  readonly quantity: string;
  /** A line each: 'adv-clean'. */
  readonly pair: string;
  readonly seed: string;
  readonly layer: string;
  readonly wasserstein: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** What was seen of batches: one figure for each branch. */
export function gapLayers({ id, label, documents }: FigureSubject<GapDocument>): Figure[] {
  const rows = documents.flatMap(({ seed, branches }) =>
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
  const [{ epsilon, batches, batchSize }] = documents;
  const groups = groupBy(rows, ({ through }) => through);
  return [...groups].map(([through, distances], at) => {
    const name = groups.size > 1 ? `${label}, AP ${through}` : label;
    return {
      id: at === 0 ? id : `${id}-${at + 1}`,
      title: `${name}: distance of batch statistics by layer`,
      caption: html`${name}: 1-Wasserstein distance between the statistics of two versions of the same images, by BN layer,
        ε\u00a0=\u00a0${epsilon}, ${plural(batches, 'batch', 'batches')} of ${batchSize}. clean-clean, the distance of two batches of different clean
        images, is the yardstick. ${seedsText(documents.length)}`,
      key: pairSeries
        .filter((pair) => distances.some((each) => each.pair === pair.name))
        .map(({ name, color, shape }) => ({ label: name, color, mark: shape })),
      panels: panelsOf(name, distances, pairSeries),
      data: distances.map((row) => ({ label, ...row })),
    };
  });
}

/** Of a network's own values: AP of one branch against another's, and running NS. @returns undefined for one of each. */
export function affineLayers({ id, label, documents }: FigureSubject<AffineDocument>): Figure | undefined {
  const rows = documents.flatMap(({ seed, distances }) =>
    distances.flatMap(({ quantity, branches, layers }) =>
      layers.map(({ layer, wasserstein, cosine }) => ({
        quantity,
        pair: branches.join('-'),
        seed: String(seed),
        layer,
        wasserstein,
        cosine,
      })),
    ),
  );
  if (rows.length === 0) return undefined;
  const series = seriesOf([...new Set(rows.map(({ pair }) => pair))]);
  return {
    id,
    title: `${label}: distance of AP and running NS by layer`,
    caption: html`${label}: 1-Wasserstein distance between the channels of two branches, by BN layer: gamma and beta of their AP,
      mu and sigma of their running NS. ${seedsText(documents.length)}`,
    key: series.map(({ name, color, shape }) => ({ label: name, color, mark: shape })),
    panels: panelsOf(label, rows, series),
    data: rows.map((row) => ({ label, ...row })),
  };
}

/** A panel a quantity; means over seeds, and the single ones thin. */
function panelsOf(label: string, rows: readonly LayerDistance[], series: readonly Series[]): Panel[] {
  const layers = [...new Set(rows.map(({ layer }) => layer))];
  const quantities = [...groupBy(rows, ({ quantity }) => quantity)];
  return quantities.map(([quantity, distances]) => {
    const groups = [...groupBy(distances, ({ pair, layer }) => `${pair} ${layer}`).values()];
    const means = groups.map((group) => ({
      series: group[0].pair,
      x: layers.indexOf(group[0].layer) + 1,
      y: mean(group.map(({ wasserstein }) => wasserstein)),
      low: group.length === 1 ? group[0].low : undefined,
      high: group.length === 1 ? group[0].high : undefined,
    }));
    const single = groups.flatMap((group) =>
      group.length > 1
        ? group.map(({ pair, layer, seed, wasserstein }) => ({
            series: pair,
            x: layers.indexOf(layer) + 1,
            y: wasserstein,
            seed: `${pair} ${seed}`,
          }))
        : [],
    );
    return {
      name: quantity,
      title: quantity,
      description: `Distance of ${quantity} of ${label} by layer`,
      chart: lineChart({
        rows: [...means, ...single],
        series,
        x: { title: 'BN layer', format: 'd', domain: [1, Math.max(2, layers.length)] },
        y: { title: 'Wasserstein distance', format: '.6~f' },
        width: panelWidth(quantities.length),
      }),
    };
  });
}
