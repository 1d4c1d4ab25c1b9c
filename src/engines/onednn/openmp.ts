/**
 * The thread pool under oneDNN: libgomp's number of threads and how its threads wait.
 *
 * The number can be set at any time for the calling thread, and primitives remember the number they were made for: an
 * engine therefore sets its own number before it compiles and before it runs. How idle threads wait is read from the
 * environment once, when libgomp is loaded (assigning process.env calls setenv, so C code sees it).
 */
import koffi from 'koffi';

/** Idle threads spin this often for the next parallel region, then sleep. A user's own setting wins. */
const SPIN_COUNT = '4000';

export interface OpenMp {
  setThreads(threads: number): void;
  threads(): number;
}

/** Call before anything loads libgomp: later calls change nothing. */
export function prepareWaitPolicy(): void {
  const { OMP_WAIT_POLICY, GOMP_SPINCOUNT } = process.env;
  if (OMP_WAIT_POLICY === undefined && GOMP_SPINCOUNT === undefined) process.env.GOMP_SPINCOUNT = SPIN_COUNT;
}

export const OPENMP_SHARED_OBJECT = 'libgomp.so.1';
const RTLD_NOW_AND_NODELETE = 0x1002;

/**
 * Keeps a library loaded to the end of the process. Node unloads what koffi loaded when it exits, while threads may still
 * be running in its code: a crash.
 */
export function pinLibrary(sharedObject: string): void {
  koffi.load(null).func('dlopen', 'void *', ['str', 'int'])(sharedObject, RTLD_NOW_AND_NODELETE);
}

export function loadOpenMp(): OpenMp {
  pinLibrary(OPENMP_SHARED_OBJECT);
  const library = koffi.load(OPENMP_SHARED_OBJECT);
  const set = library.func('omp_set_num_threads', 'void', ['int']);
  const get = library.func('omp_get_max_threads', 'int', []);
  return { setThreads: (threads) => set(threads), threads: () => get() };
}
