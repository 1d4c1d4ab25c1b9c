/** y = a x + b in reports: the shares by layer, and the four combinations of a and b as heat maps. */
import {
  attackName,
  type Figure,
  type FigureSubject,
  groupBy,
  heatMap,
  heatTop,
  html,
  lineChart,
  mean,
  meanAccuracy,
  type Panel,
  panelWidth,
  percent,
  plural,
  seedsText,
  seriesOf,
} from '../../figures/index.ts';
import { cellLabel } from '../../nn/index.ts';
import { type Shares, shareNames } from './decomposition.ts';
import type { GaugeDocument } from './document.ts';

const shareLabels: Readonly<Record<keyof Shares, string>> = {
  gammaShare: 'gamma',
  sigmaShare: 'sigma',
  bGammaShare: 'gamma',
  bBetaShare: 'beta',
  bMuShare: 'mu',
  bSigmaShare: 'sigma',
};
const wholes = { 'log|a|': ['gammaShare', 'sigmaShare'], b: shareNames.slice(2) } as const;
const parameters = seriesOf(['gamma', 'sigma', 'beta', 'mu']);

export function gaugeShares({ id, label, documents }: FigureSubject<GaugeDocument>): Figure | undefined {
  const rows = documents.flatMap(({ subject: { seed }, result: { layers } }) =>
    layers.flatMap((each, at) =>
      Object.entries(wholes).flatMap(([whole, names]) =>
        names.flatMap((name) => {
          const value = each[name];
          const of = { whole, parameter: shareLabels[name], seed: String(seed), layer: each.layer, at };
          return value === null ? [] : [{ ...of, share: value }];
        }),
      ),
    ),
  );
  if (rows.length === 0) return undefined;
  const [{ from, to, layers }] = documents.map(({ result }) => result);
  const panels = [...groupBy(rows, ({ whole }) => whole)].map(([whole, group], place, all): Panel => {
    const means = [...groupBy(group, ({ parameter, at }) => `${parameter} ${at}`).values()].map((one) => ({
      series: one[0].parameter,
      x: one[0].at + 1,
      y: mean(one.map(({ share }) => share)),
    }));
    const single = documents.length > 1 ? group : [];
    return {
      name: place === 0 ? 'a' : 'b',
      title: `Shares of the change of ${whole}`,
      description: `Shares of the parameters in the change of ${whole} of ${label}, by layer`,
      chart: lineChart({
        rows: [
          ...means,
          ...single.map(({ parameter, at, seed, share }) => ({
            series: parameter,
            x: at + 1,
            y: share,
            seed: `${parameter} ${seed}`,
          })),
        ],
        series: parameters,
        x: { title: 'BN layer', format: 'd', domain: [1, Math.max(2, layers.length)] },
        y: { title: 'share', format: '.6~f' },
        width: panelWidth(all.length),
      }),
    };
  });
  return {
    id,
    title: `${label}: what a and b of y = a x + b change by`,
    caption: html`${label}: normalization at test time is y = a x + b with a = γ/σ and b = β − γμ/σ. Shares of the parameters in the change of
      log|a| and of b over channels, from ${cellLabel(from)} to ${cellLabel(to)}, by BN layer; those of one layer sum to 1. ${seedsText(documents.length)}`,
    key: parameters.map(({ name, color, shape }) => ({ label: name, color, mark: shape })),
    panels,
    data: rows.map(({ at: _, ...row }) => ({ label, ...row })),
  };
}

export function gaugeExchange({ id, label, documents }: FigureSubject<GaugeDocument>): Figure | undefined {
  const [{ request, result }] = documents;
  const { attack, epsilon } = request;
  const rows = documents.flatMap(({ result: { combinations } }) => combinations);
  const cells = [...groupBy(rows, ({ a, b }) => `${a} ${b}`).values()].map((group) => ({
    a: group[0].a,
    b: group[0].b,
    clean: meanAccuracy(group.map(({ clean, cleanInterval }) => ({ value: clean, interval: cleanInterval }))),
    robust: meanAccuracy(
      group.map(({ robust, robustInterval }) => ({
        value: robust[attack],
        interval: robustInterval[attack],
      })),
    ),
  }));
  const panel = (name: 'clean' | 'robust', title: string): Panel => ({
    name,
    title,
    description: `${title} of ${label}: ${cells.map((cell) => `a of ${cell.a}, b of ${cell.b}: ${percent(cell[name].value)}%`).join('; ')}`,
    chart: heatMap({
      cells: cells.map((cell) => ({
        row: `a of, ${cell.a}`,
        column: `b of ${cell.b}`,
        accuracy: cell[name],
        note: '',
      })),
      ramp: name === 'clean' ? 'heat-clean' : 'heat-adv',
      top: heatTop(cells.map((cell) => cell[name].value)),
    }),
  });
  return {
    id,
    title: `${label}: a and b exchanged`,
    caption: html`${label}: every normalization y = a x + b with a and b of ${cellLabel(result.from)} (from) or of ${cellLabel(result.to)} (to).
      ${plural(result.examples, 'test image')}, ε\u00a0=\u00a0${epsilon.text}. ${seedsText(documents.length, '')}`,
    key: [],
    panels: [panel('clean', 'Clean accuracy, %'), panel('robust', `Accuracy under ${attackName(attack)}, %`)],
    data: cells.flatMap(({ a, b, ...measured }) =>
      (['clean', 'robust'] as const).map((measure) => ({
        label,
        a,
        b,
        measure: measure === 'clean' ? 'clean' : attack,
        accuracy: measured[measure].value,
        low: measured[measure].interval?.[0],
        high: measured[measure].interval?.[1],
      })),
    ),
  };
}
