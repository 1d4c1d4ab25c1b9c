/**
 * A state dict from elsewhere, as a safetensors file, with its names made ours. What was done to them is said in notes;
 * whether they fit a network is not asked here (state-dict.ts).
 */
import { open } from 'node:fs/promises';
import { InputError } from '../errors.ts';
import { fileError } from '../files/index.ts';
import { refusedIn, refuseUnusableValues } from '../nn/index.ts';
import { isOptimizerTensor, readSafetensors, type StoredTensor } from '../runs/index.ts';

export interface ExternalState {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Of the file's header, where it has any. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What was done to the names, a sentence each. */
  readonly notes: readonly string[];
}

// DataParallel's, and that of wrappers that normalize their input or hold a network as a member.
const prefixes = ['module.', 'model.'] as const;

/** Counters that nobody needs: our running NS move by a constant share. */
const counter = 'num_batches_tracked';

/**
 * Reads a state dict.
 *
 * @throws InputError for a pickle, saying how to convert it; as refuseUnusableValues; and as readSafetensors.
 */
export async function readExternalState(path: string): Promise<ExternalState> {
  await refuseOthers(path);
  const { tensors: read, metadata } = await readSafetensors(path);
  const notes: string[] = [];
  let tensors: [string, StoredTensor][] = [...read];
  const without = (unwanted: (name: string) => boolean, what: string) => {
    const kept = tensors.filter(([name]) => !unwanted(name));
    if (kept.length < tensors.length) notes.push(`left out ${tensors.length - kept.length} ${what}`);
    tensors = kept;
  };
  without((name) => name.split('.').at(-1) === counter, `counters ${counter}`);
  without(isOptimizerTensor, 'tensors of an optimizer');
  for (let prefix = commonPrefix(tensors); prefix; prefix = commonPrefix(tensors)) {
    const { length } = prefix;
    tensors = tensors.map(([name, tensor]) => [name.slice(length), tensor]);
    notes.push(`took the prefix '${prefix}' off all names`);
  }
  refuseUnusableValues(
    path,
    tensors.map(([name, { values }]) => ({ name, values, refused: refusedIn(name) })),
  );
  return { tensors: new Map(tensors), metadata, notes };
}

function commonPrefix(tensors: readonly [string, StoredTensor][]): string | undefined {
  if (tensors.length === 0) return undefined;
  return prefixes.find((prefix) => tensors.every(([name]) => name.startsWith(prefix)));
}

/** Files that are often tried here and are something else, told by their first bytes. */
async function refuseOthers(path: string): Promise<void> {
  const first = Buffer.alloc(4);
  try {
    const file = await open(path, 'r');
    await file.read(first, 0, 4, 0).finally(() => file.close());
  } catch (error) {
    throw fileError('read', path, error);
  }
  // torch.save writes a zip file, and before 1.6 wrote a bare pickle of protocol 2.
  const zip = first.toString('latin1') === 'PK\x03\x04';
  const pickle = first[0] === 0x80 && first[1] === 2;
  if (zip || pickle)
    throw new InputError(
      `${path} is a file of torch.save, a pickle: reading one can run any code, so it is not read here. Convert it with\n\n` +
        `  python3 -c "import torch; from safetensors.torch import save_file; save_file({k: v.contiguous() for k, v in torch.load('${path}', map_location='cpu').items()}, '${safeName(path)}')"\n\n` +
        'where it holds more than a state dict, pick that first (often ["state_dict"]); docs/interop.md does it without the package safetensors',
    );
  if (path.endsWith('.onnx'))
    throw new InputError(
      `${path} is a model, not weights: evaluate it as it is with \`dualbn evaluate ${path} --dataset NAME\``,
    );
}

const safeName = (path: string) => `${path.replace(/\.(pt|pth|bin|ckpt|tar|pkl)$/, '')}.safetensors`;
