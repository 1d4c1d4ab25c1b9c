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
import type { OverSeeds } from '../estimate.ts';
import { groupsOf, type ReproductionReport, subjectsOf } from './model.ts';

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
  const said = html`<p>1-Wasserstein distance between the statistics of two versions of the same images, batch against batch, averaged
    over BN layers. <b>clean-clean</b>, two batches of different clean images, is the yardstick: a gap below it is smaller than
    what the choice of a batch changes. For comparison, the paper's own figures for a clean-trained ResNet-18 at
    ε\u00a0=\u00a016/255, one batch of 128: mu .0073 (adv-clean) and .0063 (noise-clean), sigma .0117 and .0138.</p>`;
  return [{ id: 'gap', heading: 'The domain gap', blocks: [...text(said), ...blocks] }];
};

const pairs = ['adv-clean', 'noise-clean', 'clean-clean'] as const;

function gapTable({ document: { gaps } }: ReproductionReport): Block[] {
  if (gaps.length === 0) return [];
  const rows = [
    ...groupBy(gaps, ({ variant, stage, epsilon, affine, statistic }) =>
      [variant, stage, epsilon, affine, statistic].join(' '),
    ).values(),
  ];
  const columns = ['variant', 'seeds', 'ε', 'AP', 'of', ...pairs];
  return table({
    id: 'gap-table',
    body: html`<table class="cells"><caption>Wasserstein distances, means over seeds with 95% intervals over seeds</caption>
      <thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${rows.map(([first, ...rest]) => {
        const all = [first, ...rest];
        return html`<tr><th scope="row">${first.variant}</th><td>${first.stage}</td><td>${first.epsilon}</td><td>${first.affine}</td><td>${first.statistic}</td>
          ${pairs.map((name) => distanceCell(all.find(({ pair }) => pair === name)?.wasserstein))}</tr>`;
      })}</tbody></table>`,
    data: gaps.map(({ variant, stage, epsilon, affine, pair, statistic, wasserstein }) => ({
      variant,
      stage,
      epsilon,
      affine,
      statistic,
      pair,
      mean: wasserstein.value,
      low: wasserstein.interval[0],
      high: wasserstein.interval[1],
      ...Object.fromEntries(wasserstein.seeds.map((single, at) => [`seed ${at}`, single])),
    })),
  });
}

const distanceCell = (measured: OverSeeds | undefined): Html =>
  measured
    ? html`<td>${distance(measured.value)}${measured.seeds.length > 1 && html` <small>${distance(measured.interval[0])}–${distance(measured.interval[1])}</small>`}</td>`
    : html`<td>–</td>`;
