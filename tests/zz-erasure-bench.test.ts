import { eraseCustomer } from '#src/contexts/customers/application/erase-customer.js';
import { createCustomer } from '#src/contexts/customers/application/create-customer.js';
import { createProduct } from '#src/contexts/catalog/application/create-product.js';
import { TOKEN } from '#src/main/tokens.js';
import { Money } from '#src/kernel/money.js';
import type { Repositories } from '#src/main/persistence/persistence.js';
import { anEmail } from './support/builders/accounts.js';
import { newId } from './support/builders/ids.js';
import { anOrder, anOrderLine } from './support/builders/ordering.js';
import { onEverySqlDatabase, openSqlDatabase } from './support/databases.js';
import { testShop } from './support/test-shop.js';
import { eventually } from './support/eventually.js';

const COUNT = Number(process.env['COUNT'] ?? 10000);
for (const status of ['pending', 'delivered'] as const)
  onEverySqlDatabase(`Bench ${status}`, (name) => {
    it('erases', async function () {
      this.timeout(600_000);
      const database = await openSqlDatabase(name, { migrated: false });
      let longest = 0;
      let transactions = 0;
      const shop = await testShop({
        environment: { DATABASE_URL: database.url, PENDING_ORDER_TTL: '0' },
        overrides: {
          persistence: (original) => {
            const persistence = original();
            return {
              ...persistence,
              transact: async (work) => {
                const at = performance.now();
                transactions += 1;
                try {
                  return await persistence.transact(work);
                } finally {
                  longest = Math.max(longest, performance.now() - at);
                }
              },
            };
          },
        },
      });
      const { container } = shop.shop;
      const { transact, outside } = container.resolve(TOKEN.persistence);
      const customers = container.resolve(TOKEN.customersTransact);
      const { id } = await createCustomer({ transact: customers, newId })({
        name: 'Ada',
        email: anEmail('ada@example.com'),
        phone: null,
      });
      const products = [];
      for (let n = 0; n < 20; n += 1)
        products.push(
          (
            await createProduct({
              transact: container.resolve(TOKEN.catalogTransact),
              newId,
              now: () => new Date(),
            })({
              name: `P ${String(n)}`,
              description: '',
              price: Money.of(100, { code: 'USD', digits: 2 }),
              categoryId: null,
              imageUrl: null,
              quantity: 5,
            })
          ).product.id,
        );
      for (let first = 0; first < COUNT; first += 500)
        await transact(async ({ orders }: Repositories) => {
          for (let n = first; n < first + 500; n += 1)
            await orders.add(
              anOrder({
                customerId: id,
                status,
                createdAt: new Date(Date.now() - n * 60_000),
                lines: [0, 1].map((l) =>
                  anOrderLine({ productId: products[(n + l) % 20] as never, quantity: 1 }),
                ),
              }),
            );
        });
      longest = 0;
      transactions = 0;
      const cpu = process.cpuUsage();
      const at = performance.now();
      await eraseCustomer({ transact: customers, newId } as never)(id);
      const answered = performance.now() - at;
      const used = process.cpuUsage(cpu);
      const isDone = async (): Promise<boolean> => {
        const page = await outside.orders.list({ customerId: id }, { limit: 1, after: null });
        const bulks = await outside.bulkCancellations.list({ customerId: id }, { limit: 1, after: null });
        return page.items[0]?.shippingAddress === null && bulks.items.every((b) => b.finishedAt !== null);
      };
      for (;;) {
        if (await isDone()) break;
        await new Promise((r) => setTimeout(r, 200));
      }
      const all = process.cpuUsage(cpu);
      const s = (c: NodeJS.CpuUsage) => ((c.user + c.system) / 1e6).toFixed(2);
      console.log(
        `BENCH ${status} ${name}: answered after ${(answered / 1000).toFixed(2)} s (${s(used)} s CPU), done after ${((performance.now() - at) / 1000).toFixed(1)} s (${s(all)} s CPU), longest transaction ${(longest / 1000).toFixed(2)} s of ${String(transactions)}`,
      );
      await shop.close();
      await database.close();
    });
  });
