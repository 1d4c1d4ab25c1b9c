/**
 * The first screen of the report: what was found and how sure it is, in one paragraph and one figure. Nothing here is judged anew: it
 * quotes statements that carry a headline, with their verdicts, from the stage of seeds that a claim is judged by.
 */
import {
  type Figure,
  figure,
  forest,
  forestDomain,
  groupBy,
  type Html,
  html,
  type Panel,
  percent,
  plural,
  type SectionMaker,
  slug,
  text,
  type VerdictName,
} from '../../figures/index.ts';
import type { Stage } from '../scales.ts';
import type { ReproductionDocument, StageVerdict, StatementVerdict } from '../verdicts/document.ts';
import { verdictKey } from './claim-forest.ts';
import { leadingStage, type ReproductionReport, rowsOf, sizeText, stageText } from './model.ts';

interface Headline {
  readonly words: string;
  readonly stage: Stage;
  readonly statement: StatementVerdict;
}

export const found: SectionMaker<ReproductionReport> = async ({ document }) => {
  const headlines = headlinesOf(document);
  return [
    {
      id: 'found',
      heading: 'What was found',
      blocks: [
        ...text(html`<p>${verdictsText(document)} ${headlinesText(headlines)} ${measuredText(document)}</p>`),
        ...(await figure(foundFigure(headlines))),
      ],
    },
  ];
};

function headlinesOf({ claims }: ReproductionDocument): Headline[] {
  return claims.flatMap((claim) => {
    const stage = leadingStage(claim);
    if (!stage) return [];
    return rowsOf(stage).flatMap(({ statement }) =>
      statement.headline === undefined || !statement.estimate
        ? []
        : [{ words: statement.headline, stage: stage.stage, statement }],
    );
  });
}

const verdictOrder: readonly VerdictName[] = [
  'holds',
  'does not hold',
  'not shown',
  'not decidable',
  'not run',
];

/** 'Of six claims, by the confirmatory seeds claim 6 holds; by the exploratory seeds ...' */
function verdictsText({ claims }: ReproductionDocument): string {
  const kinds = groupBy(claims, ({ id }) => id.split(' ')[0]);
  return [...kinds].map(([kind, all]) => verdictsOfKind(kind, all)).join(' ');
}

function verdictsOfKind(kind: string, claims: ReproductionDocument['claims']): string {
  const judged = claims.map((claim) => ({ claim, stage: leadingStage(claim) }));
  const stages = (['confirmatory', 'exploratory'] as const).flatMap((stage) => {
    const ofStage = judged.filter((each) => each.stage?.stage === stage && each.stage.verdict !== 'not run');
    const byVerdict = verdictOrder.flatMap((verdict) => {
      const ids = ofStage.filter((each) => each.stage?.verdict === verdict).map(({ claim }) => claim.id);
      return ids.length === 0 ? [] : [`${list(ids)}: ${verdict}`];
    });
    return byVerdict.length === 0
      ? []
      : [
          `by the ${stageText(stage)}${sofarText(ofStage.flatMap((each) => each.stage ?? []))} ${byVerdict.join('; ')}`,
        ];
  });
  const notRun = judged.filter((each) => (each.stage?.verdict ?? 'not run') === 'not run').length;
  const parts = [...stages, ...(notRun > 0 ? [`${notRun} not run`] : [])];
  return `Of ${plural(claims.length, kind)}, at all epsilons together: ${parts.join('. ')}.`;
}

/** ' (3 to 7 of 7 so far)', where some of those that were planned are still to come. */
function sofarText(stages: readonly StageVerdict[]): string {
  // None where nothing could be estimated.
  const counts = stages.map(({ seeds }) => seeds.least).filter((count) => count > 0);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const planned = Math.max(...stages.map(({ seeds }) => seeds.planned));
  if (counts.length === 0 || least >= planned) return '';
  return ` (${least === most ? least : `${least} to ${most}`} of ${planned} so far)`;
}

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

function headlinesText(headlines: readonly Headline[]): Html[] {
  return [...groupBy(headlines, ({ statement }) => statement.epsilon)].map(
    ([epsilon, all]) =>
      html`At ε\u00a0=\u00a0${epsilon}, with 95% intervals: ${all.map(({ words, statement }) => `${words} ${sizeText(statement)}`).join('; ')}. `,
  );
}

function measuredText({ scale, seeds, attacks, examples, chance, setting }: ReproductionDocument): Html {
  const trained = ['data set', 'network', 'training images', 'epochs'].flatMap((key) =>
    setting[key] === undefined ? [] : [`${key} ${setting[key]}`],
  );
  const ranges = Object.entries(seeds)
    .filter(([, all]) => all.length > 0)
    .map(([stage, all]) => `${stage} ${list(all.map(String))}`);
  return html`This is of scale ${scale} (${trained.join(', ')}; seeds: ${ranges.join('; ')}) and says nothing of others. Robust is what none of
    ${list([...attacks])} breaks, of ${plural(examples.evaluated, 'test image')}${chance !== undefined && `; guessing gives ${percent(chance)} %`}.`;
}

function foundFigure(headlines: readonly Headline[]): Figure | undefined {
  const rows = headlines.flatMap(({ words, stage, statement }) => {
    const { estimate, unit, range, verdict, epsilon } = statement;
    if (!estimate?.interval || unit !== 'accuracy') return [];
    const label = stage === 'confirmatory' ? words : `${words} (${stageText(stage)})`;
    const { value, interval } = estimate;
    return [
      { epsilon, words, stage, row: { label, value, interval, allowed: range, verdict, decides: true } },
    ];
  });
  if (rows.length === 0) return undefined;
  const domain = forestDomain(
    rows.map(({ row }) => row),
    'accuracy',
  );
  return {
    id: 'found-figure',
    title: 'What separation changes',
    caption: html`Differences of accuracies in percentage points with 95% intervals over seeds and test images; the band is what the paper
      says of each, by the rules of this program.`,
    key: verdictKey(rows.map(({ row }) => row.verdict)),
    panels: [...groupBy(rows, ({ epsilon }) => epsilon)].map(
      ([epsilon, all]): Panel => ({
        name: slug(epsilon),
        title: `ε = ${epsilon}`,
        description: all
          .map(({ row }) => `${row.label}: ${percent(row.value)} points, ${row.verdict}`)
          .join('; '),
        chart: forest({ rows: all.map(({ row }) => row), unit: 'accuracy', domain }),
      }),
    ),
    data: rows.map(({ epsilon, words, stage, row: { value, interval, verdict } }) => ({
      what: words,
      stage,
      epsilon,
      estimate: value,
      low: interval[0],
      high: interval[1],
      verdict,
    })),
  };
}
