/** Python's pickles as data: read without running anything. */
export { arrayOf, isArray, type PickledArray } from './arrays.ts';
export { type Unpickled, unpickle } from './unpickle.ts';
export {
  bytesOf,
  calleeOf,
  entriesOf,
  isNode,
  itemsOf,
  type PickleCall,
  type PickleValue,
  textOf,
} from './values.ts';
export { walk } from './walk.ts';
