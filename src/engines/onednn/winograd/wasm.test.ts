import { describe, expect, it } from 'vitest';
import { compile, createSharedMemory, instantiate } from './host.ts';
import * as wasm from './wasm.ts';

const memory = createSharedMemory(65536);
const words = new Int32Array(memory.buffer);
const AREA = 128;

type Expression = (a: wasm.Code, b: wasm.Code, c: wasm.Code) => wasm.Code;

/** The value of an expression over three integers, stored where the thread's area is. */
function evaluate(expression: Expression, ...args: readonly number[]): number {
  const run = wasm.defineFunction(['a', 'b', 'c'], ({ a, b, c }) =>
    wasm.storeVector(wasm.threadArea, wasm.splatInteger(expression(a.get, b.get, c.get))),
  );
  instantiate(compile(wasm.assembleModule({ run })), memory, AREA).run(...args);
  return words[AREA / 4];
}

describe('the assembler', () => {
  it.each([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)])(
    'writes the integer %i',
    (value) => {
      expect(evaluate(() => wasm.i32(value))).toBe(value);
    },
  );

  it.each<[string, Expression, number]>([
    ['add', (a, b) => wasm.add(a, b), 107],
    ['subtract', (a, b) => wasm.subtract(a, b), 93],
    ['multiply', (a, b) => wasm.multiply(a, b), 700],
    ['divide', (a, b) => wasm.divide(a, b), 14],
    ['remainder', (a, b) => wasm.remainder(a, b), 2],
    ['compare', (a, b) => wasm.isBelow(b, a), 1],
    ['take a negative number as large', (a, _, c) => wasm.isBelow(c, a), 0],
    ['select', (a, b, c) => wasm.select(c, a, b), 100],
  ])('can %s', (_, expression, expected) => {
    expect(evaluate(expression, 100, 7, -1)).toBe(expected);
  });

  it('repeats a body with a counter', () => {
    const sum = wasm.defineFunction(['count'], ({ count }, locals) => {
      const [counter, total] = [locals.i32(), locals.i32()];
      return wasm.sequence(
        wasm.repeat(counter, count.get, total.set(wasm.add(total.get, counter.get)), 2),
        wasm.storeVector(wasm.threadArea, wasm.splatInteger(total.get)),
      );
    });
    instantiate(compile(wasm.assembleModule({ sum })), memory, AREA).sum(10);
    expect(words[AREA / 4]).toBe(0 + 2 + 4 + 6 + 8);
  });

  it('runs one branch of a condition', () => {
    const choose = wasm.defineFunction(['condition'], ({ condition }) => {
      const store = (value: number) => wasm.storeVector(wasm.threadArea, wasm.splatInteger(wasm.i32(value)));
      return wasm.when(condition.get, store(5), store(6));
    });
    const { choose: run } = instantiate(compile(wasm.assembleModule({ choose })), memory, AREA);
    run(1);
    expect(words[AREA / 4]).toBe(5);
    run(0);
    expect(words[AREA / 4]).toBe(6);
  });

  it('keeps a NaN when it takes the maximum with zero', () => {
    const maximum = wasm.defineFunction([], () =>
      wasm.storeVector(
        wasm.threadArea,
        wasm.vectorMaximum(wasm.loadVector(wasm.threadArea, 16), wasm.constantVector(0)),
      ),
    );
    const floats = new Float32Array(memory.buffer, AREA, 8);
    floats.set([NaN, -1, 2, -Infinity], 4);
    instantiate(compile(wasm.assembleModule({ maximum })), memory, AREA).maximum();
    expect(Array.from(floats.subarray(0, 4))).toEqual([NaN, 0, 2, 0]);
  });
});
