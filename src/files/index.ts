/** Files that this program writes and reads back: atomic writes, JSON with bounds, digests, result documents. */

export {
  type DocumentFrame,
  documentVersion,
  frameDocument,
  openSealed,
  parseSealed,
  readDocuments,
  type StoredDocument,
  type StoredDocuments,
  sealDocument,
} from './documents.ts';
export { fileError, systemErrorCode } from './file-error.ts';
export { canonicalJson, checkSchema, parseJson, readableJson, readJson, sha256 } from './json.ts';
export { kindOf, maxDocumentBytes, readRegularFile, refuseIrregular } from './regular-file.ts';
export { type Content, removeUnfinishedWrites, writeAtomically } from './write-atomically.ts';
export { writeNumbered } from './write-numbered.ts';
