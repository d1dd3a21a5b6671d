export { checkSize, LARGE_OBJECTS, type SizeLimits, tooManyFields } from './check-size.ts';
export { defineOperation, type Operation, type OperationInit } from './define-operation.ts';
export { overLimit, refusedInput } from './data-errors.ts';
export { createPace, type Pace } from './pace.ts';
export { parsePath, type Path, pathText, readPath, selectPaths, type PathPattern } from './path.ts';
