/**
 * The vector form of a host loop: WebAssembly over the shared memory, four elements at a time, in float32 throughout.
 *
 * It knows what one stretch of a loop computes, not how stretches follow one another (elementwise.ts). Operations without
 * a vector instruction (exp, log) have no vector form; nor has a program outside the shared memory.
 */
import { exactKey } from '../../../graph/index.ts';
import { compile, instantiate, type SharedMemory } from '../winograd/host.ts';
import { keepConstants } from '../winograd/linear.ts';
import * as wasm from '../winograd/wasm.ts';

type Code = wasm.Code;

const simd = (operation: number): Code =>
  operation < 0x80 ? [0xfd, operation] : [0xfd, (operation & 0x7f) | 0x80, operation >> 7];
const unary = (operation: number) => (x: Code) => wasm.sequence(x, simd(operation));
const binary = (operation: number) => (left: Code, right: Code) =>
  wasm.sequence(left, right, simd(operation));
const loadSplat = (address: Code): Code => wasm.sequence(address, simd(0x09), [2, 0]);
const isBelow = binary(0x43);
const isAbove = wasm.vectorIsAbove;
/** The number that `x` is, NaN where x is NaN: all bits set are a NaN. */
const orNaN = (number: Code, ...of: Code[]) =>
  of.reduce((value, x) => wasm.vectorOr(value, wasm.vectorDiffers(x, x)), number);

/** Values that expressions may need as vectors. */
type Constant = (value: number) => Code;

const expressions: Readonly<Record<string, (a: Code, b: Code, constant: Constant) => Code>> = {
  add: wasm.vectorAdd,
  subtract: wasm.vectorSubtract,
  multiply: wasm.vectorMultiply,
  divide: binary(0xe7),
  // These two and relu keep a NaN of either operand, as in JavaScript.
  maximum: binary(0xe9),
  minimum: binary(0xe8),
  greater: (a, b, constant) => orNaN(wasm.vectorAnd(isAbove(a, b), constant(1)), a, b),
  sqrt: unary(0xe3),
  absolute: unary(0xe0),
  sign: (a, _, constant) =>
    orNaN(
      wasm.vectorSubtract(
        wasm.vectorAnd(isAbove(a, constant(0)), constant(1)),
        wasm.vectorAnd(isBelow(a, constant(0)), constant(1)),
      ),
      a,
    ),
  relu: (a, _, constant) => binary(0xe9)(a, constant(0)),
  reluGradient: (dy, y, constant) => wasm.vectorAndNot(dy, wasm.vectorIsAtMost(y, constant(0))),
  stopGradient: (a) => a,
  broadcast: (a) => a,
};

export const hasVectorForm = (operation: string) => operation in expressions;

/** An operand or a value of the loop: the number of an operand, of an earlier statement, or a constant. */
export type Term =
  | { readonly operand: number }
  | { readonly statement: number }
  | { readonly constant: number };

export interface Statement {
  readonly operation: string;
  readonly terms: readonly Term[];
}

export interface Stretch {
  /** Whether each operand is one element for the whole stretch. */
  readonly splat: readonly boolean[];
  readonly statements: readonly Statement[];
  /** The statements whose values are stored, in order. */
  readonly stored: readonly number[];
}

/** Bytes to go through (a multiple of 16), then the offset of each operand and of each result. */
export type RunStretch = (bytes: number, ...offsets: number[]) => void;

const compiled = new WeakMap<SharedMemory, Map<string, RunStretch>>();

export function compileStretch(stretch: Stretch, memory: SharedMemory): RunStretch {
  const known = compiled.get(memory) ?? new Map<string, RunStretch>();
  compiled.set(memory, known);
  const key = exactKey(stretch);
  const found = known.get(key);
  if (found) return found;
  const module = compile(wasm.assembleModule({ stretch: emitStretch(stretch) }));
  const run = instantiate(module, memory, 0).stretch;
  known.set(key, run);
  return run;
}

function emitStretch({ splat, statements, stored }: Stretch) {
  const addresses = [...splat, ...stored].map((_, at) => `p${at}`);
  return wasm.defineFunction(['bytes', ...addresses], (p, locals) => {
    const at = locals.i32();
    const constants = keepConstants(locals);
    const operands = locals.vectors(splat.length);
    const values = locals.vectors(statements.length);
    const termOf = (term: Term): Code => {
      if ('operand' in term) return operands[term.operand].get;
      return 'statement' in term ? values[term.statement].get : constants.of(term.constant);
    };
    const load = (operand: number) => {
      const address = p[`p${operand}`].get;
      return operands[operand].set(
        splat[operand] ? loadSplat(address) : wasm.loadVector(wasm.add(address, at.get)),
      );
    };
    const loads = (which: boolean) =>
      splat.flatMap((each, operand) => (each === which ? [load(operand)] : []));
    const body = [
      ...loads(false),
      ...statements.map(({ operation, terms }, index) => {
        const [a, b = []] = terms.map(termOf);
        return values[index].set(expressions[operation](a, b, constants.of));
      }),
      ...stored.map((statement, index) =>
        wasm.storeVector(wasm.add(p[`p${splat.length + index}`].get, at.get), values[statement].get),
      ),
    ];
    const loop = wasm.repeat(at, p.bytes.get, wasm.sequence(...body), 16);
    return wasm.sequence(constants.prologue(), ...loads(true), loop);
  });
}
