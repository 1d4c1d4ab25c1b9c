import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configurationHash, recipeHash, writeConfiguration } from './canonical.ts';
import { presetNames } from './presets.ts';
import { resolveConfiguration } from './resolve.ts';

const resolve = (...overrides: string[]) =>
  resolveConfiguration({ preset: 'small', overrides }).configuration;

it.each(presetNames())('%s comes back from its own file', (preset) => {
  const { configuration } = resolveConfiguration({ preset });
  const path = join(mkdtempSync(join(tmpdir(), 'dualbn-canonical-')), 'configuration.yaml');
  writeFileSync(path, writeConfiguration(configuration));
  const again = resolveConfiguration({ preset: path }).configuration;
  expect(again).toEqual(configuration);
  expect(configurationHash(again)).toBe(configurationHash(configuration));
});

it('writes sizes as they were written', () => {
  const text = writeConfiguration(resolve('attack.epsilon=8 / 255', 'attack.stepSize=0.01'));
  expect(text).toContain('  epsilon: 8/255\n');
  expect(text).toContain('  stepSize: 0.01\n');
});

it('hashes what is asked for', () => {
  const hash = configurationHash(resolve());
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(configurationHash(resolve('seed=1'))).not.toBe(hash);
  expect(configurationHash(resolve('regime.name=dual-ap'))).not.toBe(hash);
  // The order of keys in a file says nothing.
  const { seed, ...rest } = resolve();
  expect(configurationHash({ ...rest, seed })).toBe(hash);
});

it('gives runs that differ in nothing but the seed one recipe, as the hash sees them', () => {
  const recipe = recipeHash(resolve());
  for (const same of ['seed=1', 'engine.name=reference', 'data.directory=/data', 'analysis.gapEverySteps=5'])
    expect(recipeHash(resolve(same))).toBe(recipe);
  expect(recipeHash(resolve('optimizer.learningRate=0.3'))).not.toBe(recipe);
});

it('hashes neither where the data lies nor what computes', () => {
  expect(
    configurationHash(resolve('data.directory=/data', 'engine.threads=7', 'engine.name=reference')),
  ).toBe(configurationHash(resolve()));
});

it('keeps the hashes of runs that were made before some keys existed', () => {
  const hashOf = (...overrides: string[]) =>
    configurationHash(resolveConfiguration({ overrides }).configuration);
  expect(hashOf()).toBe('9a491c5366189b16');
  expect(hashOf('regime.name=hybrid', 'network.name=resnet10', 'seed=3')).toBe('5aa7785d17886df7');
  const group = ['regime.name=hybrid', 'network.normalization.kind=group'];
  expect(hashOf(...group)).toBe('d54e3864018d6370');
  expect(hashOf('network.normalization.momentum=0.01')).not.toBe(hashOf());
  const adapters = 'regime.name=adapters-serial';
  expect(hashOf(adapters, 'optimizer.weightDecay.adapter=0')).not.toBe(hashOf(adapters));
});
