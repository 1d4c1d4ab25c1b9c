/**
 * A state dict from elsewhere, of safetensors or of torch.save, with its names made ours. What was done to them is said in notes;
 * whether they fit a network is not asked here (state-dict.ts).
 */
import { InputError } from '../errors.ts';
import { refusedIn, refuseUnusableValues } from '../nn/index.ts';
import { isOptimizerTensor, readSafetensors, type StoredTensor } from '../runs/index.ts';
import { readTorchState, torchKind } from './torch/index.ts';

export interface ExternalState {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Of the file's header, where it has any. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What was done to the names, a sentence each. */
  readonly notes: readonly string[];
}

/** Before all names of a network that is a member of something else; some of these normalize the images first. */
const prefixes = [
  { prefix: 'module.', of: 'DataParallel', mayNormalize: false },
  { prefix: '_orig_mod.', of: 'torch.compile', mayNormalize: false },
  { prefix: 'model.', of: 'a wrapper', mayNormalize: true },
  { prefix: 'net.', of: 'a wrapper', mayNormalize: true },
  { prefix: 'network.', of: 'a wrapper', mayNormalize: true },
] as const;

const normalizing = (prefix: string) =>
  `where '${prefix}' is of a wrapper that normalizes images, its mean and deviation are not in the file, and accuracy will be low: ` +
  'networks here take images in [0, 1]; see docs/interop.md';

/** Counters that nobody needs: our running NS move by a constant share. */
const counter = 'num_batches_tracked';

/**
 * Reads a state dict: a safetensors file, or one of torch.save, of which `key` names a state dict where there are several.
 *
 * @throws InputError as readTorchState, refuseUnusableValues and readSafetensors.
 */
export async function readExternalState(path: string, key?: string): Promise<ExternalState> {
  const { tensors: read, metadata, notes: told } = await readTensors(path, key);
  const notes: string[] = [...told];
  let tensors: [string, StoredTensor][] = [...read];
  const without = (unwanted: (name: string) => boolean, what: string) => {
    const kept = tensors.filter(([name]) => !unwanted(name));
    if (kept.length < tensors.length) notes.push(`left out ${tensors.length - kept.length} ${what}`);
    tensors = kept;
  };
  without((name) => name.split('.').at(-1) === counter, `counters ${counter}`);
  without(isOptimizerTensor, 'tensors of an optimizer');
  // AveragedModel's, of how many networks its weights are the mean.
  without((name) => name === 'n_averaged', 'counters n_averaged');
  for (let found = commonPrefix(tensors); found; found = commonPrefix(tensors)) {
    const { prefix, of, mayNormalize } = found;
    tensors = tensors.map(([name, tensor]) => [name.slice(prefix.length), tensor]);
    notes.push(`took the prefix '${prefix}' off all names, that of ${of}`);
    if (mayNormalize) notes.push(normalizing(prefix));
  }
  refuseUnusableValues(
    path,
    tensors.map(([name, { values }]) => ({ name, values, refused: refusedIn(name) })),
  );
  return { tensors: new Map(tensors), metadata, notes };
}

function commonPrefix(tensors: readonly [string, StoredTensor][]): (typeof prefixes)[number] | undefined {
  if (tensors.length === 0) return undefined;
  return prefixes.find(({ prefix }) => tensors.every(([name]) => name.startsWith(prefix)));
}

interface ReadTensors extends Pick<ExternalState, 'metadata' | 'notes'> {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

async function readTensors(path: string, key: string | undefined): Promise<ReadTensors> {
  if (path.endsWith('.onnx'))
    throw new InputError(
      `${path} is a model, not weights: evaluate it as it is with \`dualbn evaluate ${path} --dataset NAME\``,
    );
  const kind = await torchKind(path);
  if (kind) return { ...(await readTorchState(path, kind, key)), metadata: {} };
  if (key !== undefined)
    throw new InputError(`${path} is a safetensors file, which holds one state dict: leave --key out`);
  const { tensors, metadata } = await readSafetensors(path);
  return { tensors, metadata, notes: [] };
}
