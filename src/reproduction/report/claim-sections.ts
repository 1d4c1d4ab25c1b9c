/**
 * One section a claim: what it says and its verdict, and for each stage of seeds the figure, the statements, what they compare, and
 * the runs behind them.
 */
import {
  type Block,
  figure,
  fold,
  type Html,
  html,
  percent,
  percentInterval,
  plural,
  type Section,
  type SectionMaker,
  slug,
  subheading,
  table,
  text,
} from '../../figures/index.ts';
import type { ClaimVerdict, StageVerdict, StatementVerdict } from '../verdicts/document.ts';
import { claimForest } from './claim-forest.ts';
import {
  estimateInterval,
  estimateText,
  leadHtml,
  leadingStage,
  pText,
  type ReproductionReport,
  rangeText,
  rowsOf,
  type StatementRow,
  sentence,
  stageText,
  verdictHtml,
} from './model.ts';

export const claimSections: SectionMaker<ReproductionReport> = ({ document }) =>
  Promise.all(document.claims.map((claim) => claimSection(claim, document)));

type Document = ReproductionReport['document'];

async function claimSection(claim: ClaimVerdict, document: Document): Promise<Section> {
  const { id, title, says, stages, rules } = claim;
  const lead = leadingStage(claim);
  const run = [...stages].reverse().filter(({ verdict }) => verdict !== 'not run');
  const blocks = await Promise.all(run.map((stage) => stageBlocks(claim, stage, document)));
  return {
    id: slug(id),
    heading: `${sentence(id)}. ${title}`,
    ...(lead && { mark: leadHtml(lead) }),
    apart: true,
    blocks: [
      ...text(
        html`<p>${says}</p>${run.length === 0 && html`<p class="muted">Nothing that it needs was run.</p>`}`,
      ),
      ...blocks.flat(),
      ...fold('What decides it', text(rulesHtml(claim, lead))),
      ...text(html`<p class="muted">Rules <code>${rules}</code>.</p>`),
    ],
  };
}

/** Its parts, which statements decide, and what each range is. */
function rulesHtml(_: ClaimVerdict, stage: StageVerdict | undefined): Html | undefined {
  const parts = stage?.epsilons[0]?.parts ?? [];
  return html`<p>It holds if every statement of every part that decides holds.</p>
    <ul>${parts.map(
      ({ title, decides, statements }) => html`<li><b>${title}</b>${!decides && ' (reported only)'}
        <ul>${statements.map((each) => html`<li>${each.says}: ${rangeText(each)}</li>`)}</ul></li>`,
    )}</ul>`;
}

async function stageBlocks(claim: ClaimVerdict, stage: StageVerdict, document: Document): Promise<Block[]> {
  const { id } = claim;
  const name = slug(`${id} ${stage.stage}`);
  const rows = rowsOf(stage);
  return [
    ...subheading(sentence(stageText(stage.stage))),
    ...text(
      html`<p>${stage.epsilons.map(({ epsilon, verdict }) => html`ε\u00a0=\u00a0${epsilon}: ${verdictHtml(verdict)} `)}${
        stage.epsilons.length > 1 && html`over all: ${verdictHtml(stage.verdict)}`
      }</p>${
        stage.otherRules.length > 0 &&
        html`<p class="muted">${plural(stage.otherRules.length, 'run was', 'runs were')} begun under other rules and confirm${stage.otherRules.length === 1 && 's'} nothing here: ${stage.otherRules.join(', ')}.</p>`
      }`,
    ),
    ...(await figure(claimForest(`${name}-figure`, claim, stage, rows))),
    ...statementTable(name, claim, stage),
    ...fold('What is compared, by seed', sidesTable(`${name}-sides`, rows)),
    ...fold('The runs behind it', runsBehind(rows, document.runs)),
  ];
}

function statementTable(name: string, { id }: ClaimVerdict, stage: StageVerdict): Block[] {
  const columns = [
    'statement',
    'ε',
    'estimate',
    '95% interval',
    'said to be',
    'p',
    'p against',
    'seeds',
    'verdict',
  ];
  const titles = [...new Set(stage.epsilons.flatMap(({ parts }) => parts.map(({ title }) => title)))];
  const partsNamed = (title: string) =>
    stage.epsilons.flatMap(({ epsilon, parts }) =>
      parts.filter((part) => part.title === title).map((part) => ({ epsilon, ...part })),
    );
  return table({
    id: `${name}-statements`,
    body: html`<table class="statements"><thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
      ${titles.map((title) => {
        const parts = partsNamed(title);
        return html`<tbody><tr class="group"><th scope="rowgroup" colspan="${columns.length}">${title}${!parts[0]?.decides && html` <span class="tag">reported only</span>`}
          ${parts.map(({ epsilon, verdict }) => html` ${parts.length > 1 && `${epsilon}: `}${verdictHtml(verdict)}`)}</th></tr>
          ${parts.flatMap(({ statements, decides }) => statements.map((each) => statementRow(each, decides)))}</tbody>`;
      })}</table>`,
    data: rowsOf(stage).map(({ part, decides, statement }) => {
      const { says, epsilon, unit, range, margin, verdict, estimate, reason } = statement;
      return {
        claim: id,
        stage: stage.stage,
        part,
        statement: says,
        epsilon,
        unit,
        estimate: estimate?.value,
        low: estimate?.interval?.[0],
        high: estimate?.interval?.[1],
        from: range[0] ?? undefined,
        to: range[1] ?? undefined,
        margin,
        p: estimate?.p?.holds,
        pRefuted: estimate?.p?.refuted,
        seeds: estimate?.seeds,
        examples: estimate?.examples,
        verdict,
        reason,
        decides: String(decides),
      };
    }),
  });
}

function statementRow(statement: StatementVerdict, partDecides: boolean): Html {
  const { says, epsilon, unit, verdict, estimate, reason } = statement;
  const decides = partDecides && statement.decides;
  const numbers = estimate
    ? html`<td>${estimateText(estimate.value, unit)}</td><td>${estimate.interval ? estimateInterval(estimate.interval, unit) : '–'}</td><td class="rule">${rangeText(statement)}</td><td>${estimate.p ? pText(estimate.p.holds) : '–'}</td><td>${estimate.p ? pText(estimate.p.refuted) : '–'}</td><td>${estimate.seeds}</td>`
    : html`<td colspan="2">no runs</td><td class="rule">${rangeText(statement)}</td><td>–</td><td>–</td><td>0</td>`;
  return html`<tr${!decides && html` class="told"`}><th scope="row">${says}</th><td>${epsilon}</td>${numbers}<td class="rule">${verdictHtml(verdict)}${
    reason !== undefined && html`<br><small>${reason}</small>`
  }</td></tr>`;
}

function runsBehind(rows: readonly StatementRow[], runs: Document['runs']): Block[] {
  const names = new Set(rows.flatMap(({ statement }) => statement.runs));
  if (names.size === 0) return [];
  const done = new Map(runs.map((run) => [run.name, run.done]));
  return text(
    html`<ul class="columns">${[...names].map((name) => html`<li><code>${name}</code>${done.get(name) === false && html` <b>not measured in full</b>`}</li>`)}</ul>`,
  );
}

type Side = StatementVerdict['sides'][number];

/** What the statements compare: every side with its mean over seeds and the single values. */
function sidesTable(id: string, rows: readonly StatementRow[]): Block[] {
  const compared = rows.map(({ statement }) => statement).filter(({ sides }) => sides.length > 0);
  if (compared.length === 0) return [];
  const columns = ['side', 'times', 'mean', '95% interval', 'seeds'];
  return table({
    id,
    body: html`<table class="cells"><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      ${compared.map(
        ({ says, epsilon, unit, sides }) => html`<tbody>
          <tr class="group"><th scope="rowgroup" colspan="${columns.length}">${says}, ε\u00a0=\u00a0${epsilon}</th></tr>
          ${sides.map((side) => sideRow(side, unit))}</tbody>`,
      )}</table>`,
    data: compared.flatMap(({ says, epsilon, sides }) =>
      sides.flatMap(({ label, weight, value, interval: [low, high], seeds }) =>
        seeds.map((single, at) => ({
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

function sideRow({ label, weight, value, interval, seeds }: Side, unit: StatementVerdict['unit']): Html {
  const ofAccuracy = unit !== 'ratio';
  const shown = (each: number) => (ofAccuracy ? percent(each) : each.toPrecision(3));
  const ends = ofAccuracy ? percentInterval(interval) : interval.map(shown).join('–');
  return html`<tr><td>${label}</td><td>${weight > 0 ? '+' : '−'}${Number(Math.abs(weight).toFixed(2))}</td><td>${shown(value)}</td><td>${ends}</td><td>${seeds.map(shown).join(', ')}</td></tr>`;
}
