/**
 * The Python version of CIFAR-10 and -100, as torchvision downloads it: a pickle a file, a dict of `data` (uint8, [n, 3072], planes as
 * in the binary version) and `labels`, or `coarse_labels` and `fine_labels`. Made into the records of the binary version: the official
 * files of both hold the same images in the same order, so that digests, checks and results are the same.
 */
import { InputError } from '../errors.ts';
import { arrayOf, entriesOf, itemsOf, type PickleValue, unpickle } from '../pickle/index.ts';
import { readContent } from './content.ts';

/** Labels of a record, in the order of the binary version. */
const labelKeys: Readonly<Record<number, readonly string[]>> = {
  1: ['labels'],
  2: ['coarse_labels', 'fine_labels'],
};

export interface RecordLayout {
  readonly labelBytes: number;
  /** Bytes of an image. */
  readonly size: number;
}

/** The records of a file of either version. @throws InputError for a file that cannot be read, or is a pickle of something else. */
export async function readCifarRecords(path: string, layout: RecordLayout): Promise<Buffer> {
  const bytes = await readContent(path);
  // A record begins with a label, and there is none of 128.
  return bytes[0] === 0x80 ? recordsOf(path, unpickle(path, bytes).value, layout) : bytes;
}

function recordsOf(path: string, value: PickleValue, { labelBytes, size }: RecordLayout): Buffer {
  const refuse = (what: string) =>
    new InputError(`${path} is a pickle, and none of CIFAR's Python version: ${what}`);
  const entries = entriesOf(value);
  if (!entries) throw refuse('it holds no dict');
  const array = arrayOf(entries.get('data') ?? null);
  const [count = 0, width] = array?.shape ?? [];
  if (array?.type !== 'u1' || array.fortranOrder || array.shape.length !== 2 || width !== size)
    throw refuse(`its 'data' is no array of bytes of [images, ${size}]`);
  const columns = (labelKeys[labelBytes] ?? []).map((key) => labelsOf(key, entries.get(key), count, refuse));
  const records = Buffer.alloc(count * (labelBytes + size));
  for (let at = 0; at < count; at += 1) {
    const start = at * (labelBytes + size);
    columns.forEach((labels, place) => {
      records[start + place] = labels[at];
    });
    records.set(array.data.subarray(at * size, (at + 1) * size), start + labelBytes);
  }
  return records;
}

/** A list, or an array of another program that wrote the same dict. */
function labelsOf(
  key: string,
  value: PickleValue | undefined,
  count: number,
  refuse: (what: string) => InputError,
): readonly number[] {
  const labels = itemsOf(value)?.map(Number);
  if (labels?.length !== count) throw refuse(`its '${key}' are no list of ${count} labels`);
  const wrong = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < 256));
  if (wrong >= 0) throw refuse(`its '${key}' have ${labels[wrong]} at ${wrong}`);
  return labels;
}
