/** The answer first: a line for each claim, and how they were decided. */
import { html } from '../html.ts';
import { table, text } from '../sections/blocks.ts';
import type { SectionMaker } from '../sections/section.ts';
import type { ReproductionReport } from './model.ts';
import { verdictHtml } from './verdict-html.ts';

export const verdicts: SectionMaker<ReproductionReport> = ({ document: { claims } }) => {
  const body = html`<table class="verdicts"><caption>The claims of arXiv 2403.19150 at this scale</caption>
    <thead><tr><th scope="col">claim</th><th scope="col">verdict</th><th scope="col">statements that decide: hold, do not, not shown</th></tr></thead>
    <tbody>${claims.map(
      ({ number, title, verdict, ...claim }) => html`<tr>
        <th scope="row"><a href="#claim-${number}">${number}. ${title}</a></th>
        <td>${verdictHtml(verdict)}</td><td>${tally({ number, title, verdict, ...claim })}</td></tr>`,
    )}</tbody></table>`;
  const data = claims.map(({ number, title, verdict, says }) => ({ claim: number, title, verdict, says }));
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
      blocks: [...table({ id: 'verdicts-table', body, data }), ...text(rule)],
    },
  ];
};

const tally = ({ statements }: ReproductionReport['document']['claims'][number]): string => {
  const deciding = statements.filter(({ decides }) => decides);
  return (['holds', 'does not hold', 'not shown at this scale'] as const)
    .map((verdict) => deciding.filter((statement) => statement.verdict === verdict).length)
    .join(', ');
};
