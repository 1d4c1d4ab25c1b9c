import { describe, expect, test } from 'vitest';
import { RunError } from '../../errors.ts';
import { createMemory } from './memory.ts';

const MEGABYTE = 2 ** 20;

describe('the memory of an engine', () => {
  test('variables are zeros that never move, apart from scratch memory', () => {
    const memory = createMemory(8 * MEGABYTE);
    const { buffer, start } = memory.shared;
    const [a, b] = [memory.allocateVariable(100), memory.allocateVariable(100)];
    expect(Math.abs(a - b)).toBeGreaterThanOrEqual(100);
    const values = new Float32Array(buffer, start + a, 25);
    expect(values.every((value) => value === 0)).toBe(true);
    values.fill(1);
    new Uint8Array(buffer, start, MEGABYTE).fill(9);
    expect(memory.scratch(MEGABYTE)).toBe(memory.shared);
    expect([...values]).toEqual(Array(25).fill(1));
  });

  test('programs share scratch memory, sized to the largest', () => {
    const memory = createMemory(8 * MEGABYTE);
    memory.scratch(MEGABYTE);
    memory.scratch(3 * MEGABYTE);
    memory.scratch(2 * MEGABYTE);
    expect(memory.peakBytes).toBe(3 * MEGABYTE);
  });

  test('a program that is too large gets memory of its own, aligned, without WASM', () => {
    const memory = createMemory(4 * MEGABYTE);
    expect(memory.fits(16 * MEGABYTE)).toBe(false);
    const own = memory.scratch(16 * MEGABYTE);
    expect(own.wasm).toBeUndefined();
    expect(own.address % 64n).toBe(0n);
    expect(own.buffer.byteLength - own.start).toBeGreaterThanOrEqual(16 * MEGABYTE);
  });

  test('variables that meet scratch memory are an error', () => {
    const memory = createMemory(4 * MEGABYTE);
    memory.scratch(2 * MEGABYTE);
    expect(() => memory.allocateVariable(2 * MEGABYTE)).toThrow(RunError);
  });
});
