import { v7 as uuidv7 } from 'uuid';
import type { NewId } from '#src/kernel/ids.js';

/** A fresh id of whatever kind is wanted. */
export const newId: NewId = () => uuidv7() as never;
