/** All verdicts at a glance, with how they are decided; the paper's questions with numbers; the setting; the words that the report uses. */
import {
  fold,
  type Html,
  html,
  percent,
  plural,
  type SectionMaker,
  slug,
  table,
  text,
} from '../../figures/index.ts';
import { factsHtml } from '../../report/index.ts';
import type { PaperQuestion } from '../hypotheses/statements.ts';
import { stages } from '../scales.ts';
import type { ClaimVerdict } from '../verdicts/document.ts';
import { leadingStage, type ReproductionReport, rowsOf, sizeText, stageText, verdictHtml } from './model.ts';

export const verdicts: SectionMaker<ReproductionReport> = ({ document }) => {
  const { claims, level } = document;
  const rowOf = (claim: ClaimVerdict) => html`<tr>
        <th scope="row"><a href="#${slug(claim.id)}">${claim.id}: ${claim.title}</a></th>
        ${stages.map((stage) => html`<td>${stageCell(claim, stage)}</td>`)}</tr>`;
  const body = html`<table class="verdicts">
    <thead><tr><th scope="col"></th>${stages.map((stage) => html`<th scope="col">${stageText(stage)}</th>`)}</tr></thead>
    ${kinds.map(({ begins, title }) => {
      const all = claims.filter(({ id }) => id.startsWith(begins));
      return (
        all.length > 0 &&
        html`<tbody>
        <tr class="group"><th scope="rowgroup" colspan="${stages.length + 1}">${title}</th></tr>
        ${all.map(rowOf)}</tbody>`
      );
    })}</table>`;
  const data = claims.flatMap(({ id, title, says, stages: all }) =>
    all.flatMap(({ stage, verdict, epsilons }) => [
      { claim: id, title, stage, epsilon: 'all', verdict, says },
      ...epsilons.map((each) => ({
        claim: id,
        title,
        stage,
        epsilon: each.epsilon,
        verdict: each.verdict,
        says,
      })),
    ]),
  );
  const rule = html`<p><b>How a claim is decided.</b> Each statement is a number with the range that it is said to lie in. It holds where a
    test shows that it lies there (of two ends, both one-sided tests: TOST), it does not hold where a test shows that it lies
    outside (with Holm's correction over all that decide a claim), each at p < ${level}, one-sided; otherwise it is not shown. Intervals
    that are shown are two-sided, of 95 %. Nothing is corrected for there being several claims. A claim holds if all
    statements that decide it hold; it does not hold if one of them does not. It is not decidable where what is compared is near
    guessing, hardly robust, or behind a failed check of the evaluation. Estimates are means of paired differences over the same test images;
    their uncertainty covers the choice of seeds and of images. <b>Exploratory seeds</b> were seen when the rules were made;
    <b>confirmatory seeds</b> were trained after the rules were on file, and count only where the rules have not changed since; their verdict is final when all
    seeds that were planned are there.</p>`;
  return [
    {
      id: 'verdicts',
      heading: 'Verdicts',
      blocks: [
        ...table({ id: 'verdicts-table', body, data }),
        ...text(rule),
        ...fold('Margins, with their reasons', marginTable(document)),
      ],
    },
  ];
};

const kinds = [
  { begins: 'claim', title: 'Claims of the paper' },
  { begins: 'experiment', title: 'Experiments on what it leaves open' },
] as const;

function stageCell(claim: ClaimVerdict, name: (typeof stages)[number]): Html {
  const stage = claim.stages.find((each) => each.stage === name);
  if (!stage) return html`–`;
  const { verdict, epsilons, seeds } = stage;
  if (verdict === 'not run') return verdictHtml(verdict);
  const words =
    seeds.least < seeds.planned ? `${verdict} (${seeds.least} of ${seeds.planned} seeds)` : verdict;
  if (epsilons.length === 1) return verdictHtml(verdict, words);
  return html`${verdictHtml(verdict, words)}<br><small class="muted">${epsilons.map((each) => `${each.epsilon} ${each.verdict}`).join(', ')}</small>`;
}

function marginTable({ margins, floors }: ReproductionReport['document']) {
  const shown = (value: number, unit: string) =>
    unit === 'accuracy' ? `${percent(value)} points` : value.toPrecision(3);
  const rows = [
    ...Object.entries(margins).map(([name, { value, unit, reason }]) => ({ name, value, unit, reason })),
    ...Object.entries(floors).map(([name, { value, reason }]) => ({
      name: `floor: ${name}`,
      value,
      unit: 'accuracy',
      reason,
    })),
  ];
  return table({
    id: 'margins',
    body: html`<table class="statements"><thead><tr><th scope="col">margin</th><th scope="col">value</th><th scope="col">reason</th></tr></thead>
      <tbody>${rows.map(({ name, value, unit, reason }) => html`<tr><th scope="row">${name}</th><td>${shown(value, unit)}</td><td class="rule">${reason}</td></tr>`)}</tbody></table>`,
    data: rows,
  });
}

const asked: Readonly<Record<PaperQuestion, string>> = {
  Q1: 'Why is the domain gap in NS small?',
  Q2: 'Why does separating NS not help?',
  Q3: 'How do the two tasks relate, and which combinations of AP and NS matter?',
};

export const questions: SectionMaker<ReproductionReport> = ({ document: { claims } }) => {
  const answers = claims.flatMap((claim) => {
    const stage = leadingStage(claim);
    return stage
      ? rowsOf(stage).flatMap(({ part, statement }) =>
          statement.answers && statement.estimate
            ? [{ question: statement.answers, claim, stage: stage.stage, part, statement }]
            : [],
        )
      : [];
  });
  if (answers.length === 0) return [];
  const blocks = (['Q1', 'Q2', 'Q3'] as const).flatMap((question) => {
    const found = answers.filter((each) => each.question === question);
    const body = html`<h3>${asked[question]}</h3>${
      found.length === 0
        ? html`<p class="muted">Nothing that answers it was run.</p>`
        : html`<ul>${found.map(
            ({ claim, stage, part, statement }) =>
              html`<li>${statement.says}, ε\u00a0=\u00a0${statement.epsilon}: <b>${sizeText(statement)}</b> ${verdictHtml(statement.verdict)}
                <small class="muted"><a href="#${slug(claim.id)}">${claim.id}</a>, ${part}, ${stageText(stage)}</small></li>`,
          )}</ul>`
    }`;
    return text(body);
  });
  return [{ id: 'questions', heading: "The paper's open questions", blocks }];
};

export const setting: SectionMaker<ReproductionReport> = ({ document, runs: read }) => {
  const { scale, summary, epsilons, seeds, firstTraining, runs, notes } = document;
  const facts = {
    scale,
    'training and attack ε': epsilons.join(' and '),
    ...Object.fromEntries(
      stages.map((stage) => [
        stageText(stage),
        `${seeds[stage].join(', ') || 'none'}${firstTraining[stage] === undefined ? '' : `, first trained at ${firstTraining[stage]}`}`,
      ]),
    ),
    ...document.setting,
  };
  const done = runs.filter((run) => run.done);
  const missing = runs.filter((run) => !run.done);
  const blocks = text(html`
    <p>Scale ${scale}: ${summary}.</p>
    ${factsHtml(Object.entries(facts).map(([name, value]) => ({ name, value })))}
    <p>${missing.length === 0 ? html`All ${plural(runs.length, 'run')} are done.` : html`<b>${done.length} of ${runs.length} runs are done.</b> What needs the others is left out or has fewer seeds.`}</p>
    ${remarks('What was left out, so that it decides nothing', notes)}
    <p>Of the two plain forms of hybrid training, <b>hybrid</b> here is the one that normalizes the clean and the adversarial batch as one:
      only that has true mixture statistics, so it is the baseline.</p>`);
  const absent = fold(
    `Runs that are missing (${missing.length})`,
    text(
      missing.length > 0
        ? html`<ul class="columns">${missing.map(({ name }) => html`<li><code>${name}</code></li>`)}</ul>`
        : undefined,
    ),
  );
  const failedChecks = read.flatMap(({ name, evaluations }) =>
    [...new Set(evaluations.flatMap((evaluation) => evaluation.failedChecks))].map(
      (failedCheck) => html`<li><b>${name}:</b> ${failedCheck}</li>`,
    ),
  );
  const checks = fold(
    `Sanity checks that failed in evaluations (${failedChecks.length})`,
    text(failedChecks.length > 0 ? html`<ul>${failedChecks}</ul>` : undefined),
  );
  return [{ id: 'setting', heading: 'Setting', blocks: [...blocks, ...absent, ...checks] }];
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
      number of seeds allows. <b>Robust accuracy</b> under attacks is an upper bound: a stronger attack may find more.</p>
    <p>A <b>share</b> is of an effect that is shown to be there, with Fieller's interval. The <b>front</b> is what networks with one set of
      everything reach as the weight of the clean loss goes from one to nothing; between two of them it is a straight line.</p>`;
  return [{ id: 'reading', heading: 'How to read this', blocks: text(body) }];
};
