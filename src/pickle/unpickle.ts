/**
 * Reads a pickle without running anything: a stack machine over the opcodes that Python's pickle writes since protocol 2, as
 * https://docs.python.org/3/library/pickletools.html describes them. Opcodes of protocol 0 and 1 alone are refused, as are those that
 * reach out of the file (extensions, out-of-band buffers).
 *
 * Every opcode reads bytes that are there and pushes one value, so time and memory are bounded by the size of the file. Values may be
 * shared: whoever walks them has to remember where it was.
 */
import { InputError } from '../errors.ts';
import type { PickleCall, PickleDict, PickleSequence, PickleValue } from './values.ts';
import { isNode } from './values.ts';

export interface Unpickled {
  readonly value: PickleValue;
  /** Where the next byte after it is. */
  readonly end: number;
}

const MARK = Symbol('mark');
type Stacked = PickleValue | typeof MARK;

interface Machine {
  readonly data: Buffer;
  at: number;
  readonly stack: Stacked[];
  readonly memo: Map<number, PickleValue>;
  readonly refuse: (what: string) => InputError;
  /** The next bytes. */
  readonly take: (count: number | bigint) => Buffer;
  readonly pop: () => PickleValue;
  /** All since the last mark, which goes, too. */
  readonly popToMark: () => PickleValue[];
}

type Operation = (machine: Machine) => void;

const push = (machine: Machine, value: PickleValue) => void machine.stack.push(value);
const sequence = (kind: PickleSequence['kind'], items: PickleValue[]): PickleSequence => ({ kind, items });
const call = (callee: PickleValue, args: PickleValue): PickleCall => ({
  ...{ kind: 'call', callee, args },
  items: [],
  entries: [],
});
const global = (module: string, name: string): PickleValue => ({ kind: 'global', name: `${module}.${name}` });

const u8 = (machine: Machine) => machine.take(1).readUInt8();
const u16 = (machine: Machine) => machine.take(2).readUInt16LE();
const u32 = (machine: Machine) => machine.take(4).readUInt32LE();
const u64 = (machine: Machine) => machine.take(8).readBigUInt64LE();
const i32 = (machine: Machine) => machine.take(4).readInt32LE();

/** Two's complement, little-endian; a number where it is exact as one. */
function long(bytes: Buffer): number | bigint {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) value = (value << 8n) | BigInt(bytes[at]);
  const signed = BigInt.asIntN(8 * bytes.length, value);
  const small = Number(signed);
  return Number.isSafeInteger(small) ? small : signed;
}

/** PyTorch's longest is a magic number of ten bytes; beyond this, decoding would be slow, and nobody's number. */
const LONGEST_LONG = 64;

function readLong(machine: Machine, length: number): void {
  if (length > LONGEST_LONG) throw machine.refuse(`an integer of ${length} bytes`);
  push(machine, length === 0 ? 0 : long(machine.take(length)));
}

function line(machine: Machine): string {
  const end = machine.data.indexOf(0x0a, machine.at);
  if (end < 0 || end - machine.at > 1000) throw machine.refuse('a name without an end');
  const text = machine.data.toString('utf8', machine.at, end);
  machine.at = end + 1;
  return text;
}

function append(machine: Machine, items: PickleValue[]): void {
  const target = top(machine);
  if (target === undefined || !isNode(target) || !('items' in target))
    throw machine.refuse('items for something that holds none');
  for (const item of items) target.items.push(item);
}

function setItems(machine: Machine, flat: PickleValue[]): void {
  const target = top(machine);
  if (target === undefined || !isNode(target) || !('entries' in target))
    throw machine.refuse('entries for something that holds none');
  if (flat.length % 2 !== 0) throw machine.refuse('a key without a value');
  for (let at = 0; at < flat.length; at += 2) target.entries.push([flat[at], flat[at + 1]]);
}

function top(machine: Machine): PickleValue | undefined {
  const last = machine.stack.at(-1);
  return last === MARK ? undefined : last;
}

function get(machine: Machine, index: number): void {
  const value = machine.memo.get(index);
  if (value === undefined) throw machine.refuse(`something that was not kept (${index})`);
  push(machine, value);
}

function put(machine: Machine, index: number): void {
  const value = top(machine);
  if (value === undefined) throw machine.refuse('nothing to keep');
  machine.memo.set(index, value);
}

function build(machine: Machine): void {
  const state = machine.pop();
  const target = top(machine);
  // OrderedDict and the like may have attributes, too; nothing else than a call keeps them.
  if (target !== undefined && isNode(target) && target.kind === 'call') target.state = state;
}

const text = (machine: Machine, length: number | bigint) =>
  push(machine, machine.take(length).toString('utf8'));
const bytes = (machine: Machine, length: number | bigint) => push(machine, machine.take(length));
const code = (character: string) => character.charCodeAt(0);

/** By opcode. STOP is not among them. */
const operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [0x80, (m) => void u8(m)], // PROTO
  [0x95, (m) => void u64(m)], // FRAME
  [code('N'), (m) => push(m, null)],
  [0x88, (m) => push(m, true)],
  [0x89, (m) => push(m, false)],
  [code('K'), (m) => push(m, u8(m))], // BININT1
  [code('M'), (m) => push(m, u16(m))], // BININT2
  [code('J'), (m) => push(m, i32(m))], // BININT
  [0x8a, (m) => readLong(m, u8(m))], // LONG1
  [0x8b, (m) => readLong(m, u32(m))], // LONG4
  [code('G'), (m) => push(m, m.take(8).readDoubleBE())], // BINFLOAT
  [code('U'), (m) => bytes(m, u8(m))], // SHORT_BINSTRING, Python 2's str
  [code('T'), (m) => bytes(m, u32(m))], // BINSTRING
  [code('C'), (m) => bytes(m, u8(m))], // SHORT_BINBYTES
  [code('B'), (m) => bytes(m, u32(m))], // BINBYTES
  [0x8e, (m) => bytes(m, u64(m))], // BINBYTES8
  [0x96, (m) => bytes(m, u64(m))], // BYTEARRAY8
  [0x8c, (m) => text(m, u8(m))], // SHORT_BINUNICODE
  [code('X'), (m) => text(m, u32(m))], // BINUNICODE
  [0x8d, (m) => text(m, u64(m))], // BINUNICODE8
  [code('('), (m) => void m.stack.push(MARK)],
  [code('0'), (m) => void m.pop()],
  [code('1'), (m) => void m.popToMark()],
  [code(']'), (m) => push(m, sequence('list', []))],
  [code(')'), (m) => push(m, sequence('tuple', []))],
  [code('}'), (m) => push(m, { kind: 'dict', entries: [] } satisfies PickleDict)],
  [0x8f, (m) => push(m, sequence('set', []))], // EMPTY_SET
  [0x91, (m) => push(m, sequence('set', m.popToMark()))], // FROZENSET
  [code('l'), (m) => push(m, sequence('list', m.popToMark()))],
  [code('t'), (m) => push(m, sequence('tuple', m.popToMark()))],
  [0x85, (m) => push(m, sequence('tuple', [m.pop()]))],
  [0x86, (m) => push(m, sequence('tuple', [m.pop(), m.pop()].reverse()))],
  [0x87, (m) => push(m, sequence('tuple', [m.pop(), m.pop(), m.pop()].reverse()))],
  [code('a'), (m) => append(m, [m.pop()])],
  [code('e'), (m) => append(m, m.popToMark())],
  [0x90, (m) => append(m, m.popToMark())], // ADDITEMS
  [code('s'), (m) => setItems(m, [m.pop(), m.pop()].reverse())],
  [code('u'), (m) => setItems(m, m.popToMark())],
  [code('h'), (m) => get(m, u8(m))],
  [code('j'), (m) => get(m, u32(m))],
  [code('q'), (m) => put(m, u8(m))],
  [code('r'), (m) => put(m, u32(m))],
  [0x94, (m) => put(m, m.memo.size)], // MEMOIZE
  [code('c'), (m) => push(m, global(line(m), line(m)))],
  [
    0x93, // STACK_GLOBAL
    (m) => {
      const [name, module] = [m.pop(), m.pop()];
      if (typeof name !== 'string' || typeof module !== 'string') throw m.refuse('a name that is no text');
      push(m, global(module, name));
    },
  ],
  [code('R'), (m) => pushCall(m)], // REDUCE
  [0x81, (m) => pushCall(m)], // NEWOBJ
  [
    0x92, // NEWOBJ_EX, with arguments by name
    (m) => {
      const named = m.pop();
      pushCall(m);
      append(m, [named]);
    },
  ],
  [code('b'), build],
  [code('Q'), (m) => push(m, { kind: 'persistent', id: m.pop() })], // BINPERSID
]);

function pushCall(machine: Machine): void {
  const args = machine.pop();
  push(machine, call(machine.pop(), args));
}

const STOP = code('.');

/** @throws InputError that begins with `what` and says at which byte it is not a pickle that is read here. */
export function unpickle(what: string, data: Buffer, from = 0): Unpickled {
  const refuse = (why: string) =>
    new InputError(`${what} is not a pickle that can be read here: ${why}, at byte ${machine.at}`, [], {
      code: 'damaged',
    });
  const machine: Machine = {
    ...{ data, at: from, stack: [], memo: new Map(), refuse },
    take: (count) => {
      if (BigInt(machine.at) + BigInt(count) > BigInt(data.length)) throw refuse('it ends too early');
      const end = machine.at + Number(count);
      const taken = data.subarray(machine.at, end);
      machine.at = end;
      return taken;
    },
    pop: () => {
      const value = machine.stack.pop();
      if (value === undefined || value === MARK) throw refuse('a value is missing');
      return value;
    },
    popToMark: () => {
      const mark = machine.stack.lastIndexOf(MARK);
      if (mark < 0) throw refuse('a mark is missing');
      const values = machine.stack.splice(mark).slice(1);
      return values.filter((value) => value !== MARK);
    },
  };
  for (;;) {
    const opcode = u8(machine);
    if (opcode === STOP) return { value: machine.pop(), end: machine.at };
    const operation = operations.get(opcode);
    if (!operation) {
      machine.at -= 1;
      throw refuse(`the opcode 0x${opcode.toString(16).padStart(2, '0')} is not one of those that are read`);
    }
    operation(machine);
  }
}
