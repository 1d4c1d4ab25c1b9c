/**
 * A run's entry for RobustBench (Croce et al. 2021; github.com/RobustBench/robustbench): the JSON file of its model_info/, from an
 * evaluation with AutoAttack's standard version. Keys, strings of percent and the names of data sets are those of its files. What a run
 * cannot know (title, authors, link, venue) is given, or empty as it is there.
 *
 * It is an entry and nothing more: the weights, and the pull request, are up to their authors.
 */
import { formIn, type NormName, suiteNamed } from '../attacks/index.ts';
import { InputError } from '../errors.ts';
import {
  type EvaluationDocument,
  evaluationDocumentSchema,
  suiteOptionsSchema,
} from '../evaluation/index.ts';
import { canonicalJson, readDocuments, type StoredDocument, writeAtomically } from '../files/index.ts';
import { cellLabel, sameCell } from '../nn/index.ts';
import type { CheckpointName, Run } from '../runs/index.ts';
import { type CellRequest, chooseFrom, refuseTaken } from './export-subject.ts';

/** What a run does not know of itself. */
export interface RobustBenchText {
  /** Default the name of the run. */
  readonly name?: string | undefined;
  readonly authors?: string | undefined;
  readonly link?: string | undefined;
  readonly venue?: string | undefined;
  /** Default that of the network, as RobustBench spells it. */
  readonly architecture?: string | undefined;
  /** Whether it was trained on more than the data set: default no. */
  readonly additionalData?: boolean | undefined;
}

export interface RobustBenchEntry {
  readonly link: string;
  readonly name: string;
  readonly authors: string;
  readonly additional_data: boolean;
  readonly number_forward_passes: number;
  readonly dataset: string;
  readonly venue: string;
  readonly architecture: string;
  readonly eps: string;
  readonly clean_acc: string;
  readonly reported: string;
  readonly autoattack_acc: string;
  readonly footnote?: string;
}

/** RobustBench's leaderboards of norms: its name of the data set, the test images it takes, and epsilon as it writes it. */
const leaderboards: Readonly<
  Record<
    string,
    { name: string; images: number; epsilon: Partial<Record<NormName, readonly [string, number]>> }
  >
> = {
  'cifar-10': { name: 'cifar10', images: 10_000, epsilon: { linf: ['8/255', 8 / 255], l2: ['0.5', 0.5] } },
  'cifar-100': { name: 'cifar100', images: 10_000, epsilon: { linf: ['8/255', 8 / 255] } },
};

/** Names of networks as its files spell them. */
const architectures: Readonly<Record<string, string>> = {
  resnet8: 'ResNet-8',
  resnet10: 'ResNet-10',
  resnet18: 'ResNet-18',
  resnet20: 'ResNet-20',
  resnet50: 'ResNet-50',
  'preact-resnet18': 'PreActResNet-18',
  'wrn-28-10': 'WideResNet-28-10',
  'wrn-34-10': 'WideResNet-34-10',
};

type Evaluation = Pick<EvaluationDocument, 'request' | 'subject' | 'grid' | 'failedChecks'>;

/** The name under which an evaluation has AutoAttack's standard version, judged by what was run; undefined where it has not. */
export function standardAutoAttackOf({ request }: Pick<Evaluation, 'request'>): string | undefined {
  const { norm, epsilon } = request;
  const standard = suiteNamed(formIn('aa', norm), epsilon.value);
  const stages = Object.fromEntries(standard?.stages.map(({ stage, options }) => [stage, options]) ?? []);
  return Object.entries(request.attacks).find(([, meaning]) => {
    const suite = suiteOptionsSchema.safeParse(meaning);
    return suite.success && canonicalJson(suite.data.stages) === canonicalJson(stages);
  })?.[0];
}

/**
 * An evaluation's entry, and what whoever sends it should know, a sentence each.
 *
 * @param where The evaluation, for errors.
 * @throws InputError for an evaluation without AutoAttack's standard version, a data set or norm that has no leaderboard, and where
 *   the request fits no cell or several.
 */
export function robustBenchEntry(
  { request, subject, grid, failedChecks }: Evaluation,
  where: string,
  cellRequest: CellRequest = {},
  text: RobustBenchText = {},
): { readonly entry: RobustBenchEntry; readonly warnings: readonly string[] } {
  const board = leaderboards[subject.dataset.name];
  const usual = board?.epsilon[request.norm];
  if (!board || !usual)
    throw new InputError(
      `RobustBench has no leaderboard of ${subject.dataset.name} in ${request.norm}: it has cifar-10 in linf and l2, and cifar-100 in linf`,
    );
  const attack = standardAutoAttackOf({ request });
  if (attack === undefined)
    throw new InputError(
      `${where} has no AutoAttack, but ${Object.keys(request.attacks).join(', ') || 'no attack'}: RobustBench takes the standard version, all of its four attacks`,
    );
  const cell = chooseFrom(request.cells, subject.network, cellRequest);
  const row = grid.find((each) => sameCell(each, cell));
  if (!row) throw new InputError(`${where} has no accuracies of ${cellLabel(cell)}`, [], { code: 'damaged' });

  const { count } = request.examples;
  const isWhole = count >= board.images;
  const isUsual = Math.abs(request.epsilon.value - usual[1]) < 1e-9;
  const footnotes = [
    ...(isWhole ? [] : [`AutoAttack on ${count} of the ${board.images} test images.`]),
    ...(grid.length === 1
      ? []
      : [
          `One of ${grid.length} cells of normalization statistics (NS) and affine parameters (AP): ${cellLabel(cell)}.`,
        ]),
  ];
  const warnings = [
    ...(isWhole
      ? []
      : [
          `RobustBench takes all ${board.images} test images, and this has ${count}: evaluate with --examples ${board.images}`,
        ]),
    ...(isUsual
      ? []
      : [
          `RobustBench's epsilon of ${board.name} in ${request.norm} is ${usual[0]}, and this is ${request.epsilon.text}`,
        ]),
    ...failedChecks
      .filter((check) => sameCell(check, cell))
      .map(({ rule, message }) => `the check ${rule} failed: ${message}`),
  ];
  const robust = percent(row.robust[attack]);
  return {
    entry: {
      link: text.link ?? '',
      name: text.name ?? subject.run,
      authors: text.authors ?? '',
      additional_data: text.additionalData ?? false,
      number_forward_passes: 1,
      dataset: board.name,
      venue: text.venue ?? 'N/A',
      architecture: text.architecture ?? architectures[subject.network] ?? subject.network,
      eps: isUsual ? usual[0] : request.epsilon.text,
      clean_acc: percent(row.clean),
      reported: robust,
      autoattack_acc: robust,
      ...(footnotes.length > 0 && { footnote: footnotes.join(' ') }),
    },
    warnings,
  };
}

/** '72.34' */
const percent = (fraction: number) => (100 * fraction).toFixed(2);

export interface RobustBenchRequest extends RobustBenchText {
  /** Its name in evaluations/, without .json; default the only one that has AutoAttack's standard version. */
  readonly evaluation?: string | undefined;
  /** Only evaluations of this checkpoint; default of any. */
  readonly checkpoint?: CheckpointName | undefined;
  readonly cell?: CellRequest | undefined;
}

/** Write the entry of one of a run's evaluations to a new file. @throws as robustBenchEntry; InputError where none fits, or several do. */
export async function exportRobustBench(
  run: Run,
  path: string,
  { evaluation, checkpoint, cell, ...text }: RobustBenchRequest = {},
): Promise<{ readonly evaluation: string; readonly warnings: readonly string[] }> {
  refuseTaken(path);
  const { found, problems } = await readDocuments(run.paths.evaluations, evaluationDocumentSchema);
  const chosen = chooseEvaluation(run, found, { evaluation, checkpoint });
  const { entry, warnings } = robustBenchEntry(chosen.document, chosen.name, cell, text);
  const isImported = run.environment.engine.imported !== undefined && text.additionalData === undefined;
  await writeAtomically(path, `${JSON.stringify(entry, null, 2)}\n`);
  return {
    evaluation: chosen.name,
    warnings: [
      ...problems,
      ...warnings,
      ...(isImported
        ? ['the weights were imported; if more data than the data set trained them, say --additional-data']
        : []),
    ],
  };
}

type Stored = StoredDocument<EvaluationDocument>;

function chooseEvaluation(
  run: Run,
  found: readonly Stored[],
  { evaluation, checkpoint }: Pick<RobustBenchRequest, 'evaluation' | 'checkpoint'>,
): Stored {
  const list = (of: readonly Stored[]) =>
    of.map(({ name, document: { subject, request } }) => ({
      where: name,
      what: `${Object.keys(request.attacks).join(', ')}; ${request.norm} ${request.epsilon.text}, ${request.examples.count} images, ${subject.checkpoint.name} checkpoint of ${subject.checkpoint.epoch} epochs`,
    }));
  if (evaluation !== undefined) {
    const named = found.find(({ name }) => name === evaluation.replace(/\.json$/, ''));
    if (named) return named;
    throw new InputError(`${run.directory} has no evaluation '${evaluation}'; there are:`, list(found), {
      code: 'not-found',
    });
  }
  const fitting = found.filter(
    ({ document }) =>
      standardAutoAttackOf(document) !== undefined &&
      (checkpoint === undefined || document.subject.checkpoint.name === checkpoint),
  );
  const [only] = fitting;
  if (only && fitting.length === 1) return only;
  if (fitting.length > 1)
    throw new InputError(
      `choose one of the evaluations with AutoAttack, by --evaluation; there are:`,
      list(fitting),
    );
  const option = checkpoint === undefined ? '' : ` --checkpoint ${checkpoint}`;
  throw new InputError(
    `${run.directory} has no evaluation with AutoAttack's standard version (aa-fast is its first half); run: dualbn evaluate ${run.directory} --attack aa --epsilon 8/255 --examples 10000${option}`,
    list(found),
    { code: 'not-found' },
  );
}
