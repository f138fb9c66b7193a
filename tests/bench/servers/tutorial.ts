// The tutorial's server: what the usual tutorial on Express and Sequelize ends with, and what many shops begin with. Models with
// associations, `findByPk` with `include`, a transaction around the order, HS256 tokens with a string secret, bcrypt, express.json
// and the ETag that Express makes of a body. It checks the token and loads its user on every request; it has no sessions, no
// versions, no ledger, no events and little validation, and a rival's order can sell stock twice.
import bcrypt from 'bcrypt';
import express, { type NextFunction, type Request, type Response } from 'express';
import jwt from 'jsonwebtoken';
import {
  DataTypes,
  Model,
  Op,
  Sequelize,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type NonAttribute,
  type WhereOptions,
} from 'sequelize';

const { PORT = '0', DATABASE_URL = '', JWT_SECRET = 'secret' } = process.env;
const sequelize = new Sequelize(DATABASE_URL, { logging: false, pool: { max: 10 } });

class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
  declare id: CreationOptional<number>;
  declare name: string;
  declare email: string;
  declare password: string;
}

class Category extends Model<InferAttributes<Category>, InferCreationAttributes<Category>> {
  declare id: CreationOptional<number>;
  declare name: string;
}

class Product extends Model<InferAttributes<Product>, InferCreationAttributes<Product>> {
  declare id: CreationOptional<number>;
  declare name: string;
  declare description: string;
  declare price: string;
  declare quantity: number;
  declare categoryId: number;
}

class CartItem extends Model<InferAttributes<CartItem>, InferCreationAttributes<CartItem>> {
  declare id: CreationOptional<number>;
  declare userId: number;
  declare productId: number;
  declare quantity: number;
  declare Product?: NonAttribute<Product>;
}

class Order extends Model<InferAttributes<Order>, InferCreationAttributes<Order>> {
  declare id: CreationOptional<number>;
  declare userId: number;
  declare status: CreationOptional<string>;
  declare total: string;
}

class OrderItem extends Model<InferAttributes<OrderItem>, InferCreationAttributes<OrderItem>> {
  declare id: CreationOptional<number>;
  declare orderId: number;
  declare productId: number;
  declare price: string;
  declare quantity: number;
}

// Made anew for each column: Sequelize writes into them.
const id = () => ({ type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true });
const text = () => ({ type: DataTypes.STRING, allowNull: false });
const integer = () => ({ type: DataTypes.INTEGER, allowNull: false });
const money = () => ({ type: DataTypes.DECIMAL(10, 2), allowNull: false });
User.init({ id: id(), name: text(), email: { ...text(), unique: true }, password: text() }, { sequelize });
Category.init({ id: id(), name: text() }, { sequelize });
Product.init(
  {
    id: id(),
    name: text(),
    description: DataTypes.TEXT,
    price: money(),
    quantity: integer(),
    categoryId: integer(),
  },
  { sequelize },
);
CartItem.init({ id: id(), userId: integer(), productId: integer(), quantity: integer() }, { sequelize });
Order.init(
  { id: id(), userId: integer(), status: { ...text(), defaultValue: 'pending' }, total: money() },
  { sequelize },
);
OrderItem.init(
  { id: id(), orderId: integer(), productId: integer(), price: money(), quantity: integer() },
  { sequelize },
);
Product.belongsTo(Category, { foreignKey: 'categoryId' });
CartItem.belongsTo(User, { foreignKey: 'userId' });
CartItem.belongsTo(Product, { foreignKey: 'productId' });
Order.belongsTo(User, { foreignKey: 'userId' });
Order.hasMany(OrderItem, { foreignKey: 'orderId' });
OrderItem.belongsTo(Product, { foreignKey: 'productId' });

const tokensOf = (user: User) => ({
  accessToken: jwt.sign({ id: user.id }, JWT_SECRET, { expiresIn: '1h' }),
  refreshToken: jwt.sign({ id: user.id, refresh: true }, JWT_SECRET, { expiresIn: '14d' }),
});

/** The user of a token, or null. */
const userOf = async (token: string): Promise<User | null> => {
  try {
    const payload = jwt.verify(token, JWT_SECRET);
    return typeof payload === 'string' ? null : await User.findByPk(payload['id'] as number);
  } catch {
    return null;
  }
};

const authenticate = async (req: Request, res: Response, next: NextFunction): Promise<void> => {
  const user = await userOf(req.headers.authorization?.split(' ')[1] ?? '');
  if (user === null) {
    res.status(401).json({ message: 'Not authorized' });
    return;
  }
  res.locals['user'] = user;
  next();
};

const userIn = (res: Response): User => res.locals['user'] as User;

const cartOf = async (userId: number) => {
  const items = await CartItem.findAll({ where: { userId }, include: Product });
  const total = items.reduce((sum, item) => sum + Number(item.Product?.price) * item.quantity, 0);
  return { items, total };
};

const app = express();
app.use(express.json());

app.post('/auth/login', async (req, res) => {
  const { email, password } = req.body as { email: string; password: string };
  const user = await User.findOne({ where: { email } });
  if (user === null || !(await bcrypt.compare(password, user.password)))
    return res.status(401).json({ message: 'Invalid credentials' });
  return res.json({ user: { id: user.id, name: user.name, email: user.email }, ...tokensOf(user) });
});

app.post('/auth/refresh', async (req, res) => {
  const user = await userOf((req.body as { refreshToken: string }).refreshToken);
  if (user === null) return res.status(401).json({ message: 'Not authorized' });
  return res.json({ user: { id: user.id, name: user.name, email: user.email }, ...tokensOf(user) });
});

app.get('/products', async (req, res) => {
  const { category, minPrice, maxPrice, limit = '20', page = '1' } = req.query;
  const where: WhereOptions<InferAttributes<Product>> = {
    ...(category !== undefined && { categoryId: Number(category) }),
    ...(minPrice !== undefined && { price: { [Op.between]: [Number(minPrice), Number(maxPrice)] } }),
  };
  const { rows, count } = await Product.findAndCountAll({
    where,
    include: Category,
    order: [['createdAt', 'DESC']],
    limit: Number(limit),
    offset: (Number(page) - 1) * Number(limit),
  });
  res.json({ items: rows, total: count });
});

app.get('/products/:id', async (req, res) => {
  const product = await Product.findByPk(req.params.id, { include: Category });
  if (product === null) return res.status(404).json({ message: 'Product not found' });
  return res.json(product);
});

app.get('/cart', authenticate, async (_req, res) => {
  res.json(await cartOf(userIn(res).id));
});

app.post('/cart', authenticate, async (req, res) => {
  const { productId, quantity } = req.body as { productId: number; quantity: number };
  const product = await Product.findByPk(productId);
  if (product === null) return res.status(404).json({ message: 'Product not found' });
  const userId = userIn(res).id;
  const item = await CartItem.findOne({ where: { userId, productId } });
  if (item === null) await CartItem.create({ userId, productId, quantity });
  else await item.update({ quantity: item.quantity + quantity });
  return res.json(await cartOf(userId));
});

app.post('/orders', authenticate, async (_req, res) => {
  const userId = userIn(res).id;
  const order = await sequelize.transaction(async (transaction) => {
    const items = await CartItem.findAll({ where: { userId }, include: Product, transaction });
    const total = items.reduce((sum, item) => sum + Number(item.Product?.price) * item.quantity, 0);
    const placed = await Order.create({ userId, total: total.toFixed(2) }, { transaction });
    for (const { productId, quantity, Product: product } of items) {
      if (product === undefined || product.quantity < quantity) throw new Error('Out of stock');
      await product.update({ quantity: product.quantity - quantity }, { transaction });
      const line = { orderId: placed.id, productId, price: product.price, quantity };
      await OrderItem.create(line, { transaction });
    }
    await CartItem.destroy({ where: { userId }, transaction });
    return placed;
  });
  res.status(201).json(await Order.findByPk(order.id, { include: OrderItem }));
});

// eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express tells handlers of errors by their four parameters
app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
  res.status(500).json({ message: error.message });
});

await sequelize.sync();
app.listen(Number(PORT), '127.0.0.1');
