/** The page of a reproduction: the verdicts, what they are decided from, and everything else that was measured. */
import { filesOf, moment, pageHtml, plural, type SectionMaker } from '../../figures/index.ts';
import type { RenderedReport } from '../../report/index.ts';
import { accuracies, combinations } from './accuracy-sections.ts';
import { claimSections } from './claim-sections.ts';
import type { ReproductionReport } from './model.ts';
import { gap, images, runList, training } from './network-sections.ts';
import { reading, setting, verdicts } from './overview-sections.ts';
import { testTime } from './test-time-sections.ts';

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
