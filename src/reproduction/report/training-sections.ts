/** Training curves, a panel a regime and thin lines for its seeds; images before and after the attack; the runs. */

import { figures, groupBy, html, picture, type SectionMaker, slug, table } from '../../figures/index.ts';
import { imagesPicture, smallCurves } from '../../report/index.ts';
import { groupsOf, type ReproductionReport } from './model.ts';

export const training: SectionMaker<ReproductionReport> = async (report) => {
  const byEpsilon = groupBy(groupsOf(report), ({ epsilon }) => epsilon ?? '');
  const blocks = await figures(
    [...byEpsilon].map(([epsilon, groups]) =>
      smallCurves(
        groups.map(({ regime, runs }) => ({ label: regime, runs })),
        slug(`training ${epsilon || 'no attack'}`),
        epsilon === '' ? 'Trained without an attack' : `Trained at ε = ${epsilon}`,
      ),
    ),
  );
  return blocks.length === 0 ? [] : [{ id: 'training', heading: 'Training', blocks }];
};

export const images: SectionMaker<ReproductionReport> = async ({ runs }) => {
  const blocks = (await Promise.all(runs.map(imagesPicture))).flatMap(picture);
  return blocks.length === 0 ? [] : [{ id: 'images', heading: 'Images before and after the attack', blocks }];
};

export const runList: SectionMaker<ReproductionReport> = ({ document: { runs } }) => {
  const columns = ['run', 'regime', 'ε', 'seed', 'state'];
  const body = html`<table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${runs.map(
      ({ name, regime, epsilon, seed, done }) =>
        html`<tr><th scope="row"><code>${name}</code></th><td>${regime}</td><td>${epsilon ?? 'no attack'}</td><td>${seed}</td><td>${done ? 'done' : html`<b>missing</b>`}</td></tr>`,
    )}</tbody></table>`;
  const data = runs.map(({ done, ...run }) => ({ ...run, done: String(done) }));
  return [{ id: 'runs', heading: 'The runs', blocks: table({ id: 'runs-table', body, data }) }];
};
