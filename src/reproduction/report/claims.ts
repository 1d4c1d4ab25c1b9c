/** One section a claim: the verdict, what it says, the figure, the statements, what they compare, the runs behind them. */
import {
  type Block,
  figure,
  fold,
  type Html,
  html,
  plural,
  type Section,
  type SectionMaker,
  table,
  text,
} from '../../figures/index.ts';
import { claimForest } from './claim-forest.ts';
import type { Claim, ReproductionReport, Statement } from './model.ts';
import { estimateInterval, estimateText, pText } from './numbers.ts';
import { sidesTable } from './sides-table.ts';
import { shortVerdictHtml, verdictHtml } from './verdict-html.ts';

export const claimSections: SectionMaker<ReproductionReport> = ({ document }) =>
  Promise.all(document.claims.map((claim) => claimSection(claim, document.runs)));

async function claimSection(claim: Claim, runs: ReproductionReport['document']['runs']): Promise<Section> {
  const { number, title, says, verdict, statements } = claim;
  const deciding = statements.filter(({ decides }) => decides).length;
  const told = statements.length - deciding;
  const rule = html`<p><b>The paper says:</b> ${says}</p>
    <p><b>The rule:</b> the claim holds if the 95% interval of each of the ${plural(deciding, 'deciding statement')} lies inside what is allowed.${told > 0 && ` ${plural(told, 'further statement is', 'further statements are')} told and decide${told === 1 ? 's' : ''} nothing.`}</p>`;
  return {
    id: `claim-${number}`,
    heading: `${number}. ${title}`,
    mark: verdictHtml(verdict),
    apart: true,
    blocks: [
      ...text(rule),
      ...(await figure(claimForest(claim))),
      ...text(units),
      ...statementTable(claim),
      ...fold('What is compared, by seed', sidesTable(claim)),
      ...fold('The runs behind it', runsBehind(claim, runs)),
    ],
  };
}

const units = html`<p class="muted">Differences of accuracies are in percentage points. p is two-sided: of no difference, or of a ratio
  of one.</p>`;

function statementTable({ number, statements }: Claim): Block[] {
  const columns = ['statement', 'ε', 'estimate', '95% interval', 'allowed', 'p', 'seeds', 'verdict'];
  return table({
    id: `claim-${number}-statements`,
    body: html`<table class="statements">      <thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${statements.map(statementRow)}</tbody></table>`,
    data: statements.map(({ says, epsilon, unit, rule, allowed, decides, verdict, estimate }) => ({
      claim: number,
      statement: says,
      epsilon,
      unit,
      estimate: estimate?.value,
      low: estimate?.interval[0],
      high: estimate?.interval[1],
      rule,
      allowedFrom: allowed[0] ?? undefined,
      allowedTo: allowed[1] ?? undefined,
      p: estimate?.p,
      seeds: estimate?.seeds,
      examples: estimate?.examples,
      verdict,
      decides: String(decides),
    })),
  });
}

const statementRow = ({ says, epsilon, unit, rule, decides, verdict, estimate }: Statement): Html =>
  html`<tr${!decides && html` class="told"`}><th scope="row">${says}${!decides && html` <span class="tag">told only</span>`}</th><td>${epsilon}</td>${
    estimate
      ? html`<td>${estimateText(estimate.value, unit)}</td><td>${estimateInterval(estimate.interval, unit)}</td><td class="rule">${rule}</td><td>${pText(estimate.p)}</td><td>${estimate.seeds}</td>`
      : html`<td colspan="2">no runs to tell</td><td class="rule">${rule}</td><td>–</td><td>0</td>`
  }<td>${shortVerdictHtml(verdict)}</td></tr>`;

function runsBehind({ statements }: Claim, runs: ReproductionReport['document']['runs']): Block[] {
  const names = new Set(statements.flatMap((statement) => statement.runs));
  if (names.size === 0) return [];
  const done = new Map(runs.map((run) => [run.name, run.done]));
  return text(
    html`<ul class="columns">${[...names].map((name) => html`<li><code>${name}</code>${done.get(name) === false && html` <b>missing</b>`}</li>`)}</ul>`,
  );
}
