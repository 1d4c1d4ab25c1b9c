/** The report of a reproduction: the verdicts, what they rest on, and all that was seen beside them. */
import { filesOf, moment, pageHtml, plural, type SectionMaker } from '../../figures/index.ts';
import type { RenderedReport } from '../../report/index.ts';
import { accuracies } from './accuracies.ts';
import { claimSections } from './claims.ts';
import { combinations } from './combinations.ts';
import { gap } from './gap.ts';
import type { ReproductionReport } from './model.ts';
import { reading } from './reading.ts';
import { setting } from './setting.ts';
import { testTime } from './test-time.ts';
import { images, runList, training } from './training.ts';
import { verdicts } from './verdicts.ts';

const parts: readonly SectionMaker<ReproductionReport>[] = [
  verdicts,
  setting,
  claimSections,
  accuracies,
  combinations,
  testTime,
  gap,
  training,
  images,
  runList,
  reading,
];

/** One HTML file that opens offline and needs no script, and its figures and tables as files. */
export async function drawReproduction(report: ReproductionReport): Promise<RenderedReport> {
  const { document, generated } = report;
  const sections = (await Promise.all(parts.map((part) => part(report)))).flat();
  const { scale, seeds, epsilons } = document;
  const html = pageHtml({
    title: 'Dual BN in hybrid adversarial training: its claims put to the test',
    lead: `Scale ${scale}, ${plural(seeds.length, 'seed')}, ε = ${epsilons.join(' and ')}, ${moment(generated.date)}`,
    generated,
    sections,
  });
  return { html, ...filesOf(sections) };
}

/** The page alone. */
export const renderReproduction = async (report: ReproductionReport): Promise<string> =>
  (await drawReproduction(report)).html;
