import type { Received } from '../support/http-client.js';
import type { AttackedShop, Interval, Wires } from './attacked-shop.js';
import { seededRandom, type Random } from './random.js';

/** One request of an outsider. */
export interface Call {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly token?: string;
  readonly json?: unknown;
  /** A body that is not JSON. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Customer {
  readonly id: string;
  readonly token: string;
}

const LOST: Received = { status: 0, headers: {}, body: { code: 'answer_lost' } };

/** What an outsider can do to a shop. Requests go to its servers in turn. */
export interface Attack {
  readonly adminToken: string;
  readonly random: Random;
  readonly wires: Wires;
  /** The token in the latest mail to this address whose subject begins so; waits until there is one. */
  readonly mailedToken: AttackedShop['mailedToken'];
  /** Sends a request by itself, whatever its answer. */
  readonly tell: (call: Call) => Promise<Received>;
  /** Asks for something that has to succeed, before or after a race. */
  readonly ask: (call: Call) => Promise<Received>;
  /**
   * Sends requests all at once and returns the responses in their order. Anything besides success and `refusals` is an anomaly; a
   * response that never came has the status 0 and the code `answer_lost`.
   */
  readonly race: (calls: readonly Call[]) => Promise<readonly Received[]>;
  /** What does not hold is an anomaly; the attack goes on. */
  readonly demand: (holds: boolean, anomaly: string) => void;
  /** People who have just signed up. */
  readonly customers: (count: number) => Promise<readonly Customer[]>;
  /** A product on sale, and its id. */
  readonly product: (quantity: number, price?: number) => Promise<string>;
}

/** One way to break a shop. */
export interface Scenario {
  readonly name: string;
  /** How often it is tried in the short tier. */
  readonly rounds: number;
  /** The codes of the refusals that the losers of a race may receive. */
  readonly refusals: readonly string[];
  readonly attack: (attack: Attack) => Promise<void>;
}

/** What came of a scenario on a database. */
export interface Outcome {
  readonly scenario: string;
  readonly database: string;
  /** Requests that were sent in races. */
  readonly attempts: number;
  /** How many of them were worked on by a server while it, or another, worked on a rival; in an ordeal, were interrupted. */
  readonly overlapped: number;
  readonly refusals: ReadonlyMap<string, number>;
  readonly anomalies: readonly string[];
}

/** Each with the one in the same place of the other list. */
export const zip = <One, Other>(
  ones: readonly One[],
  others: readonly Other[],
): readonly (readonly [One, Other])[] =>
  ones.flatMap((one, index) => others.slice(index, index + 1).map((other) => [one, other] as const));

/** How many intervals have some time in common with another one. */
export const countOverlapping = (intervals: readonly Interval[]): number =>
  intervals.filter((one) =>
    intervals.some((other) => other !== one && one.from < other.to && other.from < one.to),
  ).length;

/** As many as one network may have waiting at a server that hashes on one thread. */
const HASHES_AT_ONCE = 8;
let lastName = 0;

const newEmail = (): string => {
  lastName += 1;
  return `customer-${String(lastName)}@attack.test`;
};

/** How often the rounds of a scenario are played at most, until requests have overlapped. */
const MOST_REPEATS = 5;

/** Tries a scenario `rounds` times, with chances that `seed` decides. */
export const runScenario = async (
  shop: AttackedShop,
  scenario: Scenario,
  { seed, rounds = scenario.rounds }: { readonly seed: number; readonly rounds?: number },
): Promise<Outcome> => {
  const { adminToken, mailedToken, servers, wires } = shop;
  const refusals = new Map<string, number>();
  const anomalies: string[] = [];
  const races: string[][] = [];
  const answered: string[] = [];
  let sent = 0;

  const send = async ({ method, path, headers, ...options }: Call): Promise<[string, Received]> => {
    sent += 1;
    const server = servers[sent % servers.length];
    if (server === undefined) throw new Error('there is no server to attack');
    const requestId = `${scenario.name.replaceAll(/\W+/g, '-')}.${String(sent)}`;
    const named = { ...options, headers: { ...headers, 'X-Request-Id': requestId } };
    const answer = await server[method](path, named).catch((error: unknown) => {
      // What fetch says of a connection that has broken.
      if (error instanceof TypeError && error.cause !== undefined) return LOST;
      throw error;
    });
    return [requestId, answer];
  };

  const attackWith = (random: Random): Attack => {
    const tell = async (call: Call): Promise<Received> => (await send(call))[1];
    const ask = async (call: Call): Promise<Received> => {
      const answer = await tell(call);
      if (answer !== LOST && answer.status < 400) return answer;
      throw new Error(`${call.method} ${call.path}: ${String(answer.status)} ${JSON.stringify(answer.body)}`);
    };
    const signUp = async (): Promise<Customer> => {
      const json = { name: 'Customer', email: newEmail(), password: 'a long enough password' };
      const { body } = await ask({ method: 'post', path: '/auth/signup', json });
      return { id: body.user.id as string, token: body.accessToken as string };
    };
    return {
      adminToken,
      random,
      wires,
      mailedToken,
      tell,
      ask,
      race: async (calls) => {
        const answers = await Promise.all(calls.map(send));
        races.push(answers.map(([requestId]) => requestId));
        // It is unknown whether a server has received those without a response.
        answered.push(...answers.flatMap(([id, answer]) => (answer === LOST ? [] : [id])));
        for (const [{ method, path }, [, { status, body }]] of zip(calls, answers)) {
          if (status >= 200 && status < 400) continue;
          const code = String(body?.code);
          refusals.set(code, (refusals.get(code) ?? 0) + 1);
          if (!scenario.refusals.includes(code))
            anomalies.push(`${method} ${path}: ${String(status)} ${code}`);
        }
        return answers.map(([, answer]) => answer);
      },
      demand: (holds, anomaly) => {
        if (!holds) anomalies.push(anomaly);
      },
      customers: async (count) => {
        const people: Customer[] = [];
        while (people.length < count) {
          const some = Math.min(HASHES_AT_ONCE, count - people.length);
          people.push(...(await Promise.all(Array.from({ length: some }, signUp))));
        }
        return people;
      },
      product: async (quantity, price = 10) => {
        const json = { name: 'Attacked', description: '', price, quantity };
        const { body } = await ask({ method: 'post', path: '/products', token: adminToken, json });
        return body.id as string;
      },
    };
  };

  const overlapped = async (): Promise<number> => {
    const worked = await shop.worked(answered);
    return races
      .map((ids) =>
        countOverlapping(ids.map((id) => worked.get(id)).filter((interval) => interval !== undefined)),
      )
      .reduce((sum, count) => sum + count, 0);
  };
  let round = 0;
  // A busy machine may work on the requests of all rounds one after the other: then there was no race yet.
  do {
    for (const end = round + rounds; round < end; round += 1)
      await scenario.attack(attackWith(seededRandom(seed + round)));
  } while ((await overlapped()) === 0 && round < MOST_REPEATS * rounds);
  for (const { invariant, detail } of await shop.anomalies()) anomalies.push(`${invariant}: ${detail}`);
  return {
    scenario: scenario.name,
    database: shop.database,
    attempts: races.flat().length,
    overlapped: await overlapped(),
    refusals,
    anomalies,
  };
};
