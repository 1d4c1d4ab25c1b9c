/** The verdicts first, with how they were decided; the setting, with what is missing; the words that the report uses. */
import { fold, type Html, html, plural, type SectionMaker, table, text } from '../../figures/index.ts';
import { factsHtml } from '../../report/index.ts';
import { type ReproductionReport, type Statement, verdictHtml } from './model.ts';

export const verdicts: SectionMaker<ReproductionReport> = ({ document: { claims } }) => {
  const body = html`<table class="verdicts">
    <thead><tr><th scope="col">claim</th><th scope="col">verdict</th>${outcomes.map((outcome) => html`<th scope="col">${outcome}</th>`)}</tr></thead>
    <tbody>${claims.map(
      ({ number, title, verdict, statements }) => html`<tr>
        <th scope="row"><a href="#claim-${number}">${number}. ${title}</a></th>
        <td>${verdictHtml(verdict)}</td>${outcomes.map((outcome) => html`<td>${countOf(statements, outcome)}</td>`)}</tr>`,
    )}</tbody></table>`;
  const data = claims.map(({ number, title, verdict, says, statements }) => ({
    claim: number,
    title,
    verdict,
    ...Object.fromEntries(outcomes.map((outcome) => [outcome, countOf(statements, outcome)])),
    says,
  }));
  const said = html`<p>The claims of arXiv 2403.19150 at this scale, with how many of the statements that decide each hold, do not
    hold, and are not shown.</p>`;
  const rule = html`<p><b>How a claim is decided.</b> The rules were fixed before any result was seen. Each statement is a number with
    a 95% interval over seeds and test images together, from paired differences on the same images. It holds where the
    interval lies wholly inside what its rule allows, does not hold where it lies wholly outside, and is not shown at this
    scale where it lies on the edge; a single seed decides nothing. A claim holds if all statements that decide it hold, and
    does not hold if one of them does not. A verdict speaks of this scale: data, network, training and attack as they are
    stated below.</p>`;
  return [
    {
      id: 'verdicts',
      heading: 'Verdicts',
      blocks: [...text(said), ...table({ id: 'verdicts-table', body, data }), ...text(rule)],
    },
  ];
};

const outcomes = ['hold', 'do not hold', 'not shown'] as const;

const outcomeOf: Readonly<Record<Statement['verdict'], (typeof outcomes)[number]>> = {
  holds: 'hold',
  'does not hold': 'do not hold',
  'not shown at this scale': 'not shown',
};

/** Of the statements that decide. */
const countOf = (statements: readonly Statement[], outcome: (typeof outcomes)[number]): number =>
  statements.filter(({ decides, verdict }) => decides && outcomeOf[verdict] === outcome).length;

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
    <p>${done.length === runs.length ? html`All ${plural(runs.length, 'run')} are done.` : html`<b>${done.length} of ${runs.length} runs are done.</b> Missing, so that what needs them is left out or has fewer seeds:`}</p>
    ${missing.length > 0 && html`<ul class="columns">${missing.map(({ name }) => html`<li><code>${name}</code></li>`)}</ul>`}
    ${remarks('What could not be read', problems)}
    ${remarks('What was left out, so that it decides nothing', document.notes)}
    <p>Of the two plain forms of hybrid training, <b>hybrid</b> here is the one that normalizes the clean and the adversarial batch as one:
      only that has true mixture statistics, so it is the baseline.</p>`);
  const failedChecks = read.flatMap(({ name, evaluations }) =>
    [...new Set(evaluations.flatMap((evaluation) => evaluation.failedChecks))].map(
      (failedCheck) => html`<li><b>${name}:</b> ${failedCheck}</li>`,
    ),
  );
  const folded = fold(
    `Sanity checks that failed in evaluations (${failedChecks.length})`,
    text(failedChecks.length > 0 ? html`<ul>${failedChecks}</ul>` : undefined),
  );
  return [{ id: 'setting', heading: 'Setting', blocks: [...blocks, ...folded] }];
};

const remarks = (title: string, lines: readonly string[]): Html | false =>
  lines.length > 0 &&
  html`<div class="failed-checks" role="note"><p>${title}</p><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></div>`;

export const reading: SectionMaker<ReproductionReport> = () => {
  const body = html`
    <p><b>NS</b> are the normalization statistics, mean and variance of each channel. <b>AP</b> are the affine parameters,
      scale and shift, that follow. A branch, clean or adv, may have its own of either; a <b>cell</b> is one NS with one AP.</p>
    <p><b>NS_x^y</b> are statistics of samples of type x (clean, adversarial, noisy), gathered through the network with the AP of
      branch y, which then use them. A <b>raw swap</b> instead pairs AP of one branch with running NS that were gathered through
      the other's.</p>
    <p><b>Intervals</b> of statements and accuracies cover both the choice of the seed and that of the test images, as far as the
      number of seeds allows. <b>Robust accuracy</b> under an attack is an upper bound: a stronger attack may find more.</p>`;
  return [{ id: 'reading', heading: 'How to read this', blocks: text(body) }];
};
