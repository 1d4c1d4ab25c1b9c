/** Bar charts of the values of one layer's channels: NS of versions of the images, AP of branches. */
import type { AffineDocument, GapDocument } from '../../analysis/index.ts';
import {
  bars,
  type Figure,
  type FigureSubject,
  html,
  type KeyEntry,
  type Panel,
  paint,
  partsName,
  type Series,
  seriesOf,
} from '../../figures/index.ts';

/** Wider layers show their first ones: more bars than that are no longer bars on a phone. */
const most = 16;

const fixed: readonly Series[] = [
  { name: 'clean', color: paint('clean'), shape: 'circle' },
  { name: 'adv', color: paint('adv'), shape: 'square' },
  { name: 'noise', color: paint('noise'), shape: 'triangle' },
];

type Sets = Readonly<Record<string, readonly number[]>>;

interface Layer {
  readonly layer: string;
  /** mu, sigma, gamma or beta, by version or branch. */
  readonly quantities: Readonly<Record<string, Sets>>;
}

/** The first seed's, in the layer halfway through the network. @returns undefined where there are no channels. */
export function gapChannels({ id, label, documents }: FigureSubject<GapDocument>): Figure | undefined {
  const branch = documents[0].branches.at(-1);
  if (!branch) return undefined;
  const layers = branch.channels.map(({ layer, mu, sigma }) => ({ layer, quantities: { mu, sigma } }));
  const name = `${label}, AP ${partsName(branch)}`;
  return channelFigure(id, name, layers, 'NS of one batch of clean, adversarial and noisy images');
}

export function affineChannels({ id, label, documents }: FigureSubject<AffineDocument>): Figure | undefined {
  const layers = documents[0].channels.map(({ layer, gamma, beta }) => ({
    layer,
    quantities: { gamma, beta },
  }));
  if (layers.every(({ quantities }) => Object.keys(quantities.gamma).length < 2)) return undefined;
  return channelFigure(id, label, layers, 'AP of the branches');
}

function channelFigure(
  id: string,
  label: string,
  layers: readonly Layer[],
  what: string,
): Figure | undefined {
  const shown = layers[Math.floor(layers.length / 2)];
  if (!shown) return undefined;
  const names = [...new Set(Object.values(shown.quantities).flatMap(Object.keys))].filter(
    (name) => name !== 'clean-2',
  );
  const known = fixed.filter(({ name }) => names.includes(name));
  const series = known.length === names.length ? known : seriesOf(names);
  const channels = Math.max(
    ...Object.values(shown.quantities).flatMap((sets) => Object.values(sets).map(({ length }) => length)),
  );
  const panels = Object.entries(shown.quantities).map(
    ([quantity, sets]): Panel => ({
      name: quantity,
      title: quantity,
      description: `${quantity} of the channels of ${shown.layer} of ${label}: ${names.join(', ')}`,
      chart: bars({
        rows: names.flatMap((name) =>
          (sets[name] ?? []).slice(0, most).map((value, channel) => ({ channel, series: name, value })),
        ),
        series,
        title: quantity,
      }),
    }),
  );
  return {
    id,
    title: `${label}: ${what}, layer ${shown.layer}`,
    caption: html`${label}: ${what}, in the layer halfway through the network (${shown.layer})${channels > most && `, the first ${most} of its ${channels} channels; the data has all`}.`,
    key: series.map(({ name, color }): KeyEntry => ({ label: name, color, mark: 'bar' })),
    panels,
    data: Object.entries(shown.quantities).flatMap(([quantity, sets]) =>
      Object.entries(sets).flatMap(([name, values]) =>
        values.map((value, channel) => ({ label, layer: shown.layer, quantity, of: name, channel, value })),
      ),
    ),
  };
}
