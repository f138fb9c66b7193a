// Finds a guard on the syntax tree of its file, by function and by what stands there, and takes it out.
import ts from 'typescript';

/** An expression of a function. Its kind says how it is found, and what stands there when it is removed. */
export interface Part {
  /** How a message names it. */
  readonly title: string;
  readonly matches: (node: ts.Node) => boolean;
  /** Text that takes the place of a removed part. */
  readonly removed: (text: string) => string;
}

/** Where a guard is, and what becomes of it. */
export type Removal = {
  /** Name of a function, method, constant or property of an object; the part must stand once in what has that name. */
  readonly in: string;
} & (
  { readonly remove: Part } | { readonly replace: Part; readonly with: string | ((text: string) => string) }
);

const isString = (node: ts.Node | undefined, text: string): boolean =>
  node !== undefined && ts.isStringLiteralLike(node) && node.text === text;

const someInside = (node: ts.Node, test: (inner: ts.Node) => boolean): boolean =>
  test(node) || (ts.forEachChild(node, (child) => someInside(child, test) || undefined) ?? false);

const isNamed = (name: ts.Node | undefined, text: string): boolean => {
  if (name === undefined) return false;
  if (ts.isComputedPropertyName(name)) return name.expression.getText() === text;
  return (ts.isIdentifier(name) || ts.isStringLiteral(name)) && name.text === text;
};

/** The names of a chain, from the last one: `ports.stock.lock` has `lock` and `stock.lock`. */
const endsWith = (callee: ts.Expression, name: string): boolean => {
  const names = name.split('.');
  const last = names.at(-1);
  if (ts.isIdentifier(callee)) return names.length === 1 && callee.text === last;
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== last) return false;
  return names.length === 1 || endsWith(callee.expression, names.slice(0, -1).join('.'));
};

/** A call of a function or method, told by the end of its name and, if given, by its first argument. */
export const call = (name: string, first?: string): Part => ({
  title: `call of ${name}${first === undefined ? '' : ` with '${first}'`}`,
  matches: (node) =>
    ts.isCallExpression(node) &&
    endsWith(node.expression, name) &&
    (first === undefined || isString(node.arguments[0], first)),
  removed: () => 'undefined',
});

/** A property of an object, told by its name; `Op.and` is the name of `[Op.and]`. */
export const property = (name: string): Part => ({
  title: `property ${name}`,
  matches: (node) => ts.isObjectLiteralElementLike(node) && isNamed(node.name, name),
  removed: () => '...{}',
});

/** The list of exactly these strings, as the schema names the columns of an index. */
export const columns = (...names: readonly string[]): Part => ({
  title: `list of ${names.join(', ')}`,
  matches: (node) =>
    ts.isArrayLiteralExpression(node) &&
    node.elements.length === names.length &&
    names.every((name, index) => isString(node.elements[index], name)),
  removed: () => '...[]',
});

const LOGICAL = [ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.BarBarToken];

/** What an `if`, a loop or `?:` asks, and each side of `&&` and `||`. */
const isCondition = (node: ts.Node): boolean => {
  const { parent } = node;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent))
    return parent.expression === node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  return (
    ts.isBinaryExpression(parent) &&
    LOGICAL.includes(parent.operatorToken.kind) &&
    node !== parent.operatorToken
  );
};

/** Still evaluated, and never true. */
const never = (text: string): string => `((${text}) && false)`;

/** The innermost condition that mentions a name. */
export const condition = (name: string): Part => {
  const asks = (node: ts.Node): boolean =>
    isCondition(node) && someInside(node, (inner) => ts.isIdentifier(inner) && inner.text === name);
  return {
    title: `condition on ${name}`,
    matches: (node) => asks(node) && !someInside(node, (inner) => inner !== node && asks(inner)),
    removed: never,
  };
};

/** The condition of the `if` that throws the error of a code. */
export const refusal = (code: string): Part => ({
  title: `condition of the refusal ${code}`,
  matches: (node) => {
    const { parent } = node;
    if (!ts.isIfStatement(parent) || parent.expression !== node) return false;
    const then = ts.isBlock(parent.thenStatement) ? parent.thenStatement.statements[0] : parent.thenStatement;
    return then?.kind === ts.SyntaxKind.ThrowStatement && someInside(then, (inner) => isString(inner, code));
  },
  removed: never,
});

const hasName = (node: ts.Node, name: string): boolean =>
  (ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isPropertyAssignment(node)) &&
  isNamed(node.name, name);

/** The nodes below this one, in the order of the text. */
const below = (node: ts.Node): readonly ts.Node[] => {
  const found: ts.Node[] = [];
  node.forEachChild((child) => {
    found.push(child, ...below(child));
  });
  return found;
};

/** Returns the source without its guard. Fails unless the part stands there exactly once. */
export const takeOut = (file: string, source: string, removal: Removal): string => {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const part = 'remove' in removal ? removal.remove : removal.replace;
  const places = below(tree).filter((node) => hasName(node, removal.in));
  if (places.length === 0) throw new Error(`${file} has nothing named ${removal.in}`);
  const found = new Set(places.flatMap(below).filter(part.matches));
  const [node] = found;
  if (node === undefined || found.size > 1)
    throw new Error(`${file}: ${removal.in} has ${String(found.size)} times the ${part.title}, not once`);
  const text = node.getText();
  const make = 'remove' in removal ? part.removed : removal.with;
  const made = typeof make === 'string' ? make : make(text);
  if (made === text) throw new Error(`${file}: the ${part.title} in ${removal.in} is replaced by itself`);
  return source.slice(0, node.getStart()) + made + source.slice(node.end);
};

const parsed = (file: string, source: string): readonly ts.Identifier[] =>
  below(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)).filter(ts.isIdentifier);

/** Whether an identifier stands for a value, and does not name a member or declare something. */
const isReference = (node: ts.Identifier): boolean =>
  !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) &&
  !(ts.isPropertyAssignment(node.parent) && node.parent.name === node);

/** What is wrong with a source whose guard was taken out: it does not parse, or it uses a name that it has not had before. */
export const flawsOf = (file: string, before: string, after: string): readonly string[] => {
  const { diagnostics = [] } = ts.transpileModule(after, { fileName: file, reportDiagnostics: true });
  const identifiers = parsed(file, after);
  const known = new Set([
    'undefined',
    ...parsed(file, before).map(({ text }) => text),
    ...identifiers
      .filter(({ parent }) => ts.isParameter(parent) || ts.isBindingElement(parent))
      .map(({ text }) => text),
  ]);
  const unknown = identifiers.filter((node) => isReference(node) && !known.has(node.text));
  return [
    ...diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
    ...unknown.map(({ text }) => `nothing is named ${text}`),
  ];
};
