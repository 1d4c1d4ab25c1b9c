import { expect, test, vi } from 'vitest';
import { InputError } from '../../errors.ts';

vi.mock('koffi', async (original) => {
  const koffi = await original<typeof import('koffi')>();
  const load = (name: string | null) => {
    if (name?.startsWith('libdnnl')) throw new Error('cannot open shared object file');
    return koffi.load(name);
  };
  return { ...koffi, load, default: { ...koffi.default, load } };
});

test('without oneDNN the error names the package that brings it', async () => {
  const { createOnednnEngine } = await import('./engine.ts');
  expect(() => createOnednnEngine()).toThrow(InputError);
  expect(() => createOnednnEngine()).toThrow(/libdnnl\.so\.2 .*libdnnl2.*oneDNN 3 is not supported yet/);
});
