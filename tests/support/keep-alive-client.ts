import { Agent, get } from 'node:http';

export interface Answered {
  readonly status: number;
  /** Whether the server closes the connection after it. */
  readonly last: boolean;
}

/** A client with one connection, which it opens anew when the server has closed it. */
export interface KeepAliveClient {
  /** Resolves with the answer, or with the code of the error when there is none: a reset is `ECONNRESET`. */
  ask(path: string): Promise<Answered | string>;
  /** Sends requests without a pause until a response is the last wanted one, or there is none; resolves with all of them. */
  keepAsking(path: string, isLast: (answer: Answered) => boolean): Promise<(Answered | string)[]>;
}

export const keepAliveClient = (url: string): KeepAliveClient => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path: string): Promise<Answered | string> =>
    new Promise((resolve) => {
      const fail = (error: NodeJS.ErrnoException): void => {
        resolve(error.code ?? error.message);
      };
      get(`${url}${path}`, { agent }, (response) => {
        const { statusCode: status = 0, headers } = response;
        response.resume().once('error', fail);
        response.once('end', () => {
          resolve({ status, last: headers.connection === 'close' });
        });
      }).once('error', fail);
    });
  return {
    ask,
    keepAsking: async (path, isLast) => {
      const answers: (Answered | string)[] = [];
      for (;;) {
        const answer = await ask(path);
        answers.push(answer);
        if (typeof answer === 'string' || isLast(answer)) return answers;
      }
    },
  };
};
