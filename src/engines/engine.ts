/**
 * The contract of an engine: it holds variables and runs steps. What a step means is the graph's business; engines
 * differ in speed and in the last digits, never in results beyond that.
 *
 * No engine hides a NaN: what is NaN by the reference is NaN by every engine, and what is infinite is infinite or NaN.
 * More may be NaN only where an algorithm multiplies or subtracts what the definition does not: around a NaN that a
 * convolution meets, where a gradient that is no number meets a closed ReLU, and in channels normalized by an infinity.
 */
import { InputError } from '../errors.ts';
import type { Step, Variable } from '../graph/index.ts';

/** Values by name, each as long as its tensor, in the order of the tensor's axes (row-major). */
export type Values = Readonly<Record<string, Float32Array>>;

/** A compiled step. */
export interface Program {
  readonly step: Step;
  /**
   * Run once: read inputs and variables, compute, then move the variables that the step updates. Inputs are given by
   * name, all of them; outputs are fresh arrays that the caller owns. Runs of one engine must not overlap: await each.
   * @throws InputError where an input is missing or of another length, RunError where a variable that the step updates
   * is no longer finite; both name it.
   */
  run(inputs: Values): Promise<Values>;
  /** Gives back all that the program took but its variables, which are the engine's. A second time does nothing. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What an engine says of itself, for `doctor`, run directories and reports. */
export interface EngineDescription {
  readonly name: EngineName;
  readonly version: string;
  readonly threads: number;
  readonly instructionSet: string;
  /** Settings that change the last digits, such as the convolution algorithm. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What can compute. The names are those of ONNX Runtime's execution providers; oneDNN and the reference know cpu only. */
export const devices = ['cpu', 'cuda', 'webgpu', 'coreml', 'dml'] as const;
export type Device = (typeof devices)[number];

export const engineNames = ['onednn', 'onnx', 'reference'] as const;
export type EngineName = (typeof engineNames)[number];

/** What a compilation must keep to, besides what the step means. */
export interface CompileOptions {
  /**
   * An example's values must not depend, not even in their last digits, on which examples share the batch, nor on its place
   * there; nor on how many there are, except where the engine has a `constantWidth`. Evaluations ask for it.
   */
  readonly batchInvariant?: boolean;
}

export interface Engine {
  describe(): EngineDescription;
  /**
   * Where kernels are chosen by the number of examples, so that it decides last digits: the number in every program whose
   * results must not depend on it, places left over being filled. Undefined where the kernels do not know the number.
   */
  readonly constantWidth?: number | undefined;
  /** Everything that costs: simplification, kernels, memory plan. Variables it meets first start as zeros. */
  compile(step: Step, options?: CompileOptions): Promise<Program>;
  /** A copy of a variable's value. */
  read(variable: Variable): Float32Array;
  /** Set a variable; the length must fit its shape. */
  write(variable: Variable, values: ArrayLike<number>): void;
  /**
   * Give back a variable's memory; whoever uses it again finds zeros. Programs that use it must be disposed of before.
   * @throws InputError where one is not.
   */
  free(variable: Variable): void;
  /** Bytes that variables and scratch memory take at the most so far. */
  readonly peakBytes: number;
  /** Gives back all memory, programs and variables included; the promise is fulfilled when its threads have ended. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What an engine needs is missing on this machine: a library, address space. Another engine may do. */
export class EngineUnavailable extends InputError {
  override readonly name = 'EngineUnavailable';
  /** What is missing, to be read after the engine's name: 'was not found'. */
  readonly why: string;
  /** What helps, where it is not the installation of the engine. */
  readonly remedy: string | undefined;

  constructor(message: string, { why, remedy }: { readonly why: string; readonly remedy?: string }) {
    super(message, [], { code: 'engine-unavailable' });
    this.why = why;
    this.remedy = remedy;
  }
}
