/**
 * What a pickle holds, read as data: nothing is imported and nothing is called. What Python would make by calling something is a `call`
 * that says what, with which arguments; whoever reads a file knows a few of them (PyTorch's tensors, NumPy's arrays), and all others
 * stay as they are.
 */

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  /** Of Python 3's bytes, and of Python 2's str. */
  | Uint8Array
  | PickleSequence
  | PickleDict
  | PickleGlobal
  | PickleCall
  | PicklePersistent;

export interface PickleSequence {
  readonly kind: 'list' | 'tuple' | 'set';
  readonly items: PickleValue[];
}

type Entry = readonly [key: PickleValue, value: PickleValue];

export interface PickleDict {
  readonly kind: 'dict';
  /** In the order of the file; of a key that comes twice, the last counts. */
  readonly entries: Entry[];
}

/** A class or function, by its name alone. */
export interface PickleGlobal {
  readonly kind: 'global';
  /** 'collections.OrderedDict' */
  readonly name: string;
}

/** What calling something would give. */
export interface PickleCall {
  readonly kind: 'call';
  readonly callee: PickleValue;
  readonly args: PickleValue;
  /** What it is given afterwards: by __setstate__, as items of a list, as entries of a dict. */
  state?: PickleValue;
  readonly items: PickleValue[];
  readonly entries: Entry[];
}

/** Something outside of the pickle, such as the bytes of a tensor. */
export interface PicklePersistent {
  readonly kind: 'persistent';
  readonly id: PickleValue;
}

export const isNode = (
  value: PickleValue,
): value is PickleSequence | PickleDict | PickleGlobal | PickleCall | PicklePersistent =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

/** The name of what a call calls; undefined for what is no call of something by name. */
export const calleeOf = (value: PickleValue): string | undefined =>
  isNode(value) && value.kind === 'call' && isNode(value.callee) && value.callee.kind === 'global'
    ? value.callee.name
    : undefined;

/** The items of a list or tuple; undefined for anything else. */
export const itemsOf = (value: PickleValue | undefined): readonly PickleValue[] | undefined =>
  value !== undefined && isNode(value) && (value.kind === 'list' || value.kind === 'tuple')
    ? value.items
    : undefined;

const dicts = ['collections.OrderedDict', 'collections.defaultdict', 'builtins.dict', '__builtin__.dict'];

/** The entries of a dict, ordered or not; undefined for anything else. */
export function entriesOf(value: PickleValue | undefined): ReadonlyMap<string, PickleValue> | undefined {
  if (value === undefined || !isNode(value)) return undefined;
  const isDict = value.kind === 'dict' || dicts.includes(calleeOf(value) ?? '');
  if (!isDict || !('entries' in value)) return undefined;
  return new Map(value.entries.map(([key, each]) => [textOf(key) ?? String(key), each]));
}

/** A text, of Python 3 or of Python 2; undefined for anything else. */
export function textOf(value: PickleValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  const bytes = bytesOf(value);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');
}

/** Bytes as they are, or as Python 3 writes them for Python 2: _codecs.encode(text, 'latin1'). */
export function bytesOf(value: PickleValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array || value === undefined) return value;
  if (calleeOf(value) !== '_codecs.encode' || !isNode(value) || value.kind !== 'call') return undefined;
  const [text, encoding] = itemsOf(value.args) ?? [];
  if (typeof text !== 'string' || !/^latin-?1$/.test(textOf(encoding) ?? '')) return undefined;
  return Buffer.from(text, 'latin1');
}
