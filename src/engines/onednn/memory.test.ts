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
    expect(memory.scratch(MEGABYTE).region).toBe(memory.shared);
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
    const { region: own } = memory.scratch(16 * MEGABYTE);
    expect(own.wasm).toBeUndefined();
    expect(own.address % 64n).toBe(0n);
    expect(own.buffer.byteLength - own.start).toBeGreaterThanOrEqual(16 * MEGABYTE);
  });

  test('variables that meet scratch memory are an error', () => {
    const memory = createMemory(4 * MEGABYTE);
    memory.scratch(2 * MEGABYTE);
    expect(() => memory.allocateVariable(2 * MEGABYTE)).toThrow(RunError);
  });

  test('freed variables are given out again, as zeros, in whole or in parts', () => {
    const memory = createMemory(8 * MEGABYTE);
    const { buffer, start } = memory.shared;
    const offsets = [1000, 2000, 3000].map((bytes) => memory.allocateVariable(bytes));
    const peak = memory.peakBytes;
    new Uint8Array(buffer, start + offsets[2], 6000).fill(1);
    memory.freeVariable(offsets[1], 2000);
    const again = [1000, 900].map((bytes) => memory.allocateVariable(bytes));
    for (const offset of again) {
      expect(offset).toBeGreaterThanOrEqual(offsets[1]);
      expect(offset).toBeLessThan(offsets[0]);
      expect(new Uint8Array(buffer, start + offset, 900).every((byte) => byte === 0)).toBe(true);
    }
    expect(memory.peakBytes).toBe(peak);
    // All free: one piece, as at first.
    for (const [offset, bytes] of [
      [again[1], 900],
      [offsets[2], 3000],
      [again[0], 1000],
      [offsets[0], 1000],
    ])
      memory.freeVariable(offset, bytes);
    expect(memory.allocateVariable(7 * MEGABYTE - 2 ** 17)).toBeLessThan(MEGABYTE);
  });

  test('scratch memory that no program needs any more makes room for variables', () => {
    const memory = createMemory(8 * MEGABYTE);
    const [large, small] = [memory.scratch(4 * MEGABYTE), memory.scratch(MEGABYTE)];
    const bytes = new Uint8Array(memory.shared.buffer, memory.shared.start, 4 * MEGABYTE).fill(1);
    expect(() => memory.allocateVariable(5 * MEGABYTE)).toThrow(RunError);
    large.release();
    large.release();
    expect(bytes.subarray(MEGABYTE).every((byte) => byte === 0)).toBe(true);
    expect(bytes[MEGABYTE - 1]).toBe(1);
    memory.allocateVariable(5 * MEGABYTE);
    small.release();
    expect(bytes[0]).toBe(0);
  });
});
