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
export { canonicalJson, checkSchema, parseJson, readableJson, readJson, sha256 } from './json.ts';
export { packJson, unpackJson } from './packed-json.ts';
export {
  fileError,
  kindOf,
  maxDocumentBytes,
  readRegularFile,
  refuseIrregular,
  systemErrorCode,
} from './regular-file.ts';
export { type Content, removeUnfinishedWrites, writeAtomically, writeNumbered } from './write-atomically.ts';
