// A shop front in one page: it calls the API by its typed client, and shows what it gets as text, never as HTML.
import { ApiError, createClient, isApiError, unwrap, webStorageTokens } from '@portico/client';
import type { components, paths } from '@portico/client';

type Product = components['schemas']['Product'];
type ProductQuery = NonNullable<paths['/products']['get']['parameters']['query']>;

const tokens = webStorageTokens(sessionStorage); // gone with the tab; see docs/guides/browser.md
const baseUrl = document.querySelector<HTMLMetaElement>('meta[name=shop]')?.content ?? '';
const shop = createClient({ baseUrl, tokens });

/** Creates an element. Text becomes text, whatever characters it has. */
const h = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
};
type Child = Node | string | null;
/** Creates an element by its name and class: `p.quiet`. */
const box = (selector: string, ...children: readonly Child[]): HTMLElement => {
  const [name = 'div', className = ''] = selector.split('.');
  const element = Object.assign(document.createElement(name), { className });
  element.append(...children.filter((child) => child !== null));
  return element;
};
const byId = (id: string): HTMLElement => document.getElementById(id) ?? document.body;
const page = (title: string, ...children: readonly Node[]): readonly Node[] => [
  box('h1', title),
  ...children,
];
const money = (amount: number, currency: string): string =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount);
const price = (amount: number, currency: string) => box('span.price', money(amount, currency));
const picture = ({ name, imageUrl }: Pick<Product, 'name' | 'imageUrl'>, className = '') =>
  imageUrl === null ? null : h('img', { src: imageUrl, alt: name, className, loading: 'lazy' });
const link = (path: string, text: Child) => h('a', { href: `#${path}` }, text);
const left = (count: number): string => (count === 0 ? 'Sold out' : `Only ${String(count)} left`);
const stockTag = ({ quantity }: Product) =>
  quantity < 15
    ? box(quantity === 0 ? 'span.tag none' : 'span.tag', left(quantity))
    : box('span.tag', 'In stock');
const button = (text: string, act: () => Promise<unknown>, properties: Partial<HTMLButtonElement> = {}) =>
  h('button', { type: 'button', onclick: () => void guarded(act), ...properties }, text);
const plain = (text: string, act: () => Promise<unknown>) => button(text, act, { className: 'plain' });
const number = (ariaLabel: string, value: number, properties: Partial<HTMLInputElement> = {}) =>
  h('input', { type: 'number', step: 'any', value: String(value), ariaLabel, ...properties });

let hiding: ReturnType<typeof setTimeout> | undefined;
const say = (text: string, kind = ''): void => {
  clearTimeout(hiding);
  Object.assign(byId('status'), { textContent: text, className: kind });
  hiding = setTimeout(() => (byId('status').textContent = ''), 6000);
};

/** Runs what a click does, and says what went wrong. A user who has to log in is sent there. */
const guarded = async (act: () => Promise<unknown>): Promise<void> => {
  try {
    await act();
  } catch (error) {
    if (error instanceof ApiError && error.response.status === 401) {
      await showNavigation();
      location.hash = '#/log-in';
    } else if (error instanceof ApiError) say(error.message, 'bad');
    else say('The shop cannot be reached. Try again in a moment.', 'bad');
  }
};

const field = (label: string, name: string, properties: Partial<HTMLInputElement> = {}) =>
  h('label', {}, label, h('input', { name, required: true, ...properties }), box('small.error'));

/** Whether the shop has refused what was filled in. Its other errors are not about a form. */
const isRefusal = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.response.status !== 401 || isApiError(error, 'invalid_credentials'));

/** Shows a refusal: each of its `errors` beside the field that it names, and its `detail` if it names none. */
const showRefusal = (form: HTMLFormElement, error: ApiError): void => {
  const { errors = [] } = isApiError(error, 'invalid_body') ? error.problem : {};
  const isShown = errors.map(({ pointer = '', detail }) => {
    const input = form.elements.namedItem(pointer.split('/').at(-1) ?? '');
    if (!(input instanceof HTMLInputElement)) return false;
    input.ariaInvalid = 'true';
    input.nextElementSibling?.replaceChildren(detail);
    return true;
  });
  if (!isShown.includes(true)) form.querySelector('p.error')?.replaceChildren(error.message);
};

/** Creates a form. `submit` gets what was filled in, and throws what `showRefusal` shows. */
const formOf = (
  title: string,
  action: string,
  fields: readonly Node[],
  submit: (values: Readonly<Record<string, string>>) => Promise<void>,
): HTMLFormElement => {
  const send = h('button', {}, action);
  const form = h('form', { className: 'panel', noValidate: true }, box('h2', title), ...fields);
  form.append(h('p', { className: 'error quiet', role: 'alert' }), send);
  form.onsubmit = (event) => {
    event.preventDefault();
    for (const note of form.querySelectorAll('.error')) note.replaceChildren();
    for (const input of form.querySelectorAll('input')) input.ariaInvalid = null;
    send.disabled = true;
    const values = [...new FormData(form)].filter(([, value]) => value !== '');
    void guarded(() =>
      submit(Object.fromEntries(values) as Record<string, string>).catch((error: unknown) => {
        if (!isRefusal(error)) throw error;
        showRefusal(form, error);
      }),
    ).finally(() => (send.disabled = false));
  };
  return form;
};

const isAdministrator = async (): Promise<boolean> =>
  tokens.get() !== null && (await shop.GET('/auth/me')).data?.role === 'admin';

const showNavigation = async (): Promise<void> => {
  if (tokens.get() === null) {
    byId('nav').replaceChildren(link('/', 'Products'), link('/log-in', 'Log in'));
    return;
  }
  const { data: cart } = await shop.GET('/cart');
  const count = cart?.items.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0;
  const logOut = async () => {
    await shop.logOut().finally(showNavigation);
    location.hash = '#/';
  };
  byId('nav').replaceChildren(
    link('/', 'Products'),
    link('/orders', 'Orders'),
    link('/cart', `Cart (${String(count)})`),
    ...((await isAdministrator()) ? [link('/admin', 'Administration')] : []),
    plain('Log out', logOut),
  );
};

const addToCart = async (productId: string, quantity = 1): Promise<void> => {
  unwrap(await shop.POST('/cart', { body: { productId, quantity } }));
  say('It is in your cart.');
  await showNavigation();
};

const card = (product: Product) =>
  box(
    'article.card',
    link(`/products/${product.id}`, picture(product)),
    box(
      'div',
      box('h2', link(`/products/${product.id}`, product.name)),
      box('p.quiet', product.description),
      box('p.row', price(product.price, product.currency), stockTag(product)),
      button('Add to cart', () => addToCart(product.id), { disabled: product.quantity === 0 }),
    ),
  );

const SORTS = { name: 'Name', price: 'Cheapest first', '-price': 'Dearest first', '-createdAt': 'Newest' };

const showProducts = async (search: URLSearchParams): Promise<readonly Node[]> => {
  const { items: categories } = unwrap(await shop.GET('/categories', { params: { query: { limit: 100 } } }));
  const text = (name: string) => (search.get(name) ? { [name]: search.get(name) } : {});
  const query = {
    ...{ ...text('q'), ...text('category'), ...text('maxPrice'), ...text('inStock') },
    ...{ limit: 12, sort: search.get('sort') ?? 'name' },
  } as ProductQuery; // the shop refuses what it does not know
  const [grid, more] = [box('section.grid'), box('p')];
  const load = async (after?: string): Promise<void> => {
    const params = { query: { ...query, ...(after && { after }) } };
    const { items, nextCursor } = unwrap(await shop.GET('/products', { params }));
    grid.append(...items.map(card));
    if (grid.childElementCount === 0) grid.append(box('p.quiet', 'Nothing matches.'));
    more.replaceChildren(...(nextCursor === null ? [] : [button('Show more', () => load(nextCursor))]));
  };
  const select = (name: string, ariaLabel: string, options: readonly (readonly [string, string])[]) => {
    const option = ([value, text]: readonly [string, string]) =>
      h('option', { value, selected: search.get(name) === value }, text);
    return h('select', { name, ariaLabel }, ...options.map(option));
  };
  const input = (name: string, placeholder: string, type: string) =>
    h('input', { name, placeholder, ariaLabel: placeholder, type, value: search.get(name) ?? '' });
  const inStock = h('input', {
    type: 'checkbox',
    name: 'inStock',
    value: 'true',
    checked: search.has('inStock'),
  });
  const categoryOptions = categories.map(({ id, name }) => [id, name] as const);
  const filter = h(
    'form',
    { className: 'row' },
    input('q', 'Search', 'search'),
    select('category', 'Category', [['', 'All categories'], ...categoryOptions]),
    select('sort', 'Sort', Object.entries(SORTS)),
    input('maxPrice', 'Up to', 'number'),
    h('label', { className: 'check' }, inStock, 'In stock'),
  );
  filter.onsubmit = filter.onchange = (event) => {
    event.preventDefault();
    const chosen = [...new FormData(filter)].filter(([, value]) => value !== '') as [string, string][];
    location.hash = `#/?${new URLSearchParams(chosen).toString()}`;
  };
  await load();
  return page('Coffee, tea and what it takes', filter, grid, more);
};

const showProduct = async (id: string): Promise<readonly Node[]> => {
  const product = unwrap(await shop.GET('/products/{id}', { params: { path: { id } } }));
  const quantity = number('Quantity', 1, { min: '1', max: '999' });
  const add = () => addToCart(id, quantity.valueAsNumber);
  const details = box(
    'div',
    box('p.quiet', product.category?.name ?? ''),
    ...page(product.name, box('p', product.description)),
    box('p.row', price(product.price, product.currency), stockTag(product)),
    box('p.row', quantity, button('Add to cart', add, { disabled: product.quantity === 0 })),
    box('p', link('/', '← All products')),
  );
  return [box('div.split', picture(product), details)];
};

const showLogIn = (): readonly Node[] => {
  const enter = async (): Promise<void> => {
    await showNavigation();
    location.hash = '#/';
  };
  const logIn = formOf(
    'Log in',
    'Log in',
    [
      field('E-mail or user name', 'login', { autocomplete: 'username' }),
      field('Password', 'password', { type: 'password', autocomplete: 'current-password' }),
    ],
    async ({ login = '', password = '' }) => {
      unwrap(await shop.logIn({ login, password }));
      await enter();
    },
  );
  const signUp = formOf(
    'New here?',
    'Sign up',
    [
      field('Name', 'name', { autocomplete: 'name' }),
      field('E-mail', 'email', { type: 'email', autocomplete: 'email' }),
      field('Password', 'password', { type: 'password', autocomplete: 'new-password' }),
    ],
    async ({ name = '', email = '', password = '' }) => {
      unwrap(await shop.signUp({ name, email, password }));
      await enter();
    },
  );
  return page('Your account', box('div.split', logIn, signUp));
};

const showCart = async (): Promise<readonly Node[]> => {
  const { items, totalPrice, currency } = unwrap(await shop.GET('/cart'));
  if (items.length === 0)
    return page('Cart', box('p', 'Your cart is empty. ', link('/', 'See the products.')));
  const change = (productId: string, quantity: number) => async () => {
    const params = { path: { productId } };
    unwrap(
      quantity === 0
        ? await shop.DELETE('/cart/{productId}', { params })
        : await shop.PUT('/cart/{productId}', { params, body: { quantity } }),
    );
    await Promise.all([showNavigation(), showRoute()]);
  };
  const lines = items.map(({ product, quantity, available, lineTotal }) => {
    const count = number('Quantity', quantity, { min: '1', max: '999' });
    count.onchange = () => void guarded(change(product.id, count.valueAsNumber));
    const short = available < quantity ? box('span.tag none', left(available)) : null;
    const name = box('div.grow', box('h2', product.name), money(product.price, currency), ' ', short);
    const remove = plain('Remove', change(product.id, 0));
    return box('div.line', picture(product, 'thumb'), name, count, price(lineTotal, currency), remove);
  });
  const address = formOf(
    'Ship it to',
    `Order for ${money(totalPrice, currency)}`,
    [
      field('Street and number', 'line1'),
      field('City', 'city'),
      field('Postal code', 'postalCode', { required: false }),
      field('Country (two letters)', 'country', { value: 'IE' }),
    ],
    async ({ line1 = '', city = '', country = '', postalCode = null }) => {
      const shippingAddress = { line1, city, country, postalCode };
      const body = { shippingAddress, expectedTotal: totalPrice };
      const { error, ...placed } = await shop.POST('/orders', { body });
      if (error?.code === 'out_of_stock' || error?.code === 'total_changed') {
        await showRoute(); // the cart as it is now, with what there is of each product
        say(error.detail, 'bad');
        return;
      }
      const { number: orderNumber } = unwrap({ error, ...placed });
      say(`Thank you for your order ${orderNumber}.`);
      await showNavigation();
      location.hash = '#/orders';
    },
  );
  return page('Cart', box('div.split', box('div', ...lines), address));
};

const showOrders = async (): Promise<readonly Node[]> => {
  const orders: Node[] = [];
  for await (const order of shop.paginate('/orders/mine')) {
    const params = { path: { id: order.id } };
    const cancel = async () => {
      unwrap(await shop.PATCH('/orders/{id}', { params, body: { status: 'cancelled' } }));
      await showRoute();
    };
    const what = order.products.map(({ name, quantity }) => `${String(quantity)} × ${name}`).join(', ');
    const when = new Date(order.createdAt).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
    const text = box('div.grow', box('h2', order.number), box('span.quiet', `${when} · ${what}`));
    const status = box(`span.tag ${order.status}`, order.status);
    const cancelling = order.status === 'pending' ? plain('Cancel', cancel) : null;
    orders.push(box('div.line', text, status, price(order.totalPrice, order.currency), cancelling));
  }
  return page('Orders', ...(orders.length > 0 ? orders : [box('p', 'You have not ordered anything yet.')]));
};

/** Returns what a click does: an act, the page as it is afterwards, and the words for it. */
const saving = (words: string, act: () => Promise<unknown>) => async () => {
  await act();
  await showRoute();
  say(words);
};

const showAdministration = async (): Promise<readonly Node[]> => {
  const lines: Node[] = [];
  const list = { params: { query: { sort: 'name', limit: 100 } } } as const;
  for await (const product of shop.paginate('/products', list)) {
    const params = { path: { id: product.id } };
    const amount = number(`Price of ${product.name}`, product.price);
    const delta = number(`Delivery of ${product.name}`, 10);
    const save = saving(`The price of ${product.name} is saved.`, async () =>
      unwrap(await shop.PATCH('/products/{id}', { params, body: { price: amount.valueAsNumber } })),
    );
    const adjust = saving(`The stock of ${product.name} is saved.`, async () => {
      const body = { delta: delta.valueAsNumber, note: 'Storefront' };
      unwrap(await shop.POST('/products/{id}/stock-adjustments', { params, body }));
    });
    const remove = saving(`${product.name} is deleted.`, async () => {
      unwrap(await shop.DELETE('/products/{id}', { params }));
    });
    const inStock = box('span.quiet', `${String(product.quantity)} in stock`);
    const name = box('div.grow', box('h2', product.name), inStock);
    const acts = [
      amount,
      plain('Save price', save),
      delta,
      plain('Add to stock', adjust),
      plain('Delete', remove),
    ];
    lines.push(box('div.line', picture(product, 'thumb'), name, ...acts));
  }
  const create = formOf(
    'New product',
    'Create',
    [
      field('Name', 'name'),
      field('Description', 'description'),
      field('Price', 'price', { inputMode: 'decimal' }),
      field('In stock', 'quantity', { inputMode: 'numeric', value: '0' }),
      field('URL of a picture', 'imageUrl', { required: false }),
    ],
    async ({ name = '', description = '', price, quantity, imageUrl = null }) => {
      const numbers = { price: Number(price), quantity: Number(quantity) };
      const body = { name, description, imageUrl, ...numbers };
      await saving(`${body.name} is created.`, async () => unwrap(await shop.POST('/products', { body })))();
    },
  );
  return page('Administration', ...lines, box('div.split', create));
};

let shown = 0;
/** Shows what the part of the URL after the number sign names; the last call wins. */
const showRoute = async (): Promise<void> => {
  const turn = (shown += 1);
  const [path = '/', search] = location.hash.slice(1).split('?');
  const pages: Readonly<Record<string, () => readonly Node[] | Promise<readonly Node[]>>> = {
    'log-in': showLogIn,
    cart: showCart,
    orders: showOrders,
    admin: showAdministration,
    products: () => showProduct(path.split('/')[2] ?? ''),
  };
  const show = pages[path.split('/')[1] ?? ''] ?? (() => showProducts(new URLSearchParams(search)));
  await guarded(async () => {
    const nodes = await show();
    if (turn === shown) byId('main').replaceChildren(...nodes);
  });
};

addEventListener('hashchange', () => void showRoute());
void showRoute();
void guarded(showNavigation);
