import type { Call, Scenario } from '../attack.js';

const PASSWORD = 'a long enough password';

/** Returns spellings of the same address, in other letter cases and Unicode forms. */
const spellings = (name: string): readonly string[] =>
  ['zoë', 'Zoë', 'ZOË', 'zOë'].flatMap((first) =>
    (['NFC', 'NFD'] as const).map((form) => `${first}.${name}@attack.test`.normalize(form)),
  );

const signUp = (email: string): Call => ({
  method: 'post',
  path: '/auth/signup',
  json: { name: 'Zoë', email, password: PASSWORD },
});

const refresh = (refreshToken: string): Call => ({
  method: 'post',
  path: '/auth/refresh',
  json: { refreshToken },
});

export const accounts: readonly Scenario[] = [
  {
    name: 'Accounts: one e-mail address in eight spellings',
    rounds: 6,
    refusals: ['email_taken'],
    attack: async (attack) => {
      const { adminToken: token, ask, random } = attack;
      const name = String(random.integer(0, 2 ** 31));
      const answers = await attack.race(random.shuffled(spellings(name)).map(signUp));
      const made = answers.filter(({ status }) => status === 201);
      attack.demand(made.length === 1, `${String(made.length)} accounts were made of one address`);
      const { body } = await ask({ method: 'get', path: `/customers?q=${name}`, token });
      attack.demand(body.items.length === 1, `${String(body.items.length)} customers have one address`);
      for (const email of spellings(name)) {
        const again = await ask({ method: 'post', path: '/auth/login', json: { email, password: PASSWORD } });
        attack.demand(again.body.user.id === made[0]?.body.user.id, 'an address leads to another account');
      }
    },
  },
  {
    name: 'Accounts: one refresh token, six times',
    rounds: 6,
    refusals: ['invalid_refresh_token'],
    attack: async (attack) => {
      const { ask, tell, random } = attack;
      const email = `refresh-${String(random.integer(0, 2 ** 31))}@attack.test`;
      const { refreshToken } = (await ask(signUp(email))).body as { refreshToken: string };
      const answers = await attack.race(Array.from({ length: 6 }, () => refresh(refreshToken)));
      const successors = new Set(
        answers.flatMap(({ status, body }) => (status === 200 ? [body.refreshToken as string] : [])),
      );
      attack.demand(successors.size === 1, `${String(successors.size)} successors of one token`);
      const given = answers.filter(({ status }) => status === 200).length;
      attack.demand(given <= 2, `${String(given)} answers to one token, of which one may be a replay`);
      // The others' tries have told that the token was copied, so that none may go on; never may two.
      const alive: string[] = [];
      for (const successor of successors) {
        const { status, body } = await tell(refresh(successor));
        if (status === 200) alive.push(body.refreshToken as string);
      }
      attack.demand(alive.length <= 1, `${String(alive.length)} families are alive`);
    },
  },
];
