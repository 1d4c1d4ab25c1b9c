/** Tasks performed in processes of their own. */
export { type ChildCircumstances, performInChild } from './perform-in-child.ts';
export { performTask, type TaskCircumstances } from './perform-task.ts';
