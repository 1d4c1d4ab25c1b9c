/** The scale, stated plainly: data, network, seeds, attack, and which runs are missing. */
import { fold, html, plural, type SectionMaker, text } from '../../figures/index.ts';
import { factsHtml } from '../../report/index.ts';
import type { ReproductionReport } from './model.ts';

export const setting: SectionMaker<ReproductionReport> = ({ document, runs: read, problems }) => {
  const { scale, summary, epsilons, seeds, attack, examples, runs } = document;
  const copies = [...new Set(read.map((run) => run.summary['data set']))];
  const facts = {
    scale,
    'training and attack ε': epsilons.join(' and '),
    seeds: seeds.join(', '),
    'robust accuracy under': attack.toUpperCase(),
    'test images': examples.evaluated,
    ...document.setting,
    // The runs know which copy of the data they saw.
    ...(copies.length > 0 && { 'data set': copies.join('; ') }),
  };
  const done = runs.filter((run) => run.done);
  const missing = runs.filter((run) => !run.done);
  const blocks = text(html`
    <p>Scale ${scale}: ${summary}.</p>
    ${factsHtml(Object.entries(facts).map(([name, value]) => ({ name, value })))}
    <p>${done.length === runs.length ? html`All ${plural(runs.length, 'run')} are done.` : html`<b>${done.length} of ${runs.length} runs are done.</b> Missing, so that what rests on them is left out or rests on fewer seeds:`}</p>
    ${missing.length > 0 && html`<ul class="columns">${missing.map(({ name }) => html`<li><code>${name}</code></li>`)}</ul>`}
    ${problems.length > 0 && html`<div class="failed-checks" role="note"><p>What could not be read</p><ul>${problems.map((problem) => html`<li>${problem}</li>`)}</ul></div>`}
    <p>Of the two plain forms of hybrid training, <b>hybrid</b> here is the one that normalizes both halves as one batch: only
      that has true mixture statistics, so it is the honest baseline.</p>`);
  const failedChecks = read.flatMap(({ name, evaluations }) =>
    [...new Set(evaluations.flatMap((evaluation) => evaluation.failedChecks))].map(
      (failedCheck) => html`<li><b>${name}:</b> ${failedCheck}</li>`,
    ),
  );
  const folded = fold(
    `Alarms of the evaluations (${failedChecks.length})`,
    text(failedChecks.length > 0 ? html`<ul>${failedChecks}</ul>` : undefined),
  );
  return [{ id: 'setting', heading: 'Setting', blocks: [...blocks, ...folded] }];
};
