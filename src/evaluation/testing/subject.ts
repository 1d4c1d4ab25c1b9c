/** A subject for documents in tests. */
import type { DocumentSubject } from '../subject.ts';

export const testSubject: DocumentSubject = {
  run: 'dual-bn-0',
  configuration: 'c0ffee',
  regime: 'dual-bn',
  seed: 0,
  network: 'resnet8',
  checkpoint: { name: 'last', epoch: 8, step: 800, digest: 'e3'.repeat(32) },
  dataset: { name: 'cifar-10', checksum: 'e3b0c442' },
  engine: {
    name: 'reference',
    version: '1',
    threads: 1,
    device: 'cpu',
    instructionSet: 'none',
    settings: {},
  },
};
