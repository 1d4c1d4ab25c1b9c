/** The answer first: a line for each claim, and how they were decided. */
import { html, type SectionMaker, table, text } from '../../figures/index.ts';
import type { ReproductionReport, Statement } from './model.ts';
import { verdictHtml } from './verdict-html.ts';

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
