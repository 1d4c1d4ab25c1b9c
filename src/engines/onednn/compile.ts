/**
 * From a step to a program: simplify, emit kernels in the order of the graph, plan memory, bind. Everything that costs
 * happens here, once.
 */
import { type Step, simplify, sizeOf, stepTensors, type Tensor, type Variable } from '../../graph/index.ts';
import type { ProgramCore } from '../checks.ts';
import { type Addressing, createEmitter, type Emitter, type Kernel, type Place } from './emitter.ts';
import type { Algorithm, Library, PrimitiveLoan, Primitives } from './library.ts';
import { isLate, lower } from './lowering/table.ts';
import type { Memory, Region } from './memory.ts';
import { type Plan, planMemory, type Slot } from './plan.ts';
import { type Action, type Holder, type Profile, programCore } from './program.ts';
import { findSettled } from './settled.ts';
import type { Winograd } from './winograd/winograd.ts';

export interface CompileParts {
  readonly library: Library;
  readonly algorithm: Algorithm;
  readonly primitives: Primitives;
  readonly memory: Memory;
  readonly winograd: (() => Winograd) | undefined;
  /** Offset of a variable in the shared memory. */
  readonly variableOffset: (variable: Variable) => number;
  /** Whose results the memory holds. */
  readonly holder: Holder;
  /** Where kernels' times are added up, if at all. */
  readonly profile: Profile | undefined;
  readonly prepare: () => void;
}

function usersOf(step: Step): Map<Tensor, Tensor[]> {
  const users = new Map<Tensor, Tensor[]>();
  for (const tensor of stepTensors(step))
    for (const input of new Set(tensor.inputs)) {
      const known = users.get(input);
      if (known) known.push(tensor);
      else users.set(input, [tensor]);
    }
  return users;
}

/** The slot of each variable, one for all who read or move it. */
function slotsOf(step: Step, { variableOffset }: CompileParts): ReadonlyMap<Variable, Slot> {
  const all = new Set([...step.variables, ...step.updates.map(({ variable }) => variable)]);
  return new Map(
    [...all].map((variable) => {
      const bytes = 4 * sizeOf(variable.shape);
      return [variable, { bytes, fixed: variableOffset(variable) }];
    }),
  );
}

/** Inputs, and variables as they are, lie somewhere before any kernel. */
function placeLeaves(step: Step, emitter: Emitter, slots: ReadonlyMap<Variable, Slot>): Map<string, Place> {
  const inputs = new Map<string, Place>();
  for (const tensor of step.inputs) {
    const layout = emitter.library.plain(tensor.shape);
    inputs.set(tensor.attributes.name, emitter.define(tensor as Tensor, layout));
  }
  for (const tensor of stepTensors(step)) {
    if (tensor.operation !== 'variable') continue;
    const layout = emitter.library.plain(tensor.shape);
    const slot = slots.get(tensor.attributes.variable);
    if (slot) emitter.alias(tensor, { slot, offset: 0, layout });
  }
  return inputs;
}

/** Outputs are copied out while every variable still has its old value; then the variables move, all at once. */
function emitResults(
  step: Step,
  emitter: Emitter,
  slots: ReadonlyMap<Variable, Slot>,
  results: Map<string, Float32Array>,
): void {
  // Later results first: what they are made of is then computed with them (momentum with the weights it moves).
  const updates = [...step.updates].sort((a, b) => b.value.id - a.value.id);
  const values = updates.map(({ value }) => emitter.getPlain(value));
  const outputs = Object.entries(step.outputs).map(
    ([name, tensor]) => [name, emitter.getPlain(tensor)] as const,
  );
  emitter.emit({
    name: 'host outputs',
    reads: outputs.map(([, { slot }]) => slot),
    writes: [],
    bind: (memory) => {
      const views = outputs.map(([name, place]) => [name, memory.floats(place)] as const);
      return () => {
        for (const [name, view] of views) results.set(name, new Float32Array(view));
      };
    },
  });
  // A value that is another variable's (or its own) memory must be saved before that moves.
  const saved = values.map((value) => {
    if (value.slot.fixed === undefined) return value;
    const copy = emitter.temporary(value.layout);
    emitter.copy(value, copy);
    return copy;
  });
  updates.forEach(({ variable, value }, at) => {
    const slot = slots.get(variable);
    if (slot) emitter.copy(saved[at], { slot, offset: 0, layout: emitter.library.plain(value.shape) });
  });
}

function addressing(plan: Plan, scratch: Region, { shared }: Memory, atEnd: Addressing['atEnd']): Addressing {
  const where = ({ slot, offset }: Place) => {
    const region = plan.isFixed(slot) ? shared : scratch;
    return { region, at: plan.offsetOf(slot) + offset };
  };
  return {
    wasm: scratch.wasm,
    atEnd,
    address: (place) => {
      const { region, at } = where(place);
      return region.address + BigInt(at);
    },
    floats: (place) => {
      const { region, at } = where(place);
      return new Float32Array(region.buffer, region.start + at, place.layout.bytes / 4);
    },
    wasmOffset: (place) => {
      const { region, at } = where(place);
      return region.wasm ? region.start + at : undefined;
    },
  };
}

function bind(
  kernels: readonly Kernel[],
  settled: readonly boolean[],
  plan: Plan,
  memory: Addressing,
): Action[] {
  return kernels.flatMap((kernel, index) =>
    plan.needed[index]
      ? [{ name: kernel.name, settled: settled[index] ?? false, run: kernel.bind(memory) }]
      : [],
  );
}

export interface Compiled extends ProgramCore {
  readonly scratchBytes: number;
}

/** What was taken on the way, given back if the rest fails. */
export function compile(step: Step, parts: CompileParts): Compiled {
  const loan = parts.primitives.lend();
  const releases: (() => void)[] = [loan.release];
  const release = () => {
    for (const each of releases.splice(0).toReversed()) each();
  };
  try {
    const compiled = compileWith(step, parts, loan, (each) => void releases.push(each));
    if (compiled) return { ...compiled, dispose: release };
  } catch (error) {
    release();
    throw error;
  }
  release();
  // Beyond what WASM can address: the same once more, by oneDNN alone.
  return compile(step, { ...parts, winograd: undefined });
}

/** Undefined where the program is too large for the memory that our Winograd needs. */
function compileWith(
  original: Step,
  parts: CompileParts,
  { take }: PrimitiveLoan,
  atEnd: Addressing['atEnd'],
): Omit<Compiled, 'dispose'> | undefined {
  const { library, algorithm, winograd, memory, holder, profile, prepare } = parts;
  const step = simplify(original);
  const users = usersOf(step);
  const results = new Map<string, Float32Array>();
  const { emitter, kernels } = createEmitter({
    library,
    algorithm,
    winograd,
    primitive: take,
    users,
    results: new Set([...Object.values(step.outputs), ...step.updates.map(({ value }) => value)]),
    lower,
  });
  const slots = slotsOf(step, parts);
  const inputs = placeLeaves(step, emitter, slots);
  emitter.emit({
    name: 'inputs',
    reads: [],
    writes: [...inputs.values()].map(({ slot }) => slot),
    bind: () => () => {},
  });
  for (const tensor of stepTensors(step)) if (!isLate(tensor)) emitter.require(tensor);
  emitResults(step, emitter, slots, results);
  // Inputs are taken by the first kernel. Where variables move, nothing is the same in the next run.
  const settled = findSettled(kernels, (index) => index === 0 || step.updates.length > 0);
  const plan = planMemory(kernels, settled.slots);
  if (winograd && !memory.fits(plan.bytes)) return undefined;
  const scratch = memory.scratch(plan.bytes);
  atEnd(scratch.release);
  const places = addressing(plan, scratch.region, memory, atEnd);
  const core = programCore({
    actions: bind(kernels, settled.kernels, plan, places),
    holder,
    inputs: new Map([...inputs].map(([name, place]) => [name, places.floats(place)])),
    outputs: results,
    updated: new Map(
      step.updates.map(({ variable }) => {
        const layout = library.plain(variable.shape);
        const slot = slots.get(variable) ?? { bytes: layout.bytes };
        return [variable, places.floats({ slot, offset: 0, layout })];
      }),
    ),
    profile,
    prepare,
  });
  return { ...core, scratchBytes: plan.bytes };
}
