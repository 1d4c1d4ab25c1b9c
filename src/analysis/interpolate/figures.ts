/** From one cell to another along t: clean and robust accuracy, and the curve that the two make. */

import {
  type Accuracy,
  attackName,
  cellName,
  type Figure,
  type FigureSubject,
  groupBy,
  html,
  type LineRow,
  lineChart,
  meanAccuracy,
  type PathPoint,
  paint,
  pathChart,
  plural,
  type Series,
  seedsText,
} from '../../figures/index.ts';
import type { InterpolateDocument } from './document.ts';

const statisticsText: Readonly<Record<InterpolateDocument['request']['statistics'], string>> = {
  reestimated: 'NS are estimated anew at every t',
  interpolated: 'NS are interpolated as AP are',
  from: 'NS stay those of t = 0',
  to: 'NS stay those of t = 1',
};

const series: readonly Series[] = [
  { name: 'clean', color: paint('clean'), shape: 'circle' },
  { name: 'robust', color: paint('adv'), shape: 'square', dash: [6, 3] },
];

export function interpolationOf({
  id,
  label,
  documents,
}: FigureSubject<InterpolateDocument>): Figure | undefined {
  const [first] = documents;
  const attack = first.request.attack;
  const { statistics, source, epsilon } = first.request;
  const { from, to, examples, estimation } = first.result;
  const points = documents.flatMap((document) =>
    document.result.points.map(({ t, clean, cleanInterval, robust, robustInterval }) => ({
      seed: String(document.subject.seed),
      t,
      clean: { value: clean, interval: cleanInterval },
      robust: { value: robust[attack], interval: robustInterval[attack] },
    })),
  );
  const means = [...groupBy(points, ({ t }) => String(t)).values()].map((group) => ({
    t: group[0].t,
    clean: meanAccuracy(group.map(({ clean }) => clean)),
    robust: meanAccuracy(group.map(({ robust }) => robust)),
  }));
  const several = documents.length > 1;
  const all = [...means, ...(several ? points : [])];
  const lines = all.flatMap((point): LineRow[] =>
    (['clean', 'robust'] as const).map((name) => rowOf(name, point.t, point[name], seedOf(point))),
  );
  const path = all.map(
    (point): PathPoint => ({
      order: point.t,
      x: point.clean.value,
      y: point.robust.value,
      seed: seedOf(point),
      label: seedOf(point) === undefined && (point.t === 0 || point.t === 1) ? `t = ${point.t}` : undefined,
    }),
  );
  const name = attackName(attack);
  return {
    id,
    title: `${label}: from ${cellName(from)} to ${cellName(to)}`,
    caption: html`${label}: AP between those of ${cellName(from)} (t = 0) and of ${cellName(to)} (t = 1);
      ${statisticsText[statistics]}${estimation && ` from ${source} images`}. ${plural(examples, 'test image')}, ε\u00a0=\u00a0${epsilon.text}.
      ${seedsText(documents.length)}`,
    key: [
      { label: 'clean accuracy', color: paint('clean'), mark: 'line' },
      { label: `accuracy under ${name}`, color: paint('adv'), mark: 'dashes' },
    ],
    panels: [
      {
        name: 'lines',
        title: 'Accuracy along t',
        description: `Clean accuracy and accuracy under ${name} of ${label} along t`,
        chart: lineChart({
          rows: lines,
          series,
          x: { title: 't', format: '.6~f', domain: [0, 1] },
          y: { title: 'accuracy', format: '%' },
        }),
      },
      {
        name: 'tradeoff',
        title: 'The trade-off it makes',
        description: `Clean accuracy against accuracy under ${name} of ${label} along t`,
        chart: pathChart({ points: path, x: 'clean accuracy', y: `${name} accuracy` }),
      },
    ],
    data: points.flatMap(({ seed, t, ...measured }) =>
      (['clean', 'robust'] as const).map((measure) => ({
        label,
        seed,
        t,
        measure: measure === 'clean' ? 'clean' : attack,
        accuracy: measured[measure].value,
        low: measured[measure].interval[0],
        high: measured[measure].interval[1],
      })),
    ),
  };
}

const seedOf = (point: object): string | undefined =>
  'seed' in point && typeof point.seed === 'string' ? point.seed : undefined;

const rowOf = (name: string, t: number, accuracy: Accuracy, seed: string | undefined): LineRow => ({
  series: name,
  x: t,
  y: accuracy.value,
  low: seed === undefined ? accuracy.interval?.[0] : undefined,
  high: seed === undefined ? accuracy.interval?.[1] : undefined,
  seed,
});
