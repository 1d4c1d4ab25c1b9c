/**
 * Writes a state dict as torch.save does since PyTorch 1.6, so that torch.load(path, weights_only=True) opens it: a zip file with the
 * pickle of an OrderedDict of float32 tensors, each with a storage of its own. The same tensors give the same bytes.
 */
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { InputError } from '../../errors.ts';
import { encodeFloat32, type StoredTensor } from '../../runs/index.ts';

/** Beyond this a zip file needs larger fields. */
const MOST_BYTES = 2 ** 32 - 2 ** 20;
/** Of all entries: zip files know no time before 1980, and a time of its own would make every file another. */
const mtime = new Date(1980, 0, 1);

/** @throws InputError for more than four gigabytes. */
export async function encodeTorch(tensors: ReadonlyMap<string, StoredTensor>): Promise<Buffer> {
  const all = [...tensors];
  const size = all.reduce((sum, [, { values }]) => sum + values.byteLength, 0);
  if (size > MOST_BYTES)
    throw new InputError(`the weights have ${size} bytes: write them with --safetensors`);
  const zip = new ZipFile();
  const add = (name: string, content: Buffer) =>
    zip.addBuffer(content, `archive/${name}`, { mtime, compress: false, mode: 0o100644 });
  add('data.pkl', pickle(all));
  add('byteorder', Buffer.from('little'));
  for (const [at, [, { values }]] of all.entries()) add(`data/${at}`, Buffer.from(encodeFloat32(values)));
  add('version', Buffer.from('3\n'));
  zip.end();
  return buffer(zip.outputStream);
}

const ordered = 'ccollections\nOrderedDict\n)R';

/** Protocol 2, for PyTorch of any version. */
function pickle(tensors: readonly (readonly [string, StoredTensor])[]): Buffer {
  const parts: Buffer[] = [bytes([0x80, 2]), latin(ordered), latin('(')];
  for (const [at, [name, { shape, values }]] of tensors.entries()) {
    const strides = shape.map((_, axis) =>
      shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
    );
    parts.push(
      ...[text(name), latin('ctorch._utils\n_rebuild_tensor_v2\n((')],
      ...[text('storage'), latin('ctorch\nFloatStorage\n'), text(String(at)), text('cpu')],
      ...[integer(values.length), latin('tQ'), integer(0), tuple(shape), tuple(strides)],
      ...[bytes([0x89]), latin(ordered), latin('tR')],
    );
  }
  parts.push(latin('u.'));
  return Buffer.concat(parts);
}

const bytes = (values: readonly number[]) => Buffer.from(values);
const latin = (value: string) => Buffer.from(value, 'latin1');

function text(value: string): Buffer {
  const content = Buffer.from(value, 'utf8');
  const head = Buffer.alloc(5, 'X');
  head.writeUInt32LE(content.length, 1);
  return Buffer.concat([head, content]);
}

/** From 0 to 2^31 - 1. */
function integer(value: number): Buffer {
  const content = Buffer.alloc(5, 'J');
  content.writeInt32LE(value, 1);
  return content;
}

const tuple = (values: readonly number[]) => Buffer.concat([latin('('), ...values.map(integer), latin('t')]);
