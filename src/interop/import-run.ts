/**
 * A run directory from weights that were trained elsewhere: configuration and a checkpoint at its end, so that everything
 * that looks at trained runs looks at it, too. No training is made up: it has no metrics and no optimizer state.
 */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { type ResolvedConfiguration, resolveConfiguration } from '../configuration/index.ts';
import type { Dataset, LoadOptions } from '../data/index.ts';
import { InputError } from '../errors.ts';
import { type Branch, isNetworkName, type NetworkVariable, networkNames } from '../nn/index.ts';
import {
  checkpointPath,
  createRun,
  describeEnvironment,
  loadData,
  networkFor,
  type Run,
  refuseFormerStem,
  writeCheckpoint,
} from '../runs/index.ts';
import { thereIsNo } from '../suggestions.ts';
import { type Regime, type RegimeName, regimes } from '../training/index.ts';
import { type ExternalState, readExternalState } from './external-state.ts';
import { mapState, type StateMapping } from './state-dict.ts';

/** What a plain state dict becomes: a plain network, both branches of Dual BN, or one of them. */
export type ImportAs = 'single' | 'both' | Branch;

export interface ImportRequest {
  readonly file: string;
  /** Which of several state dicts of a file of torch.save. */
  readonly key?: string | undefined;
  /** Left out, what the header of the file says. */
  readonly network?: string | undefined;
  readonly width?: number | undefined;
  readonly dataset?: string | undefined;
  /** Default: 'single' for plain names; names that have branches say it themselves. */
  readonly as?: ImportAs | undefined;
  /** `key=value` of the configuration, over all that is found out. */
  readonly overrides?: readonly string[];
  readonly directory?: string | undefined;
}

export interface ImportedRun {
  readonly run: Run;
  /** What was done to the names, a sentence each. */
  readonly notes: readonly string[];
}

/** What a file would become, and of which tensors. */
export interface PlannedImport {
  readonly resolved: ResolvedConfiguration;
  readonly mapping: StateMapping;
  readonly dataset: Pick<Dataset, 'name' | 'checksum' | 'count'>;
  /** What was done to the names, a sentence each. */
  readonly notes: readonly string[];
}

/** Reads and maps, and writes nothing. @throws InputError for a file that cannot be read or does not fit. */
export async function planImport(request: ImportRequest, options: LoadOptions = {}): Promise<PlannedImport> {
  const { file, overrides = [], as } = request;
  const state = await readExternalState(file, request.key);
  const resolved = resolveConfiguration({ assumed: foundOut(request, state), overrides });
  const { configuration } = resolved;
  refuseFormerStem(file, state.metadata.dualbn, configuration);
  const train = await loadData(configuration, 'train', options);
  const network = networkFor(configuration, train);
  const mapping = mapState({
    variables: network.variables,
    state: state.tensors,
    branches: branchesFor(as, network.variables, file),
    seed: configuration.seed,
  });
  const notes = [...state.notes, ...mapping.notes];
  return { resolved, mapping, dataset: train, notes };
}

/** @throws InputError as planImport, and for a directory that is taken. */
export async function importRun(request: ImportRequest, options: LoadOptions = {}): Promise<ImportedRun> {
  const { file } = request;
  const { resolved, mapping, dataset, notes } = await planImport(request, options);
  const { configuration } = resolved;
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const environment = await describeEnvironment(
    { name: 'none', imported: basename(file), sha256 },
    { name: dataset.name, checksum: dataset.checksum, images: dataset.count },
  );
  const run = await createRun({ directory: request.directory, resolved, environment });
  try {
    await writeCheckpoint(checkpointPath(run.directory, 'last'), mapping.tensors, {
      configuration: run.hash,
      position: {
        epoch: configuration.epochs,
        batch: 0,
        runningMetrics: { examples: 0, steps: 0, loss: 0, passes: {} },
      },
      step: 0,
      metricsBytes: 0,
      best: null,
    });
  } catch (error) {
    // It is ours, made a moment ago: half of it is worse than nothing.
    await rm(run.directory, { recursive: true, force: true });
    throw error;
  }
  return { run, notes };
}

/** The configuration, as far as the command line and the file say it. */
function foundOut({ network, width, dataset, as, file }: ImportRequest, state: ExternalState): string[] {
  const { metadata, tensors } = state;
  const written = writtenConfiguration(metadata.configuration);
  const named = network ?? metadata.network;
  const learned = dataset ?? metadata.dataset;
  const problems = [
    ...(named === undefined ? [{ where: '--network', what: `use one of ${networkNames.join(', ')}` }] : []),
    ...(learned === undefined ? [{ where: '--dataset', what: 'a name of `dualbn data list`' }] : []),
  ];
  if (problems.length > 0) throw new InputError(`${file} does not say what it is; tell it with`, problems);
  if (named !== undefined && !isNetworkName(named))
    throw new InputError(thereIsNo('network', named, networkNames), [
      { where: '--network', what: `use one of ${networkNames.join(', ')}` },
    ]);
  const epochs = /^[1-9]\d{0,6}$/.test(metadata.epoch ?? '') ? metadata.epoch : '1';
  // A cell that left as a plain network comes back as one, whatever it was taken from.
  const whole = as === undefined && metadata.statistics === undefined ? written?.regime : undefined;
  return [
    network === undefined && written ? `network=${written.network}` : `network.name=${named}`,
    ...(width === undefined ? [] : [`network.width=${width}`]),
    `data.dataset=${learned}`,
    whole ? `regime=${whole}` : `regime.name=${regimeFor(as, [...tensors.keys()])}`,
    `epochs=${epochs}`,
    'checkpoint.best=none',
  ];
}

const writtenSchema = z.object({
  network: z.record(z.string(), z.unknown()),
  // Files of version 0.1 call the definition `row`.
  regime: z.looseObject({
    name: z.string(),
    definition: z.unknown().optional(),
    row: z.unknown().optional(),
  }),
});

/** The sections of the configuration that an exported file has in its header, as overrides; none of other files. */
function writtenConfiguration(text: string | undefined) {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = writtenSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { network, regime } = parsed.data;
  // A row that starts from a trained network would ask for that; the weights are what it became.
  const starts = Object.entries<Regime>(regimes).some(([name, row]) => name === regime.name && row.init);
  return {
    network: JSON.stringify(network),
    regime: starts && (regime.definition ?? regime.row) === undefined ? undefined : JSON.stringify(regime),
  };
}

/** The regime whose network has the sets that the names show, or that were asked for. */
function regimeFor(as: ImportAs | undefined, names: readonly string[]): RegimeName {
  if (as !== undefined) return as === 'single' ? 'standard' : 'dual-bn';
  const statistics = names.some((name) => /\.(clean|adv)\.running_mean$/.test(name));
  const affine = names.some((name) => /\.(clean|adv)\.weight$/.test(name));
  if (!statistics && !affine) return 'standard';
  return statistics && affine ? 'dual-bn' : statistics ? 'dual-ns' : 'dual-ap';
}

/** The branches that plain names are to become. */
function branchesFor(
  as: ImportAs | undefined,
  variables: readonly NetworkVariable[],
  file: string,
): readonly Branch[] {
  const there = [...new Set(variables.map(({ branch }) => branch))];
  if (as === undefined || as === 'single') return [];
  if (as === 'both') return there;
  if (there.includes(as)) return [as];
  throw new InputError(`${file} cannot become the branch ${as}: the network has ${there.join(', ')}`, [
    { where: '--as', what: 'single, both, or the name of a branch' },
  ]);
}
