/**
 * A zip file whose entries are stored as they are: what torch.save writes. Compressed entries are refused, so that what is read is never
 * larger than the file. yauzl reads the directory at the end of the file (zip64, too) and checks sizes and names.
 */
import { buffer } from 'node:stream/consumers';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { InputError } from '../../errors.ts';
import { fileError } from '../../files/index.ts';

export interface StoredZip {
  readonly names: readonly string[];
  /** @throws InputError where there is none of that name, it is compressed, damaged, or larger than asked for. */
  readonly read: (name: string, atMost?: number) => Promise<Buffer>;
  readonly close: () => Promise<void>;
}

/** More than any checkpoint has tensors. */
const MOST_ENTRIES = 200_000;

export async function openStoredZip(path: string): Promise<StoredZip> {
  const damaged = (why: string) =>
    new InputError(`${path} is a damaged zip file: ${why}`, [], { code: 'damaged' });
  const failed = (error: unknown) => {
    const told = fileError('read', path, error);
    if (told !== error || error instanceof InputError) return told;
    return damaged(error instanceof Error ? error.message : String(error));
  };
  let zip: ZipFile;
  const entries = new Map<string, Entry>();
  try {
    zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (error) {
    throw failed(error);
  }
  try {
    if (zip.entryCount > MOST_ENTRIES) throw damaged(`${zip.entryCount} entries`);
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  } catch (error) {
    zip.close();
    throw failed(error);
  }
  return {
    names: [...entries.keys()],
    read: async (name, atMost = Number.POSITIVE_INFINITY) => {
      const entry = entries.get(name);
      if (!entry) throw damaged(`it has no ${name}`);
      if (entry.compressionMethod !== 0 || entry.compressedSize !== entry.uncompressedSize)
        throw damaged(`${name} is compressed, which torch.save never does`);
      if (entry.uncompressedSize > Math.min(atMost, zip.fileSize))
        throw damaged(`${name} has ${entry.uncompressedSize} bytes`);
      try {
        return await buffer(await zip.openReadStreamPromise(entry));
      } catch (error) {
        throw failed(error);
      }
    },
    close: async () => zip.close(),
  };
}
