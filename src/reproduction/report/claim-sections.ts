/** One section a claim: the verdict, what it says, the figure, the statements, what they compare, the runs behind them. */
import {
  type Block,
  type Figure,
  type ForestRow,
  figure,
  fold,
  forest,
  forestDomain,
  groupBy,
  type Html,
  html,
  type KeyEntry,
  type Panel,
  paint,
  percent,
  percentInterval,
  plural,
  type Section,
  type SectionMaker,
  slug,
  table,
  text,
  verdictLooks,
} from '../../figures/index.ts';
import {
  type Claim,
  estimateInterval,
  estimateText,
  pText,
  type ReproductionReport,
  type Statement,
  shortVerdictHtml,
  verdictHtml,
} from './model.ts';

export const claimSections: SectionMaker<ReproductionReport> = ({ document }) =>
  Promise.all(document.claims.map((claim) => claimSection(claim, document.runs)));

async function claimSection(claim: Claim, runs: ReproductionReport['document']['runs']): Promise<Section> {
  const { number, title, says, verdict, statements } = claim;
  const deciding = statements.filter(({ decides }) => decides).length;
  const reported = statements.length - deciding;
  const rule = html`<p><b>The paper says:</b> ${says}</p>
    <p><b>The rule:</b> the claim holds if the 95% interval of each of the ${plural(deciding, 'deciding statement')} lies inside what is allowed.${reported > 0 && ` ${plural(reported, 'further statement is', 'further statements are')} reported and decide${reported === 1 ? 's' : ''} nothing.`}</p>`;
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
  html`<tr${!decides && html` class="told"`}><th scope="row">${says}${!decides && html` <span class="tag">reported only</span>`}</th><td>${epsilon}</td>${
    estimate
      ? html`<td>${estimateText(estimate.value, unit)}</td><td>${estimateInterval(estimate.interval, unit)}</td><td class="rule">${rule}</td><td>${pText(estimate.p)}</td><td>${estimate.seeds}</td>`
      : html`<td colspan="2">no runs</td><td class="rule">${rule}</td><td>–</td><td>0</td>`
  }<td>${shortVerdictHtml(verdict)}</td></tr>`;

function runsBehind({ statements }: Claim, runs: ReproductionReport['document']['runs']): Block[] {
  const names = new Set(statements.flatMap((statement) => statement.runs));
  if (names.size === 0) return [];
  const done = new Map(runs.map((run) => [run.name, run.done]));
  return text(
    html`<ul class="columns">${[...names].map((name) => html`<li><code>${name}</code>${done.get(name) === false && html` <b>missing</b>`}</li>`)}</ul>`,
  );
}

/** The estimates against what the rules allow: a panel for each epsilon and unit, on scales that they share. */
export function claimForest({ number, title, statements }: Claim): Figure | undefined {
  const rows = statements.flatMap((statement) => {
    const { estimate, says, allowed, verdict, decides } = statement;
    if (!estimate) return [];
    const label = decides ? says : `${says} (reported only)`;
    const row: ForestRow = { label, ...pick(estimate), allowed, verdict, decides };
    return [{ statement, row }];
  });
  if (rows.length === 0) return undefined;
  const units = [...new Set(rows.map(({ statement }) => statement.unit))];
  const panels = units.flatMap((unit) => {
    const ofUnit = rows.filter(({ statement }) => statement.unit === unit);
    const domain = forestDomain(
      ofUnit.map(({ row }) => row),
      unit,
    );
    return [...groupBy(ofUnit, ({ statement }) => statement.epsilon)].map(
      ([epsilon, group]): Panel => ({
        name: slug(`${units.length > 1 ? unit : ''} ${epsilon}`),
        title: `ε = ${epsilon}`,
        description: group.map(({ statement }) => described(statement)).join('; '),
        chart: forest({ rows: group.map(({ row }) => row), unit, domain }),
      }),
    );
  });
  const found = new Set(rows.map(({ row }) => row.verdict));
  const verdicts = Object.entries(verdictLooks).filter(([name]) => [...found].some((each) => each === name));
  return {
    id: `claim-${number}-figure`,
    title: `Claim ${number}: ${title}`,
    caption: html`Estimates with 95% intervals against what the rules allow. The thin mark is no
      difference; a band that reaches the end of the scale goes on beyond it.`,
    key: [
      ...verdicts.map(([label, { color, mark }]): KeyEntry => ({ label, color, mark })),
      { label: 'allowed', color: paint('band'), mark: 'bar' },
    ],
    panels,
    data: rows.map(({ statement: { says, epsilon, unit, rule }, row }) => ({
      statement: says,
      epsilon,
      unit,
      estimate: row.value,
      low: row.interval[0],
      high: row.interval[1],
      rule,
      allowedFrom: row.allowed[0] ?? undefined,
      allowedTo: row.allowed[1] ?? undefined,
      verdict: row.verdict,
      decides: String(row.decides),
    })),
  };
}

const pick = ({ value, interval }: NonNullable<Statement['estimate']>) => ({ value, interval });

const described = ({ says, estimate, unit, rule, verdict }: Statement): string =>
  estimate
    ? `${says}: ${estimateText(estimate.value, unit)}, ${estimateInterval(estimate.interval, unit)}, allowed ${rule}: ${verdict}`
    : says;

type Side = Statement['sides'][number];

/** What the statements compare: every side with its mean over seeds and the single values. */
function sidesTable({ number, statements }: Claim): Block[] {
  const compared = statements.filter(({ sides }) => sides.length > 0);
  if (compared.length === 0) return [];
  const columns = ['side', 'times', 'mean', '95% interval', 'seeds'];
  return table({
    id: `claim-${number}-sides`,
    body: html`<table class="cells"><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      ${compared.map(
        ({ says, epsilon, unit, sides }) => html`<tbody>
          <tr class="group"><th scope="rowgroup" colspan="${columns.length}">${says}, ε\u00a0=\u00a0${epsilon}</th></tr>
          ${sides.map((side) => sideRow(side, unit))}</tbody>`,
      )}</table>`,
    data: compared.flatMap(({ says, epsilon, sides }) =>
      sides.flatMap(({ label, weight, value, interval: [low, high], seeds }) =>
        seeds.map((single, at) => ({
          claim: number,
          statement: says,
          epsilon,
          side: label,
          weight,
          mean: value,
          low,
          high,
          seed: at,
          value: single,
        })),
      ),
    ),
  });
}

function sideRow({ label, weight, value, interval, seeds }: Side, unit: Statement['unit']): Html {
  const shown = (each: number) => (unit === 'accuracy' ? percent(each) : each.toPrecision(3));
  const ends = unit === 'accuracy' ? percentInterval(interval) : interval.map(shown).join('–');
  return html`<tr><td>${label}</td><td>${weight > 0 ? '+' : '−'}${Math.abs(weight)}</td><td>${shown(value)}</td><td>${ends}</td><td>${seeds.map(shown).join(', ')}</td></tr>`;
}
