/**
 * What the experiments that take networks apart have measured: the figures and tables of each analysis, for every variant that was
 * analyzed. What an experiment decides of them is its section among the claims.
 */
import type { AnalysisName } from '../../analysis/index.ts';
import {
  channelsAnalysis,
  displaceAnalysis,
  exchangeAnalysis,
  gaugeAnalysis,
  nsErrorAnalysis,
  shiftAnalysis,
} from '../../analysis/index.ts';
import { html, plural, type Section, type SectionMaker, slug, text } from '../../figures/index.ts';
import { analysisBlocks } from '../../report/index.ts';
import { type ReproductionReport, subjectsOf } from './model.ts';

type Definition = Parameters<typeof analysisBlocks>[0];

interface Taken {
  readonly name: AnalysisName;
  readonly definition: Definition;
  /** A letter. */
  readonly experiment: string;
  /** What is looked at, in a sentence. */
  readonly said: string;
}

const taken: readonly Taken[] = [
  {
    name: 'exchange',
    definition: exchangeAnalysis,
    experiment: 'E',
    said: 'Robust AP take the place of clean ones in single layers, in the first layers and in the last ones, NS re-estimated each time: where in the network robustness sits.',
  },
  {
    name: 'channels',
    definition: channelsAnalysis,
    experiment: 'F',
    said: 'The same by channels: those to which the loss responds most, against as many at random.',
  },
  {
    name: 'gauge',
    definition: gaugeAnalysis,
    experiment: 'G',
    said: 'At test time NS and AP of a channel are y = a x + b. Which of them the change from one branch to the other is made of, and what a and b do by themselves.',
  },
  {
    name: 'shift',
    definition: shiftAnalysis,
    experiment: 'H',
    said: 'How activations move under an attack: the part that is common to images, which NS see, and the part of each image, which they do not. One perturbation for all images is the positive control.',
  },
  {
    name: 'displace',
    definition: displaceAnalysis,
    experiment: 'I',
    said: 'NS moved by multiples of the gap between clean and adversarial images, until accuracy moves.',
  },
  {
    name: 'ns-error',
    definition: nsErrorAnalysis,
    experiment: 'J',
    said: 'Running NS against those of many training images, and the error of the statistics of one batch.',
  },
];

export const experiments: SectionMaker<ReproductionReport> = async (report) =>
  (await Promise.all(taken.map((each) => sectionOf(report, each)))).flat();

async function sectionOf(report: ReproductionReport, row: Taken): Promise<Section[]> {
  const { name, definition, experiment, said } = row;
  const subjects = subjectsOf(report, name);
  const drawn = await Promise.all(subjects.map((subject) => analysisBlocks(definition, subject)));
  const blocks = drawn.flat();
  if (blocks.length === 0) return [];
  const id = `experiment ${experiment}`;
  const asked = report.document.claims.some((claim) => claim.id === id);
  const networks = plural(
    subjects.reduce((sum, { documents }) => sum + documents.length, 0),
    'network',
  );
  const words = html`<p>${said} Of ${networks}${
    asked ? html`; <a href="#${slug(id)}">${id}</a> is decided by it.` : '.'
  }</p>`;
  return [{ id: name, heading: definition.heading, blocks: [...text(words), ...blocks] }];
}
