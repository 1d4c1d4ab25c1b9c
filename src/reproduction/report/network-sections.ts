/**
 * The networks behind the verdicts: training curves, a panel a regime and thin lines for its seeds; the domain gap (distances of
 * NS of adversarial and of noisy images from those of clean ones, and between AP of the branches); and the list of runs.
 */
import { affineChannels, affineLayers, affineTable, gapChannels, gapLayers } from '../../analysis/index.ts';
import {
  type Block,
  distance,
  figures,
  groupBy,
  type Html,
  html,
  part,
  type SectionMaker,
  slug,
  table,
  text,
} from '../../figures/index.ts';
import { smallCurves } from '../../report/index.ts';
import type { OverSeeds } from '../verdicts/estimate.ts';
import { groupsOf, type ReproductionReport, stageText, subjectsOf } from './model.ts';

export const training: SectionMaker<ReproductionReport> = async (report) => {
  const byEpsilon = groupBy(groupsOf(report), ({ epsilon }) => epsilon ?? '');
  const blocks = await figures(
    [...byEpsilon].map(([epsilon, groups]) =>
      smallCurves(
        groups.map(({ variant, runs }) => ({ label: variant, runs })),
        slug(`training ${epsilon || 'no attack'}`),
        epsilon === '' ? 'Trained without an attack' : `Trained at ε = ${epsilon}`,
      ),
    ),
  );
  return blocks.length === 0 ? [] : [{ id: 'training', heading: 'Training', blocks }];
};

export const runList: SectionMaker<ReproductionReport> = ({ document: { runs } }) => {
  const columns = ['run', 'variant', 'ε', 'seed'];
  const there = runs.filter(({ done }) => done);
  if (there.length === 0) return [];
  const body = html`<table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${there.map(
      ({ name, variant, epsilon, seed }) =>
        html`<tr><th scope="row"><code>${name}</code></th><td>${variant}</td><td>${epsilon ?? 'no attack'}</td><td>${seed}</td></tr>`,
    )}</tbody></table>`;
  const data = runs.map(({ done, ...run }) => ({ ...run, done: String(done) }));
  return [{ id: 'runs', heading: 'The runs', blocks: table({ id: 'runs-table', body, data }) }];
};

export const gap: SectionMaker<ReproductionReport> = async (report) => {
  const gaps = subjectsOf(report, 'gap');
  const affines = subjectsOf(report, 'affine');
  const blocks = [
    ...gapTable(report),
    ...part(
      'By layer',
      await figures(gaps.flatMap((subject) => gapLayers({ ...subject, id: `${subject.id}-layers` }))),
    ),
    ...part(
      'NS of one layer',
      await figures(gaps.map((subject) => gapChannels({ ...subject, id: `${subject.id}-channels` }))),
    ),
    ...part('AP of the branches', [
      ...affines.flatMap((subject) => affineTable(subject)),
      ...(await figures(
        affines.flatMap((subject) => [
          affineLayers({ ...subject, id: `${subject.id}-layers` }),
          affineChannels({ ...subject, id: `${subject.id}-channels` }),
        ]),
      )),
    ]),
  ];
  if (blocks.length === 0) return [];
  const said = html`<p>How far statistics of two versions of images are apart, averaged over BN layers. <b>adv-clean</b> and
    <b>noise-clean</b> are of the same images, batch against batch; <b>clean-clean</b>, two batches of different clean images, is the
    yardstick: a gap below it is smaller than what the choice of a batch changes. Pairs with <b>running</b> are the paper's protocol, a batch
    against the running NS of the branch, with the sampling error of the batch in it. <b>Sets</b>: 1-Wasserstein distance between the
    sets of channel values, as the paper plots it. <b>Matched</b>: channel by channel, as a share of sigma. <b>Without sampling error</b>: the
    same, root mean square, with that of batches taken off. The paper's own figures for a clean-trained ResNet-18 at
    ε\u00a0=\u00a016/255, one batch of 128, by sets: mu .0073 (adv) and .0063 (noise), sigma .0117 and .0138.</p>`;
  return [{ id: 'gap', heading: 'The domain gap', blocks: [...text(said), ...blocks] }];
};

const measures = [
  ['wasserstein', 'sets'],
  ['scaled', 'matched'],
  ['unbiased', 'without sampling error'],
] as const;

function gapTable({ document: { gaps } }: ReproductionReport): Block[] {
  if (gaps.length === 0) return [];
  const groups = [
    ...groupBy(gaps, ({ variant, stage, epsilon }) => [variant, stage, epsilon].join(' ')).values(),
  ];
  const columns = ['AP', 'of', 'pair', ...measures.map(([, title]) => title)];
  return table({
    id: 'gap-table',
    body: html`<table class="cells"><caption>Means over seeds with 95% intervals over seeds</caption>
      <thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      ${groups.map(
        (
          rows,
        ) => html`<tbody><tr class="group"><th scope="rowgroup" colspan="${columns.length}">${rows[0].variant}, ε\u00a0=\u00a0${rows[0].epsilon}, ${stageText(rows[0].stage)}</th></tr>
        ${rows.map(
          (row) =>
            html`<tr><td>${row.affine}</td><td>${row.statistic}</td><td>${row.pair}</td>${measures.map(([name]) => distanceCell(row[name]))}</tr>`,
        )}</tbody>`,
      )}</table>`,
    data: gaps.flatMap(({ variant, stage, epsilon, affine, pair, statistic, ...found }) =>
      measures.flatMap(([name]) => {
        const each = found[name];
        return each
          ? [
              {
                ...{ variant, stage, epsilon, affine, statistic, pair },
                measure: name,
                mean: each.value,
                low: each.interval[0],
                high: each.interval[1],
                ...Object.fromEntries(each.seeds.map((single, at) => [`seed ${at}`, single])),
              },
            ]
          : [];
      }),
    ),
  });
}

const distanceCell = (measured: OverSeeds | undefined): Html =>
  measured
    ? html`<td>${distance(measured.value)}${measured.seeds.length > 1 && html` <small>${distance(measured.interval[0])}–${distance(measured.interval[1])}</small>`}</td>`
    : html`<td>–</td>`;
