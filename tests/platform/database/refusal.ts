import { expect } from 'chai';
import { isDomainError } from '#src/kernel/errors.js';

/** The error that a promise rejects with; the test fails when it does not. */
export const errorOf = async (promise: Promise<unknown>): Promise<Error> => {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.an.instanceOf(Error);
    return error as Error;
  }
  throw new Error('nothing was refused');
};

/** The code of the refusal that a promise rejects with; any other error is passed on. */
export const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await errorOf(promise);
  if (!isDomainError(error)) throw error;
  return error.code;
};
