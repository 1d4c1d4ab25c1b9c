/** The page of a reproduction: what was found, the verdicts, what they are decided from, and everything else that was measured. */
import { filesOf, pageHtml, type SectionMaker } from '../../figures/index.ts';
import type { RenderedReport } from '../../report/index.ts';
import { accuracies, combinations } from './accuracy-sections.ts';
import { claimSections } from './claim-sections.ts';
import { experiments } from './experiment-sections.ts';
import { found } from './found-section.ts';
import type { ReproductionReport } from './model.ts';
import { gap, runList, training } from './network-sections.ts';
import { questions, reading, setting, verdicts } from './overview-sections.ts';
import { testTime } from './test-time-sections.ts';

const parts: readonly SectionMaker<ReproductionReport>[] = [
  found,
  verdicts,
  questions,
  claimSections,
  accuracies,
  combinations,
  testTime,
  gap,
  experiments,
  training,
  setting,
  runList,
  reading,
];

/** One HTML file that opens offline and needs no script, and its figures and tables as files. */
export async function drawReproduction(report: ReproductionReport): Promise<RenderedReport> {
  const { document, generated } = report;
  const sections = (await Promise.all(parts.map((part) => part(report)))).flat();
  const { scale, epsilons } = document;
  const html = pageHtml({
    title: 'Dual BN in hybrid adversarial training: its claims put to the test',
    lead: `Scale ${scale}, ${document.setting['data set'] ?? ''}, ε = ${epsilons.join(' and ')}`,
    generated,
    sections,
  });
  return { html, ...filesOf(sections) };
}

/** The page alone. */
export const renderReproduction = async (report: ReproductionReport): Promise<string> =>
  (await drawReproduction(report)).html;
