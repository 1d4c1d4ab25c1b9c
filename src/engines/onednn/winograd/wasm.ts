/**
 * An assembler for the small part of WebAssembly that the tile transforms need: 32-bit integers for addresses, vectors
 * of four floats for data. Code is a list of bytes; an operation takes the code of its operands and gives longer code.
 * It emits no result values, no tables, no strings, and checks no types: WebAssembly.Module does that.
 *
 * Numbers of instructions: WebAssembly Core Specification 2.0, section 5.4 (binary format).
 */

export type Code = readonly number[];

/** A parameter or local variable of a function. */
export interface Local {
  readonly get: Code;
  readonly set: (value: Code) => Code;
}

export interface WasmFunction<Name extends string = string> {
  /** All parameters are 32-bit integers, in this order. */
  readonly parameters: readonly Name[];
  readonly locals: readonly number[];
  readonly body: Code;
}

/** Hands out local variables while a function is written. */
export interface Locals {
  readonly i32: () => Local;
  readonly vector: () => Local;
  readonly vectors: (count: number) => Local[];
}

const I32 = 0x7f;
const V128 = 0x7b;
const NO_RESULT = 0x40;
const END = 0x0b;

const unsigned = (value: number): Code => {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
};

const signed = (value: number): Code => {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
};

export const sequence = (...parts: readonly Code[]): Code => parts.flat();

const simd = (operation: number): Code => [0xfd, ...unsigned(operation)];
const binary = (operation: Code) => (left: Code, right: Code) => sequence(left, right, operation);

export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const add = binary([0x6a]);
export const subtract = binary([0x6b]);
export const multiply = binary([0x6c]);
export const divide = binary([0x6e]);
export const remainder = binary([0x70]);
/** Unsigned, so that a negative index is not below any bound. */
export const isBelow = binary([0x49]);
export const select = (condition: Code, yes: Code, no: Code): Code => sequence(yes, no, condition, [0x1b]);

export const vectorAdd = binary(simd(0xe4));
export const vectorSubtract = binary(simd(0xe5));
export const vectorMultiply = binary(simd(0xe6));
/** a < b ? b : a, in one machine instruction; a NaN in `a` stays. */
export const vectorMaximum = binary(simd(0xeb));
export const vectorIsAbove = binary(simd(0x44));
/** False where either is a NaN. */
export const vectorIsAtMost = binary(simd(0x45));
export const vectorDiffers = binary(simd(0x42));
export const vectorAnd = binary(simd(0x4e));
/** The first, but for the bits that the second has. */
export const vectorAndNot = binary(simd(0x4f));
export const vectorOr = binary(simd(0x50));

const access = (align: number, offset: number): Code => [align, ...unsigned(offset)];
export const loadVector = (address: Code, offset = 0): Code => sequence(address, simd(0), access(4, offset));
export const storeVector = (address: Code, value: Code, offset = 0): Code =>
  sequence(address, value, simd(0x0b), access(4, offset));
export const loadLane = (address: Code, vector: Code, lane: number, offset = 0): Code =>
  sequence(address, vector, simd(0x56), access(2, offset), [lane]);
export const storeLane = (address: Code, vector: Code, lane: number, offset = 0): Code =>
  sequence(address, vector, simd(0x5a), access(2, offset), [lane]);
/** The same number in all four places. */
export const constantVector = (value: number): Code =>
  sequence([0x43, ...new Uint8Array(new Float32Array([value]).buffer)], simd(0x13));
export const splatInteger = (value: Code): Code => sequence(value, simd(0x11));

export const when = (condition: Code, yes: Code, no: Code = []): Code =>
  sequence(condition, [0x04, NO_RESULT], yes, no.length > 0 ? [0x05, ...no] : [], [END]);

/** for (counter = 0; counter !== count; counter += step); the body runs at least once. */
export const repeat = (counter: Local, count: Code, body: Code, step = 1): Code =>
  sequence(
    counter.set(i32(0)),
    [0x03, NO_RESULT],
    body,
    counter.set(add(counter.get, i32(step))),
    sequence(counter.get, count, [0x47], [0x0d, 0x00]),
    [END],
  );

/** The imported constant: where this thread's own few bytes lie. */
export const threadArea: Code = [0x23, 0];

/** A function without a result, written by `build` from its named parameters. */
export function defineFunction<const Names extends readonly string[]>(
  parameters: Names,
  build: (parameter: Readonly<Record<Names[number], Local>>, locals: Locals) => Code,
): WasmFunction<Names[number]> {
  const variable = (index: number): Local => ({
    get: [0x20, ...unsigned(index)],
    set: (value) => sequence(value, [0x21, ...unsigned(index)]),
  });
  const types: number[] = [];
  const local = (type: number): Local => variable(parameters.length + types.push(type) - 1);
  const named = Object.fromEntries(parameters.map((name, index) => [name, variable(index)]));
  const body = build(named as Record<Names[number], Local>, {
    i32: () => local(I32),
    vector: () => local(V128),
    vectors: (count) => Array.from({ length: count }, () => local(V128)),
  });
  return { parameters, locals: types, body };
}

/** The bytes of a module that imports `host.memory` (shared) and `host.area`, and exports the functions by name. */
export function assembleModule(functions: Readonly<Record<string, WasmFunction>>): Uint8Array<ArrayBuffer> {
  const list = (items: readonly Code[]) => sequence(unsigned(items.length), ...items);
  const section = (id: number, content: Code) => sequence([id], unsigned(content.length), content);
  const text = (value: string) => sequence(unsigned(value.length), [...new TextEncoder().encode(value)]);
  const imported = (name: string, what: Code) => sequence(text('host'), text(name), what);
  const sharedMemory = sequence([2, 3], unsigned(0), unsigned(65536));

  const entries = Object.entries(functions);
  const bodies = entries.map(([, { locals, body }]) => {
    const code = sequence(list(locals.map((type) => [1, type])), body, [END]);
    return sequence(unsigned(code.length), code);
  });
  return Uint8Array.from(
    sequence(
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, list(entries.map(([, f]) => [0x60, ...list(f.parameters.map(() => [I32])), 0]))),
      section(2, list([imported('memory', sharedMemory), imported('area', [3, I32, 0])])),
      section(3, list(entries.map((_, index) => unsigned(index)))),
      section(7, list(entries.map(([name], index) => sequence(text(name), [0], unsigned(index))))),
      section(10, list(bodies)),
    ),
  );
}
